import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { StackError, systemErrorCode } from './errors.ts';

/** What one start leaves behind for the next command. */
const ServerState = z.object({
  /** By purpose; kept when the server stops, so that it comes back under the same address. */
  ports: z.record(z.string(), z.int().min(1).max(65_535)),
  /** The process that was started last, whether or not it still runs. */
  process: z.object({ pid: z.int().positive(), identity: z.string() }).nullable(),
  /** When that was, ISO 8601. */
  startedAt: z.iso.datetime().nullable(),
  /** Was asked for encrypted listeners; kept, so that a server comes back with what its clients know. */
  secure: z.literal(true).optional(),
});
export type ServerState = Readonly<z.infer<typeof ServerState>>;

export const NEVER_STARTED: ServerState = { ports: {}, process: null, startedAt: null };

export async function readState(file: string): Promise<ServerState> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return NEVER_STARTED;
    throw error;
  }
  try {
    return ServerState.parse(JSON.parse(text));
  } catch (cause) {
    throw new StackError(
      'STATE_UNREADABLE',
      `${file} is not a state that this version wrote. See whether its server runs, then remove the file.`,
      { cause },
    );
  }
}

export async function writeState(file: string, state: ServerState): Promise<void> {
  const draft = `${file}.draft`;
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`);
  await rename(draft, file);
}
