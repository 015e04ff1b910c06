/**
 * The text format of etcd's vectors (github.com/cockroachdb/datadriven): a command with arguments, perhaps lines of input, a line of
 * dashes, and what must come out. A blank line ends the output, unless a second line of dashes follows the first: then a pair of them does.
 *
 *   # why this is here
 *   command flag key=value key=(one, two)
 *   input
 *   ----
 *   output
 */
export interface Case {
  readonly command: string;
  /** Without values. */
  readonly flags: readonly string[];
  /** Each with its values, in order. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly input: readonly string[];
  /** Lines. */
  readonly expected: readonly string[];
  /** The line of the file that the command stands on, from 1. */
  readonly line: number;
  /** Where the expected lines stand in the file: the line before them and the last of them, from 1. */
  readonly output: readonly [before: number, last: number];
}

const DASHES = '----';

/** @throws SyntaxError with the line at fault */
export function parseCases(text: string): readonly Case[] {
  const lines = text.split('\n');
  const cases: Case[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (lines[at].trim() === '' || lines[at].startsWith('#')) continue;
    const line = at + 1;
    let command = lines[at];
    while (command.endsWith('\\')) command = `${command.slice(0, -1)} ${lines[++at] ?? ''}`;
    const dashes = lines.indexOf(DASHES, at);
    if (dashes < 0) throw new SyntaxError(`line ${line}: no line of ${DASHES} follows "${command}"`);
    const input = lines.slice(at + 1, dashes).filter((each) => each !== '');
    const isQuoted = lines[dashes + 1] === DASHES;
    const end = isQuoted ? endOfQuoted(lines, dashes + 2, line) : endOfPlain(lines, dashes + 1);
    const start = dashes + (isQuoted ? 2 : 1);
    cases.push({
      ...parseCommand(command, line),
      input,
      expected: lines.slice(start, end),
      line,
      output: [start, end],
    });
    at = isQuoted ? end + 1 : end;
  }
  return cases;
}

/** The same text with what came out in place of what was expected, to be read in review. Outputs hold no blank lines. */
export function rewriteCases(text: string, outcome: (given: Case) => string): string {
  const lines = text.split('\n');
  const rewritten: string[] = [];
  let at = 0;
  for (const given of parseCases(text)) {
    const [start, end] = given.output;
    rewritten.push(...lines.slice(at, start), ...outcome(given).split('\n'));
    at = end;
  }
  return [...rewritten, ...lines.slice(at)].join('\n');
}

function endOfPlain(lines: readonly string[], from: number): number {
  const end = lines.indexOf('', from);
  return end < 0 ? lines.length : end;
}

function endOfQuoted(lines: readonly string[], from: number, line: number): number {
  for (let at = from; at + 1 < lines.length; at++) if (lines[at] === DASHES && lines[at + 1] === DASHES) return at;
  throw new SyntaxError(`line ${line}: its output has no end of ${DASHES} twice`);
}

function parseCommand(text: string, line: number): Pick<Case, 'command' | 'flags' | 'options'> {
  const words = text.match(/[^\s=]+=\([^)]*\)|\S+/g) ?? [];
  const [command, ...rest] = words;
  if (command === undefined) throw new SyntaxError(`line ${line}: no command`);
  const flags: string[] = [];
  const options = new Map<string, readonly string[]>();
  for (const word of rest) {
    const equals = word.indexOf('=');
    if (equals < 0) {
      flags.push(word);
      continue;
    }
    const value = word.slice(equals + 1);
    const inner = /^\((.*)\)$/.exec(value)?.[1];
    const values = inner === undefined ? [value] : inner.split(/[\s,]+/).filter((each) => each !== '');
    options.set(word.slice(0, equals), values);
  }
  return { command, flags, options };
}
