import { TICK_S } from './question.ts';

/** Shares that fade: positives and cases, each halved every halfLifeS. What is not touched fades when it is touched next. */
export class FadingShares {
  readonly #positives: Float64Array;
  readonly #cases: Float64Array;
  readonly #touched: Int32Array;
  readonly #halfLifeTicks: number;
  readonly #kept: Float64Array;

  constructor(size: number, halfLifeS: number) {
    this.#positives = new Float64Array(size);
    this.#cases = new Float64Array(size);
    this.#touched = new Int32Array(size);
    this.#halfLifeTicks = halfLifeS / TICK_S;
    this.#kept = Float64Array.from({ length: 256 }, (_, ticks) => 0.5 ** (ticks / this.#halfLifeTicks));
  }

  add(at: number, label: number, tick: number): void {
    this.#fade(at, tick);
    this.#positives[at] += label;
    this.#cases[at]++;
  }

  /** The share, drawn to the prior by as many cases as `strength` says. */
  share(at: number, prior: number, strength: number, tick: number): number {
    this.#fade(at, tick);
    return (this.#positives[at] + strength * prior) / (this.#cases[at] + strength);
  }

  logOdds(at: number, prior: number, strength: number, tick: number): number {
    const share = this.share(at, prior, strength, tick);
    return Math.log(share / (1 - share));
  }

  #fade(at: number, tick: number): void {
    const ticks = tick - this.#touched[at];
    if (ticks === 0) return;
    this.#touched[at] = tick;
    const kept = ticks < this.#kept.length ? this.#kept[ticks] : 0.5 ** (ticks / this.#halfLifeTicks);
    this.#positives[at] *= kept;
    this.#cases[at] *= kept;
  }
}
