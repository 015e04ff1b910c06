/** A process's surroundings that a test controls. */
import type { Io } from '../../src/cli/io.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { styleOf } from '../../src/cli/style.ts';

export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process, without a terminal. */
export async function run(
  args: readonly string[],
  { env = {}, input = Buffer.alloc(0) }: { readonly env?: NodeJS.ProcessEnv; readonly input?: Uint8Array } = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const io: Io = {
    env,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    readInput: async () => input,
    style: styleOf(false),
    errStyle: styleOf(false),
    terminal: () => null,
    onStop: () => () => undefined,
  };
  const exitCode = await runCommandLine(args, io);
  return { exitCode, out, err };
}

/** The one object that standard output ends with. */
export function lastJson({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
}
