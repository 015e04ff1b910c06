import type { EdgeStretch } from './edge-supply.ts';

/** Which of the edges, taken in their order, join two components (Kruskal 1956): 1 for those, 0 for those that close a cycle. */
export function spanningForest(vertexCount: number, { tails, heads }: EdgeStretch): Uint8Array {
  const parents = new Int32Array(vertexCount);
  for (let v = 0; v < vertexCount; v++) parents[v] = v;
  const joins = new Uint8Array(tails.length);
  let left = vertexCount - 1;
  for (let k = 0; k < tails.length && left > 0; k++) {
    const a = rootOf(parents, tails[k]);
    const b = rootOf(parents, heads[k]);
    if (a === b) continue;
    parents[a] = b;
    joins[k] = 1;
    left -= 1;
  }
  return joins;
}

/** Halves the path on the way. */
function rootOf(parents: Int32Array, v: number): number {
  let at = v;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]];
    at = parents[at];
  }
  return at;
}
