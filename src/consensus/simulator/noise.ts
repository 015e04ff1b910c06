/**
 * Random numbers by link: the k-th number of a link is a function of seed, link and k alone. So when an incident is left out of a
 * run to see whether it matters, what happens on the other links stays as it was for as long as possible.
 */
export class Noise {
  readonly #seed: number;
  readonly #counts: Int32Array;

  constructor(seed: number, links: number) {
    this.#seed = seed | 0;
    this.#counts = new Int32Array(links);
  }

  /** Uniform in [0, 1). */
  next(link: number): number {
    let t = (this.#seed ^ Math.imul(link + 1, 0x9e3779b1)) + Math.imul(++this.#counts[link], 0x6d2b79f5);
    t = Math.imul(t ^ (t >>> 16), 0x85ebca6b);
    t = Math.imul(t ^ (t >>> 13), 0xc2b2ae35);
    return ((t ^ (t >>> 16)) >>> 0) / 0x1_0000_0000;
  }

  /** Uniform in low .. high, both ends included. */
  int(link: number, low: number, high: number): number {
    return low + Math.floor(this.next(link) * (high - low + 1));
  }
}
