/** mulberry32: a seeded source of uniform numbers in [0, 1) for tests. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** n numbers, uniform in [low, high). */
export function uniform(random: () => number, n: number, low = -1, high = 1): Float64Array {
  return Float64Array.from({ length: n }, () => low + (high - low) * random());
}
