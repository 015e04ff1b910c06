import { ascending } from './order.ts';

/**
 * Where a flag filtration gets its edges from: in the order in which they enter, a stretch at a time, so that what nobody asks for is
 * never sorted.
 */
export interface EdgeSupply {
  readonly vertexCount: number;
  readonly edgeCount: number;
  readonly threshold: number;
  /** When each vertex enters; undefined: all at 0. */
  readonly births: Float64Array | undefined;
  /** True where it is certain that no pair of vertices is given twice. */
  readonly isSimple: boolean;
  /** The edges that are not apparent, where the supply knows them beforehand. */
  readonly open: OpenEdges | undefined;

  /** The next edges in the order; at least one, unless all edgeCount of them have been handed over. */
  next(): EdgeStretch;
  /** When the edge between two vertices enters; Infinity if there is none. Only asked of simple edges, or while some are left. */
  valueBetween(u: number, v: number): number;
}

/** Edges in the order in which they enter; tails[k] < heads[k]. */
export interface EdgeStretch {
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
}

/** Some edges, and at which place of the whole order each stands, ascending. */
export interface OpenEdges extends EdgeStretch {
  readonly ranks: Int32Array;
}

/** By value, ties in the order given. */
export function sorted(edges: EdgeStretch): EdgeStretch {
  const { order, values } = ascending(edges.values);
  const tails = new Int32Array(order.length);
  const heads = new Int32Array(order.length);
  for (let k = 0; k < order.length; k++) {
    const edge = order[k];
    tails[k] = edges.tails[edge];
    heads[k] = edges.heads[edge];
  }
  return { tails, heads, values };
}

/** One after the other. */
export function joinStretches(first: EdgeStretch, second: EdgeStretch): EdgeStretch {
  if (second.values.length === 0) return first;
  if (first.values.length === 0) return second;
  const count = first.values.length + second.values.length;
  const joined = { tails: new Int32Array(count), heads: new Int32Array(count), values: new Float64Array(count) };
  joined.tails.set(first.tails);
  joined.heads.set(first.heads);
  joined.values.set(first.values);
  joined.tails.set(second.tails, first.values.length);
  joined.heads.set(second.heads, first.values.length);
  joined.values.set(second.values, first.values.length);
  return joined;
}
