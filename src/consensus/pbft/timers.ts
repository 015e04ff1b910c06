/** The two timers (4.4, 4.5.2): `progress` ends a view in which nothing comes about, `resend` says where this replica stands. */

import type { Outbox } from '../outbox.ts';
import { PurposeTimer, ResendTimer } from '../timers.ts';
import type { PbftVocabulary } from './message.ts';
import type { PbftParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

/** What the timers go by. */
export interface Situation {
  /** Something is under way or waits to be: an idle replica is silent. */
  readonly isOpen: boolean;
  readonly hasProposals: boolean;
  readonly view: number;
  readonly isChanging: boolean;
  /** Of a change of views: a quorum has left the old view. */
  readonly isJoined: boolean;
  /** Executed through. */
  readonly height: number;
  /** The block after it is prepared in this view. */
  readonly isNextPrepared: boolean;
}

export class Timers {
  readonly #parameters: PbftParameters;
  readonly #rules: Rules;
  readonly #progress: PurposeTimer<PbftVocabulary>;
  readonly #resend: ResendTimer<PbftVocabulary>;
  /** View changes since the last commit. */
  #failures = 0;

  constructor(parameters: PbftParameters, rules: Rules, outbox: Outbox<PbftVocabulary>) {
    this.#parameters = parameters;
    this.#rules = rules;
    this.#progress = new PurposeTimer('progress', outbox);
    this.#resend = new ResendTimer('resend', outbox);
  }

  get failures(): number {
    return this.#failures;
  }

  inspect(): readonly [runsFor: string, isResending: boolean, resendsFrom: number] {
    return [this.#progress.runsFor, this.#resend.isRunning, this.#resend.from];
  }

  /** Blocks were executed, or taken over: timeouts begin anew. */
  onProgress(): void {
    this.#failures = 0;
  }

  /** A view was left. */
  onFailure(): void {
    this.#failures++;
  }

  /** The progress timer starts anew at the next `run`. */
  restart(): void {
    this.#progress.restart();
  }

  /** Sets and clears what the situation calls for. */
  run({ isOpen, hasProposals, view, isChanging, isJoined, height, isNextPrepared }: Situation): void {
    const { timeoutMs, timeoutDoublings, resendMs } = this.#parameters;
    // While it waits for others to leave the old view too, it does not run on to the next (4.5.2).
    const runs = isOpen && (!isChanging || isJoined);
    const runsFor = runs ? `${view} ${height} ${isChanging ? 'changing' : isNextPrepared}` : '';
    this.#progress.run(runsFor, timeoutMs * 2 ** Math.min(this.#rules.doublings(this.#failures), timeoutDoublings));
    this.#resend.run(isOpen || hasProposals, height, resendMs);
  }

  /** The progress timer of this number has run out. False: it is not the one that runs. */
  expires(number: number): boolean {
    return this.#progress.expires(number);
  }

  /** The resend timer has run out. Whether the replica stands still: else what is under way is late, not lost. */
  resends(height: number, isBehind: boolean): boolean {
    return this.#resend.isDue(height, isBehind);
  }
}
