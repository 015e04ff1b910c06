/** Timeouts (lines 21, 34, 47 and 57 to 67): one of a step, which grows with the rounds, and one that says where this process stands. */
import type { Outbox } from '../outbox.ts';
import type { TendermintVocabulary } from './message.ts';
import type { TendermintParameters } from './parameters.ts';
import type { Awaited } from './round-state.ts';
import type { Rules } from './rules.ts';

/** What the timers go by. */
export interface Situation {
  /** Last decided height. */
  readonly height: number;
  readonly round: number;
  readonly awaited: Awaited | null;
  /** Something is under way or waits to be: an idle process is silent. */
  readonly isOpen: boolean;
}

export class Timeouts {
  readonly #parameters: TendermintParameters;
  readonly #rules: Rules;
  readonly #outbox: Outbox<TendermintVocabulary>;
  /** Rounds that the latest heights took beyond their first: where timeouts begin, so that far-apart validators do not learn it anew. */
  #patience = 0;
  /** What the step's timer runs for; empty when it does not. */
  #runsFor = '';
  #number = 0;
  #isResending = false;
  /** Height at which it was when that timer was set. */
  #resendsFrom = 0;

  constructor(parameters: TendermintParameters, rules: Rules, outbox: Outbox<TendermintVocabulary>) {
    this.#parameters = parameters;
    this.#rules = rules;
    this.#outbox = outbox;
  }

  get patience(): number {
    return this.#patience;
  }

  inspect(): readonly [runsFor: string, isResending: boolean, resendsFrom: number] {
    return [this.#runsFor, this.#isResending, this.#resendsFrom];
  }

  /** A height was decided in this round. */
  onDecided(round: number): void {
    this.#patience = round === 0 ? Math.max(0, this.#patience - 1) : this.#patience + round;
  }

  /** The process starts again: what was learned about the network may be old. */
  forget(): void {
    this.#patience = 0;
  }

  /** The step's timer starts anew at the next `run`. */
  restart(): void {
    this.#runsFor = '';
  }

  /** Sets and clears what the situation calls for. */
  run({ height, round, awaited, isOpen }: Situation): void {
    const { timeoutMs, timeoutDeltaMs, resendMs } = this.#parameters;
    const runsFor = awaited === null ? '' : `${height} ${round} ${awaited}`;
    if (runsFor !== this.#runsFor) {
      this.#runsFor = runsFor;
      this.#number++;
      const ms = timeoutMs + timeoutDeltaMs * this.#rules.growth(round + this.#patience);
      if (awaited !== null) this.#outbox.push({ type: 'setTimer', timer: 'step', view: this.#number, ms });
      else this.#outbox.push({ type: 'clearTimer', timer: 'step' });
    }
    if (isOpen && !this.#isResending) {
      this.#resendsFrom = height;
      this.#outbox.push({ type: 'setTimer', timer: 'resend', view: 0, ms: resendMs });
    } else if (!isOpen && this.#isResending) this.#outbox.push({ type: 'clearTimer', timer: 'resend' });
    this.#isResending = isOpen;
  }

  /** The step's timer of this number has run out. False: it is not the one that runs. */
  expires(number: number): boolean {
    if (number !== this.#number || this.#runsFor === '') return false;
    this.#runsFor = '';
    return true;
  }

  /** The resend timer has run out. Whether the process stands still: else what is under way is late, not lost. */
  resends(height: number, isBehind: boolean): boolean {
    this.#isResending = false;
    return height <= this.#resendsFrom || isBehind;
  }
}
