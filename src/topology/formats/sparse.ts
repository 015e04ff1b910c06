import { TopologyError } from '../errors.ts';
import type { WeightedGraph } from '../filtrations/weighted-graph.ts';
import { IntegerTable } from '../integer-table.ts';
import { checkDistance, linesOfNumbers } from './numbers.ts';

const VERTEX_MAX = 2 ** 26 - 1;

/**
 * A sparse distance matrix as Ripser reads it: lines `i j d`, points counted from 0, distances rounded to single precision. There are as many
 * points as the greatest number says. A pair that is not listed is never joined; one that is listed twice must have one distance. Lines
 * `i i 0` are passed over.
 *
 * @throws TopologyError TOPOLOGY_BAD_FILE, TOPOLOGY_EMPTY_INPUT, TOPOLOGY_BAD_VERTEX, TOPOLOGY_NEGATIVE_DISTANCE, TOPOLOGY_NONZERO_DIAGONAL,
 * TOPOLOGY_ASYMMETRIC_DISTANCE
 */
export function parseSparse(bytes: Uint8Array): WeightedGraph {
  const tails: number[] = [];
  const heads: number[] = [];
  const values: number[] = [];
  const seen = new IntegerTable(1024);
  let last = -1;
  for (const { number, values: row } of linesOfNumbers(bytes)) {
    const where = `line ${number}`;
    if (row.length !== 3)
      throw new TopologyError('TOPOLOGY_BAD_FILE', `${where}: number of values`, row.length, '3: i j d');
    const [i, j] = row;
    checkVertex(i, where);
    checkVertex(j, where);
    checkDistance(row[2], `${where}: distance`);
    const distance = Math.fround(row[2]);
    last = Math.max(last, i, j);
    if (i === j) {
      if (distance === 0) continue;
      throw new TopologyError('TOPOLOGY_NONZERO_DIAGONAL', `${where}: distance of ${i} to itself`, distance, '0');
    }
    const tail = Math.min(i, j);
    const head = Math.max(i, j);
    if (seen.add(tail * (VERTEX_MAX + 1) + head, values.length)) {
      tails.push(tail);
      heads.push(head);
      values.push(distance);
      continue;
    }
    const before = values[seen.get(tail * (VERTEX_MAX + 1) + head)];
    if (before !== distance) {
      const valid = `${before}, as given before`;
      throw new TopologyError('TOPOLOGY_ASYMMETRIC_DISTANCE', `${where}: distance of ${i} and ${j}`, distance, valid);
    }
  }
  if (last < 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of distances in the file', 0, 'at least 1');
  return {
    vertexCount: last + 1,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    values: Float64Array.from(values),
  };
}

function checkVertex(vertex: number, where: string): void {
  if (Number.isInteger(vertex) && vertex >= 0 && vertex <= VERTEX_MAX) return;
  throw new TopologyError('TOPOLOGY_BAD_VERTEX', `${where}: point`, vertex, `a whole number 0..${VERTEX_MAX}`);
}
