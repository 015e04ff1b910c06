/** Runs one script of a kind from beginning to end and tells where, if anywhere, it came out differently. */
import { ConfchangeScript } from './confchange-script.ts';
import { type Case, parseCases, rewriteCases } from './datadriven.ts';
import { Interaction } from './interaction.ts';
import { runQuorumCase } from './quorum-script.ts';

export type ScriptKind = 'quorum' | 'confchange' | 'interaction';

export interface Difference {
  /** Line of the command in the file, from 1. */
  readonly line: number;
  readonly command: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

export interface ScriptResult {
  readonly commands: number;
  /** The first command that came out differently; later ones say little. Null: none did. */
  readonly difference: Difference | null;
}

/** @throws SyntaxError for a script that is none */
export function runScript(kind: ScriptKind, text: string): ScriptResult {
  const cases = parseCases(text);
  const run = runnerOf(kind);
  for (const given of cases) {
    const expected = comparable(given.expected);
    const actual = comparable(outcome(run, given).split('\n'));
    if (expected.join('\n') !== actual.join('\n'))
      return { commands: cases.length, difference: { line: given.line, command: given.command, expected, actual } };
  }
  return { commands: cases.length, difference: null };
}

/** The script with what came out in place of what was expected. */
export function rewriteScript(kind: ScriptKind, text: string): string {
  const run = runnerOf(kind);
  return rewriteCases(text, (given) => outcome(run, given));
}

/** What a script asks for that is not here; null for nothing. */
export function beyond(kind: ScriptKind, text: string): string | null {
  if (kind !== 'interaction') return null;
  if (/^add-nodes .*\basync-storage-writes=true\b/m.test(text)) return 'asynchronous storage';
  return /^propose-conf-change\b/m.test(text) ? 'membership change' : null;
}

function runnerOf(kind: ScriptKind): (given: Case) => string {
  if (kind === 'quorum') return runQuorumCase;
  const script = kind === 'confchange' ? new ConfchangeScript() : new Interaction();
  return (given) => script.run(given);
}

/** A node that stops at a broken invariant is an outcome like any other. */
function outcome(run: (given: Case) => string, given: Case): string {
  try {
    return run(given);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

const LOG_LINE = /^\s*(?:DEBUG|INFO|WARN|ERROR|FATAL) /;

/** Without lines of a log; nothing else left is `ok`. */
function comparable(lines: readonly string[]): readonly string[] {
  const kept = lines.filter((line) => !LOG_LINE.test(line));
  return kept.length === 0 ? ['ok'] : kept;
}
