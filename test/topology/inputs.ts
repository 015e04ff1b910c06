import type { Diagram } from '../../src/topology/index.ts';

/** The generator named mulberry32: numbers in [0, 1), multiples of 2^-32. golden/generate.py has the same. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Points with coordinates that a float32 holds exactly, uniform in the unit cube. */
export function uniformPoints(count: number, dimension: number, seed: number): Float64Array {
  const random = mulberry32(seed);
  return Float64Array.from({ length: count * dimension }, () => Math.fround(random()));
}

/** Distances 1..levels, drawn pair by pair in the order of the lower triangle: nearly everything ties. */
export function integerDistances(count: number, levels: number, seed: number): Float64Array {
  const random = mulberry32(seed);
  return Float64Array.from({ length: (count * (count - 1)) / 2 }, () => 1 + Math.floor(random() * levels));
}

/** An undirected graph, each pair an edge with the given chance, values 1..levels, vertices born at 0..births. */
export function randomGraph(
  count: number,
  chance: number,
  levels: number,
  latestBirth: number,
  seed: number,
): {
  readonly vertexCount: number;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
  readonly births: Float64Array;
} {
  const random = mulberry32(seed);
  const births = Float64Array.from({ length: count }, () => Math.floor(random() * (latestBirth + 1)));
  const tails: number[] = [];
  const heads: number[] = [];
  const values: number[] = [];
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const isEdge = random() < chance;
      const value = Math.max(births[i], births[j]) + Math.floor(random() * levels);
      if (!isEdge) continue;
      tails.push(j);
      heads.push(i);
      values.push(value);
    }
  }
  return {
    vertexCount: count,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    values: Float64Array.from(values),
    births,
  };
}

/** A diagram as pairs, in its own order. */
export function barsOf(diagram: Diagram): [number, number][] {
  return Array.from(diagram.births, (birth, k) => [birth, diagram.deaths[k]]);
}

export function diagramOf(bars: readonly (readonly [number, number])[]): Diagram {
  return { births: Float64Array.from(bars, ([birth]) => birth), deaths: Float64Array.from(bars, ([, death]) => death) };
}

/** The entry for (i, j), in any order, of a lower triangle. */
export function pairAt(lower: Float64Array, i: number, j: number): number {
  return i > j ? lower[(i * (i - 1)) / 2 + j] : lower[(j * (j - 1)) / 2 + i];
}
