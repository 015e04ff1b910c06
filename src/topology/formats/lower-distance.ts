import { TopologyError } from '../errors.ts';
import type { Distances } from '../filtrations/distances.ts';
import { checkDistance, linesOfNumbers, pointsOfPairs } from './numbers.ts';

/**
 * The lower triangle of a distance matrix as Ripser reads it: one value on the first line, two on the second and so on, separated by commas or
 * blanks, rounded to single precision. How the values are broken into lines is not insisted on as long as their number is right.
 *
 * @throws TopologyError TOPOLOGY_BAD_FILE, TOPOLOGY_EMPTY_INPUT, TOPOLOGY_NEGATIVE_DISTANCE
 */
export function parseLowerDistance(bytes: Uint8Array): Distances {
  let distances = new Float64Array(1024);
  let size = 0;
  let rows = 0;
  // The first line that is not as long as its row: where to look if the number of values turns out wrong.
  let odd: { readonly line: number; readonly found: number; readonly wanted: number } | undefined;
  for (const { number, values } of linesOfNumbers(bytes)) {
    rows += 1;
    if (values.length !== rows) odd ??= { line: number, found: values.length, wanted: rows };
    for (const [k, value] of values.entries()) {
      checkDistance(value, `line ${number}, value ${k + 1}`);
      if (size === distances.length) distances = doubled(distances);
      distances[size++] = Math.fround(value);
    }
  }
  if (size === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of distances in the file', 0, 'at least 1');
  const count = pointsOfPairs(size);
  if (Number.isNaN(count)) {
    const what = odd === undefined ? 'number of distances' : `line ${odd.line}: number of distances`;
    const valid =
      odd === undefined ? 'n (n - 1) / 2 for n points' : `${odd.wanted} in row ${odd.wanted} of a lower triangle`;
    throw new TopologyError('TOPOLOGY_BAD_FILE', what, odd?.found ?? size, valid);
  }
  return { count, lower: distances.slice(0, size) };
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
