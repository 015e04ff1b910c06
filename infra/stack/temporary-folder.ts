import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder for servers that are thrown away afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-stack-'));
  // mkdtemp leaves it to its owner alone, and Postgres may run as another user.
  await chmod(folder, 0o755);
  return folder;
}
