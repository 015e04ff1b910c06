import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tryCommand } from './command.ts';
import { StackError } from './errors.ts';

/** The user that a server which refuses root runs as. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/** undefined if this process is not root's: then the server may run as the caller. */
export async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const account = accounts.find(([name]) => name === candidate);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new StackError(
    'USER_MISSING',
    `a server that refuses root needs one of these users: ${CANDIDATES.join(', ')}; /etc/passwd has none of them`,
  );
}

/** Whether the user may enter `folder`, which means every folder above it too. */
async function mayEnter(folder: string, user: User): Promise<boolean> {
  return (await tryCommand('test', ['-x', folder], { cwd: '/', ...user, timeoutMs: 10_000 })).exitCode === 0;
}

/**
 * `folder` if the user may enter it; otherwise, as below root's home, a folder under /var/tmp that belongs to `folder`
 * alone: always the same for the same `folder`, and created by us.
 */
export async function enterable(folder: string, user: User | undefined): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (user === undefined || (await mayEnter(folder, user))) return folder;
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const elsewhere = join('/var/tmp', `aura-${name}`);
  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  const { uid } = await lstat(elsewhere);
  // Anybody can create a folder there first.
  if (uid !== process.getuid?.()) {
    throw new StackError('USER_MISSING', `${elsewhere} belongs to user ${uid}, not to us; remove it and start again`);
  }
  return elsewhere;
}
