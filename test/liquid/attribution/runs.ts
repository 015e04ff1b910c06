/** Runs as the tests write them: a line a step, "speaker: text", "speaker -> addressee: text" or "speaker (manner): text". */
import type { Run, Step } from '../../../src/liquid/attribution/run.ts';

export function runOf(question: string | null, ...lines: readonly string[]): Run {
  return { question, steps: lines.map(stepOf) };
}

function stepOf(line: string): Step {
  const [, speaker, addressee = null, manner = null, text] =
    /^(\w+)(?: -> (\w+))?(?: \((\w+)\))?: ([\s\S]*)$/.exec(line) ?? [];
  return { speaker, addressee, manner, text };
}
