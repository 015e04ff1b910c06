/** Timeouts (lines 21, 34, 47 and 57 to 67): one of a step, which grows with the rounds, and one that says where this process stands. */
import type { Outbox } from '../outbox.ts';
import { PurposeTimer, ResendTimer } from '../timers.ts';
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
  readonly #step: PurposeTimer<TendermintVocabulary>;
  readonly #resend: ResendTimer<TendermintVocabulary>;
  /** Rounds that the latest heights took beyond their first: where timeouts begin, so that far-apart validators do not learn it anew. */
  #patience = 0;

  constructor(parameters: TendermintParameters, rules: Rules, outbox: Outbox<TendermintVocabulary>) {
    this.#parameters = parameters;
    this.#rules = rules;
    this.#step = new PurposeTimer('step', outbox);
    this.#resend = new ResendTimer('resend', outbox);
  }

  get patience(): number {
    return this.#patience;
  }

  inspect(): readonly [runsFor: string, isResending: boolean, resendsFrom: number] {
    return [this.#step.runsFor, this.#resend.isRunning, this.#resend.from];
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
    this.#step.restart();
  }

  /** Sets and clears what the situation calls for. */
  run({ height, round, awaited, isOpen }: Situation): void {
    const { timeoutMs, timeoutDeltaMs, resendMs } = this.#parameters;
    const runsFor = awaited === null ? '' : `${height} ${round} ${awaited}`;
    this.#step.run(runsFor, timeoutMs + timeoutDeltaMs * this.#rules.growth(round + this.#patience));
    this.#resend.run(isOpen, height, resendMs);
  }

  /** The step's timer of this number has run out. False: it is not the one that runs. */
  expires(number: number): boolean {
    return this.#step.expires(number);
  }

  /** The resend timer has run out. Whether the process stands still: else what is under way is late, not lost. */
  resends(height: number, isBehind: boolean): boolean {
    return this.#resend.isDue(height, isBehind);
  }
}
