/**
 * How long a validator waits for a view, in doublings of its timeout. Its own affair, like its clock: nothing here is agreed on.
 *
 * The paper's timeouts grow with each view in a row that fails and are forgotten with the next decision. Where a view takes longer than the
 * first timeout for good, each block would then cost several views in vain. So what it took is remembered, and given up step by step.
 */

/** Blocks decided in time before a height begins with half the timeout again. */
const KEPT_FOR = 4;

/** Doublings that are kept over a height, and those for repeats in one view, at most: a validator that a liar made patient must not hold up the others for long. */
const KEPT_MOST = 4;
const REPEATS_MOST = 2;

export class Patience {
  readonly #most: number;
  /** Doublings with which a height begins. */
  #first = 0;
  /** Views at this height that failed with a block in them, after the timer had run out here: a dispute or a silent leader teaches nothing. */
  #tooShort = 0;
  /** Blocks decided since that last happened. */
  #inTime = 0;
  /** Latest view in which the timer ran out here, and how often it did. */
  #ranOutIn = 0;
  #times = 0;

  /** `most`: doublings that are never exceeded. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Of the timer that is set now, after so many views in a row have failed. One that ran out in this view before waits twice as long again. */
  doublings(view: number, failedViews: number): number {
    const repeats = this.#ranOutIn === view ? Math.min(this.#times, REPEATS_MOST) : 0;
    return Math.min(this.#most, this.#first + failedViews + repeats);
  }

  onRanOut(view: number): void {
    this.#times = this.#ranOutIn === view ? this.#times + 1 : 1;
    this.#ranOutIn = view;
  }

  /** `wasProposed`: the leader's block had come. */
  onViewFailed(view: number, wasProposed: boolean): void {
    if (wasProposed && this.#ranOutIn === view) this.#tooShort++;
  }

  onCommitted(): void {
    if (this.#tooShort > 0) {
      this.#first = Math.min(KEPT_MOST, this.#most, this.#first + this.#tooShort);
      this.#tooShort = 0;
      this.#inTime = 0;
    } else if (this.#first > 0 && ++this.#inTime % KEPT_FOR === 0) this.#first--;
  }

  /** All of it, as plain data. */
  inspect(): unknown {
    return [this.#first, this.#tooShort, this.#inTime % KEPT_FOR, this.#ranOutIn, this.#times];
  }
}
