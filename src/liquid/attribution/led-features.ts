/**
 * What a step of a led team shows of being the decisive mistake. The leader's own bookkeeping ("Next speaker ...") and the person who asks are no
 * candidates; its plans, ledgers and instructions are, and so is every reply of a worker. A ledger is a leader's JSON that answers, among
 * others, whether the request is satisfied (as Magentic-One writes it, arXiv 2411.04468).
 */
import type { Candidates } from './candidates.ts';
import { leaderOf, type Run, type Step } from './run.ts';
import { coverage, wordsOf } from './utterance.ts';

export const ledFeatureNames = [
  /** 1 for a worker's reply, 0 for the leader's step. */
  'worker',
  /** Logarithm of the turn, from 1: how many replies there are until here, this one included. */
  'order',
  /** The last reply of the run. */
  'last turn',
  /** The leader's next instruction says much the same as the one before. */
  'asked again',
  /** A reply in the worker's own words, no page or file, after which the leader holds the request satisfied. */
  'answers',
] as const;

/** Words of the next instruction that the one before had too, from which on it is the same instruction. */
const sameInstruction = 0.6;

export function ledCandidates(run: Run): Candidates {
  const { steps } = run;
  const leader = leaderOf(run);
  const indices = steps.map((_, i) => i).filter((i) => isCandidate(steps[i], i, leader));
  const replies = indices.filter((i) => steps[i].speaker !== leader).length;
  const x: number[] = [];
  let turn = 1;
  for (const i of indices) {
    const worker = steps[i].speaker !== leader;
    x.push(
      Number(worker),
      Math.log(turn),
      Number(worker && turn === replies),
      Number(worker && isAskedAgain(steps, i)),
      Number(worker && !isObservation(steps[i].text) && isSatisfiedAfter(steps, i)),
    );
    if (worker) turn++;
  }
  return { indices, x: Float64Array.from(x) };
}

function isCandidate({ speaker, text, manner }: Step, i: number, leader: string | null): boolean {
  if (i === 0) return false;
  if (speaker !== leader) return true;
  if (manner !== null && manner !== 'thought') return false;
  return !/^\s*(Next speaker|Request satisfied|Stalled)/.test(text);
}

function isAskedAgain(steps: readonly Step[], i: number): boolean {
  const before = steps.slice(0, i).findLast((step) => step.addressee !== null);
  const after = steps.slice(i + 1).find((step) => step.addressee !== null);
  if (before === undefined || after === undefined) return false;
  return coverage(wordsOf(after.text), wordsOf(before.text)) > sameInstruction;
}

/** A page or a file as a browsing worker shows it. */
function isObservation(text: string): boolean {
  return /^I (typed|scrolled|clicked|hovered|navigated)|Here is a screenshot|^Address: /.test(text.slice(0, 400));
}

function isSatisfiedAfter(steps: readonly Step[], i: number): boolean {
  const ledger = steps.slice(i + 1).find(({ text }) => text.includes('"is_request_satisfied"'));
  return ledger !== undefined && /"is_request_satisfied"[\s\S]*?"answer":\s*true/.test(upToNextQuestion(ledger.text));
}

/** The part of a ledger that answers its first question. */
function upToNextQuestion(text: string): string {
  const from = text.indexOf('"is_request_satisfied"');
  const to = text.indexOf('}', from);
  return to < 0 ? text.slice(from) : text.slice(from, to);
}
