import { TopologyError } from '../errors.ts';
import { DistanceEdges } from '../filtrations/distance-edges.ts';
import { enclosingRadius, lowerTriangle } from '../filtrations/distances.ts';
import { FlagFiltration, refuseTooLarge } from '../filtrations/flag.ts';
import type { OpenPairs } from '../filtrations/relative-neighbourhood.ts';
import { type Persistence, persistence } from '../homology/persistence.ts';
import type { JobOptions } from './jobs.ts';

/**
 * The persistent homology of the Rips filtration of distances whose apparent pairs have been searched for elsewhere, as
 * src/compute/gpu does for many cells at once. The result is that of persistence(ripsOfLowerTriangle(...)), bit for bit.
 *
 * @param lower the lower triangle row by row
 * @param witnesses by place in the lower triangle: a point joined to both ends by edges before the pair, by distance and then by
 * place; negative where there is none. They are taken on trust.
 * @throws TopologyError as ripsOfLowerTriangle() and persistence() do, and TOPOLOGY_WRONG_LENGTH for the witnesses
 */
export function persistenceOfWitnesses(
  lower: Float64Array | Float32Array,
  count: number,
  witnesses: Int32Array,
  options: JobOptions = {},
): Persistence {
  const distances = lowerTriangle(lower instanceof Float64Array ? lower : Float64Array.from(lower), count);
  if (witnesses.length !== lower.length) {
    const valid = `${lower.length}, one a pair`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'number of witnesses', witnesses.length, valid);
  }
  const wanted = options.threshold ?? Number.POSITIVE_INFINITY;
  if (!(wanted >= 0)) throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'threshold', wanted, 'a number of at least 0');
  const threshold = Math.min(wanted, enclosingRadius(distances));
  const pairs = openPairsOf(distances.lower, count, witnesses, Math.min(threshold, Number.MAX_VALUE));
  refuseTooLarge(count, pairs.within, options.memoryLimitBytes);
  return persistence(new FlagFiltration(new DistanceEdges(distances, threshold, pairs)), options);
}

function openPairsOf(lower: Float64Array, count: number, witnesses: Int32Array, limit: number): OpenPairs {
  const tails: number[] = [];
  const heads: number[] = [];
  const values: number[] = [];
  let within = 0;
  for (let i = 1, pair = 0; i < count; i++) {
    for (let j = 0; j < i; j++, pair++) {
      if (!(lower[pair] <= limit)) continue;
      within += 1;
      if (witnesses[pair] >= 0) continue;
      tails.push(j);
      heads.push(i);
      values.push(lower[pair]);
    }
  }
  return { tails: Int32Array.from(tails), heads: Int32Array.from(heads), values: Float64Array.from(values), within };
}
