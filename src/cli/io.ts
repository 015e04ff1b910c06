/** Where a command's words go. Standard output carries the answer and nothing else; progress and logs go to standard error. */
import { constants } from 'node:os';
import { codeOf } from './errors.ts';
import { coloured, type Style, styleOf } from './style.ts';

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): void;
}

export interface Io {
  readonly env: NodeJS.ProcessEnv;
  out(text: string): void;
  err(text: string): void;
  /** All of standard input, as bytes. */
  readInput(): Promise<Uint8Array>;
  readonly style: Style;
  readonly errStyle: Style;
  /** The terminal behind standard output; null where it is a file or a pipe. */
  terminal(): Terminal | null;
  /** Called with the signal's name when a person or a supervisor wants the command to end; a second signal ends it at once. Returns how to stop listening. */
  onStop(listener: (signal: NodeJS.Signals) => void): () => void;
}

export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  // Whoever read the answer has seen enough (aura … | head): end as a program does that leaves SIGPIPE to the system.
  stdout.on('error', (error) => {
    if (codeOf(error) === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE);
    stderr.write(`aura: cannot write standard output: ${error.message} [output-failed]\n`);
    process.exit(1);
  });
  // Progress that nobody reads, or that a full disk does not take, is no reason to end: the answer goes elsewhere.
  stderr.on('error', () => undefined);
  return {
    env,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
      return Buffer.concat(chunks);
    },
    style: styleOf(coloured(stdout, env)),
    errStyle: styleOf(coloured(stderr, env)),
    terminal: () =>
      stdout.isTTY && env.TERM !== 'dumb'
        ? {
            get columns() {
              return stdout.columns;
            },
            get rows() {
              return stdout.rows;
            },
            write: (text) => void stdout.write(text),
          }
        : null,
    onStop(listener) {
      const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
      let heardBefore = false;
      const hear = (signal: NodeJS.Signals): void => {
        if (heardBefore) process.exit(128 + constants.signals[signal]);
        heardBefore = true;
        listener(signal);
      };
      const listeners = signals.map((signal) => [signal, () => hear(signal)] as const);
      for (const [signal, heard] of listeners) process.on(signal, heard);
      return () => {
        for (const [signal, heard] of listeners) process.off(signal, heard);
      };
    },
  };
}
