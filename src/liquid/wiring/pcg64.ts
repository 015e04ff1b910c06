const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/**
 * numpy.random.default_rng(seed), as far as wirings draw from it: PCG XSL RR 128/64 (O'Neill 2014) seeded through SeedSequence, with
 * Lemire's way to draw a number below a bound. The same seed gives the numbers that numpy gives.
 */
export class Pcg64 {
  #state: bigint;
  readonly #increment: bigint;
  /** The upper half of the last 64-bit output: numpy hands out the lower one first. */
  #upper: number | null = null;

  /** seed: 0 to 2^32 - 1. */
  constructor(seed: number) {
    const [a, b, c, d] = seedWords(seed);
    this.#increment = ((((c << 64n) | d) << 1n) | 1n) & MASK_128;
    this.#state = (this.#increment + ((a << 64n) | b)) & MASK_128;
    this.#advance();
  }

  /** An entry of the list, as Generator.choice(list). */
  choose<T>(list: readonly T[]): T {
    return list[this.#below(list.length)];
  }

  #below(bound: number): number {
    const span = BigInt(bound);
    // 2^32 mod bound: products whose lower half is below it would favour some numbers.
    const unfair = (1n << 32n) % span;
    let product = BigInt(this.#uint32()) * span;
    while ((product & 0xffffffffn) < unfair) product = BigInt(this.#uint32()) * span;
    return Number(product >> 32n);
  }

  #uint32(): number {
    if (this.#upper !== null) {
      const upper = this.#upper;
      this.#upper = null;
      return upper;
    }
    this.#advance();
    const turn = this.#state >> 122n;
    const folded = ((this.#state >> 64n) ^ this.#state) & MASK_64;
    const output = ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
    this.#upper = Number(output >> 32n);
    return Number(output & 0xffffffffn);
  }

  #advance(): void {
    this.#state = (this.#state * MULTIPLIER + this.#increment) & MASK_128;
  }
}

/** numpy.random.SeedSequence(seed).generate_state(4, uint64) for a seed of one 32-bit word. */
function seedWords(seed: number): readonly bigint[] {
  let key = 0x43b0d7e5;
  const hash = (value: number): number => {
    const mixed = value ^ key;
    key = Math.imul(key, 0x931e8875);
    const product = Math.imul(mixed, key);
    return product ^ (product >>> 16);
  };
  const mix = (x: number, y: number): number => {
    const difference = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
    return difference ^ (difference >>> 16);
  };
  const pool = [seed, 0, 0, 0].map(hash);
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) if (from !== to) pool[to] = mix(pool[to] | 0, hash(pool[from]));
  }
  let outKey = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, i) => {
    const mixed = pool[i % 4] ^ outKey;
    outKey = Math.imul(outKey, 0x58f38ded);
    const product = Math.imul(mixed, outKey);
    return BigInt((product ^ (product >>> 16)) >>> 0);
  });
  return [0, 2, 4, 6].map((i) => words[i] | (words[i + 1] << 32n));
}
