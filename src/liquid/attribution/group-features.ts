/**
 * What a step of a group chat shows of being the decisive mistake. A terminal's answers are no candidates: it does what it is told. Every feature is 0
 * or 1, a share, or the logarithm of a small count, so that one ridge suits all.
 */
import type { Candidates } from './candidates.ts';
import type { Run } from './run.ts';
import {
  coverage,
  type Execution,
  executionOf,
  hasCode,
  isClaim,
  isClosing,
  isEnvironment,
  isImprovised,
  wordsOf,
} from './utterance.ts';

export const groupFeatureNames = [
  /** The first message, which hands out the task and how to go about it. */
  'kickoff',
  /** The kickoff holds less than half of the question's words: the team was set to another task. */
  'kickoff misses the question',
  /** The kickoff carries code that the terminal runs at once. */
  'kickoff code is run',
  /** Logarithm of the candidate's place after the kickoff, from 1. */
  'order',
  'code',
  /** The terminal's answer to the code is an error. */
  'code fails',
  /** The code runs and finds nothing. */
  'code finds nothing',
  /** Says that something was found, checked or concluded. */
  'claim',
  /** Says that something is assumed, made up or done by hand. */
  'improvised',
  /** Goes on without code after the terminal's last answer was an error or nothing. */
  'after a failure, no code',
  /** Agrees, or ends the talk. */
  'closes',
  /** Share of its words that nobody used before. */
  'new words',
] as const;

const missesQuestion = 0.5;

export function groupCandidates({ question, steps }: Run): Candidates {
  const asked = wordsOf(question ?? '');
  const seen = new Set<string>();
  const indices: number[] = [];
  const x: number[] = [];
  let last: Execution | null = null;
  for (const [i, { text }] of steps.entries()) {
    const words = wordsOf(text);
    const novelty = 1 - coverage(words, seen);
    for (const word of words) seen.add(word);
    if (isEnvironment(text)) {
      const said = executionOf(text);
      if (said !== 'idle') last = said;
      continue;
    }
    const after = i + 1 < steps.length ? executionOf(steps[i + 1].text) : null;
    const code = hasCode(text);
    const failed = last === 'failed' || last === 'empty';
    const features =
      i === 0
        ? [1, Number(coverage(asked, words) < missesQuestion), Number(after !== null && after !== 'idle')].concat(
            new Array<number>(9).fill(0),
          )
        : [
            0,
            0,
            0,
            Math.log(Math.max(1, indices[0] === 0 ? indices.length : indices.length + 1)),
            Number(code),
            Number(code && after === 'failed'),
            Number(code && after === 'empty'),
            Number(isClaim(text)),
            Number(isImprovised(text)),
            Number(!code && failed),
            Number(isClosing(text)),
            novelty,
          ];
    indices.push(i);
    x.push(...features);
  }
  return { indices, x: Float64Array.from(x) };
}
