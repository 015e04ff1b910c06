const SIZE = 624;
const SHIFT = 397;

/**
 * numpy.random.RandomState, as far as wirings draw from it: MT19937 (Matsumoto and Nishimura 1998) seeded by one number, with the
 * legacy ways to draw a number below a bound and to choose without replacement. The same seed gives the numbers that numpy gives.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #next = SIZE;

  /** seed: 0 to 2^32 - 1. */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const before = this.#state[i - 1];
      this.#state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** An entry of the list, as RandomState.choice(list). */
  choose<T>(list: readonly T[]): T {
    return list[this.#upTo(list.length - 1)];
  }

  /** `count` different entries, as RandomState.choice(list, size=count, replace=False): the front of a shuffle. */
  chooseSome<T>(list: readonly T[], count: number): readonly T[] {
    const shuffled = [...list];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.#upTo(i);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled.slice(0, count);
  }

  /** Uniform in 0 to most, by masking and drawing again. Nothing is drawn for 0. */
  #upTo(most: number): number {
    if (most === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    let value = (this.#uint32() & mask) >>> 0;
    while (value > most) value = (this.#uint32() & mask) >>> 0;
    return value;
  }

  #uint32(): number {
    if (this.#next === SIZE) this.#twist();
    let y = this.#state[this.#next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
