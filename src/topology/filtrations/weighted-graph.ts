import { TopologyError } from '../errors.ts';

/** An undirected weighted graph; edge k joins tails[k] and heads[k] and enters at values[k]. */
export interface WeightedGraph {
  readonly vertexCount: number;
  readonly tails: Int32Array;
  readonly heads: Int32Array;
  readonly values: Float64Array;
  /** When each vertex enters; 0 where left out. An edge may not enter before its vertices. */
  readonly births?: Float64Array;
}

/**
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_WRONG_LENGTH, TOPOLOGY_BAD_VERTEX, TOPOLOGY_SELF_LOOP, TOPOLOGY_NOT_A_NUMBER,
 * TOPOLOGY_EDGE_BEFORE_VERTEX
 */
export function checkGraph(graph: WeightedGraph): void {
  const { vertexCount, tails, heads, values, births } = graph;
  if (!Number.isInteger(vertexCount) || vertexCount < 1) {
    throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of vertices', vertexCount, 'a whole number of at least 1');
  }
  if (tails.length !== values.length || heads.length !== values.length) {
    const found = `${tails.length} tails, ${heads.length} heads, ${values.length} values`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'edge arrays', found, 'three arrays of one length');
  }
  if (births !== undefined && births.length !== vertexCount) {
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'births', births.length, `${vertexCount}, one a vertex`);
  }
  const badBirth = births?.findIndex((birth) => !Number.isFinite(birth)) ?? -1;
  if (badBirth >= 0) {
    throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `birth of vertex ${badBirth}`, births?.[badBirth], 'finite');
  }
  for (let k = 0; k < values.length; k++) {
    const u = tails[k];
    const v = heads[k];
    if (u < 0 || u >= vertexCount || v < 0 || v >= vertexCount) {
      throw new TopologyError('TOPOLOGY_BAD_VERTEX', `vertices of edge ${k}`, `(${u}, ${v})`, `0..${vertexCount - 1}`);
    }
    if (u === v) throw new TopologyError('TOPOLOGY_SELF_LOOP', `edge ${k}`, `(${u}, ${v})`, 'two different vertices');
    const value = values[k];
    if (Number.isNaN(value)) {
      throw new TopologyError('TOPOLOGY_NOT_A_NUMBER', `value of edge ${k}`, value, 'a number; Infinity means never');
    }
    const earliest = births === undefined ? 0 : Math.max(births[u], births[v]);
    if (value < earliest) {
      throw new TopologyError(
        'TOPOLOGY_EDGE_BEFORE_VERTEX',
        `value of edge ${k} (${u}, ${v})`,
        value,
        `>= ${earliest}`,
      );
    }
  }
}

/** The edges up to the threshold, each from its lower vertex to its higher. An edge at Infinity never enters and is left out too. */
export function edgesUpTo(graph: WeightedGraph, threshold: number): WeightedGraph {
  const { vertexCount, births, values } = graph;
  const limit = Math.min(threshold, Number.MAX_VALUE);
  let count = 0;
  for (let k = 0; k < values.length; k++) if (values[k] <= limit) count += 1;
  const tails = new Int32Array(count);
  const heads = new Int32Array(count);
  const kept = new Float64Array(count);
  let at = 0;
  for (let k = 0; k < values.length; k++) {
    if (!(values[k] <= limit)) continue;
    tails[at] = Math.min(graph.tails[k], graph.heads[k]);
    heads[at] = Math.max(graph.tails[k], graph.heads[k]);
    kept[at++] = values[k];
  }
  return births === undefined
    ? { vertexCount, tails, heads, values: kept }
    : { vertexCount, tails, heads, values: kept, births };
}
