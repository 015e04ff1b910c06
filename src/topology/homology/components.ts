import type { EdgeFiltration } from '../filtrations/filtration.ts';
import type { OnBar } from './diagram.ts';

/**
 * Dimension 0 by union-find over the edges in filtration order (Kruskal): where two components meet, the one born later dies (elder
 * rule; Edelsbrunner & Harer 2010, VII.2).
 *
 * @param edges where given, only these are looked at, ascending; all that merge two components must be among them
 * @returns the ranks of the edges that merged two components, ascending: the minimum spanning forest
 */
export function connectedComponents(filtration: EdgeFiltration, onBar: OnBar, edges?: Int32Array): Int32Array {
  const n = filtration.vertexCount;
  const parents = new Int32Array(n);
  const sizes = new Int32Array(n).fill(1);
  // The oldest vertex of the component that a root stands for.
  const elders = new Int32Array(n);
  for (let v = 0; v < n; v++) {
    parents[v] = v;
    elders[v] = v;
  }
  const forest = new Int32Array(n - 1);
  let merges = 0;
  const count = edges === undefined ? filtration.edgeCount : edges.length;
  for (let k = 0; k < count && merges < n - 1; k++) {
    const edge = edges === undefined ? k : edges[k];
    let kept = find(parents, filtration.edgeTail(edge));
    let absorbed = find(parents, filtration.edgeHead(edge));
    if (kept === absorbed) continue;
    if (sizes[kept] < sizes[absorbed]) [kept, absorbed] = [absorbed, kept];
    parents[absorbed] = kept;
    sizes[kept] += sizes[absorbed];
    let older = elders[kept];
    let younger = elders[absorbed];
    if (isOlder(filtration, younger, older)) [older, younger] = [younger, older];
    elders[kept] = older;
    forest[merges++] = edge;
    onBar(filtration.vertexValue(younger), filtration.edgeValue(edge), younger, edge);
  }
  for (let v = 0; v < n; v++) {
    if (parents[v] === v) onBar(filtration.vertexValue(elders[v]), Number.POSITIVE_INFINITY, elders[v], -1);
  }
  return forest.slice(0, merges);
}

function isOlder(filtration: EdgeFiltration, a: number, b: number): boolean {
  // Not by their difference: -Infinity less itself is NaN.
  const [one, other] = [filtration.vertexValue(a), filtration.vertexValue(b)];
  return one < other || (one === other && a < b);
}

/** The root of v's component; halves the path on the way. */
function find(parents: Int32Array, v: number): number {
  let at = v;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]];
    at = parents[at];
  }
  return at;
}
