/** A process's surroundings that a test controls. */
import type { Io } from '../../src/cli/io.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { styleOf } from '../../src/cli/style.ts';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: Uint8Array;
}

/** Without a terminal and without signals. */
export function fakeIo(
  { env = {}, input = Buffer.alloc(0) }: Surroundings,
  write: (to: 'out' | 'err', text: string) => void,
): Io {
  return {
    env,
    out: (text) => write('out', text),
    err: (text) => write('err', text),
    readInput: async () => input,
    style: styleOf(false),
    errStyle: styleOf(false),
    terminal: () => null,
    onStop: () => () => undefined,
  };
}

/** Runs one command line in this process, without a terminal. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const said = { out: '', err: '' };
  const io = fakeIo(surroundings, (to, text) => {
    said[to] += text;
  });
  const exitCode = await runCommandLine(args, io);
  return { exitCode, ...said };
}

/** The one object that standard output ends with. */
export function lastJson({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}
