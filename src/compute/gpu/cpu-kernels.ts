import type { Device } from '../device.ts';
import { ComputeError } from '../errors.ts';
import { type CellDistances, type CellKernels, NO_WITNESS, type PointCloud } from './cell-kernels.ts';
import { checkClouds, checkDistances, pairsOf } from './check-cells.ts';

/** The kernels on the calling thread: the fallback of every other device, and what those are compared to. */
export function cpuKernels(device: Device): CellKernels {
  let isClosed = false;
  function refuseIfClosed(): void {
    if (isClosed) throw new ComputeError('runner-closed', 'these kernels were closed');
  }
  return {
    device,
    async distances(clouds) {
      refuseIfClosed();
      checkClouds(clouds);
      return clouds.map(cloudDistances);
    },
    async apparentPairs(cells) {
      refuseIfClosed();
      checkDistances(cells);
      return cells.map(apparentWitnesses);
    },
    async close() {
      isClosed = true;
    },
  };
}

/** In double precision, rounded once to float32. */
export function cloudDistances({ count, dimension, points }: PointCloud): CellDistances {
  const lower = new Float32Array(pairsOf(count));
  let pair = 0;
  for (let i = 1; i < count; i++) {
    const rowI = i * dimension;
    for (let rowJ = 0; rowJ < rowI; rowJ += dimension) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) {
        const difference = points[rowI + k] - points[rowJ + k];
        sum += difference * difference;
      }
      lower[pair++] = Math.sqrt(sum);
    }
  }
  return { count, lower };
}

/** See CellKernels.apparentPairs. O(n^3) at worst, like the GPU's, but a vertex far from one end costs one comparison. */
export function apparentWitnesses({ count, lower }: CellDistances): Int32Array {
  const pairs = pairsOf(count);
  const witnesses = new Int32Array(pairs).fill(NO_WITNESS);
  // Whole rows, so that the search runs along two of them.
  const rows = new Float32Array(count * count);
  for (let i = 1, pair = 0; i < count; i++) {
    for (let j = 0; j < i; j++, pair++) {
      rows[i * count + j] = lower[pair];
      rows[j * count + i] = lower[pair];
    }
  }
  for (let i = 1, pair = 0; i < count; i++) {
    const rowI = i * count;
    for (let j = 0; j < i; j++, pair++) {
      const length = lower[pair];
      if (length === Number.POSITIVE_INFINITY) continue;
      const rowJ = j * count;
      // The later of a witness's two edges, as (distance, position); it must come before the pair itself.
      let bestLength = length;
      let bestPair = pair;
      let best = NO_WITNESS;
      for (let w = 0; w < count; w++) {
        const fromI = rows[rowI + w];
        const fromJ = rows[rowJ + w];
        if (fromI > bestLength || fromJ > bestLength || w === i || w === j) continue;
        const pairI = pairAt(i, w);
        const pairJ = pairAt(j, w);
        const isILater = fromI > fromJ || (fromI === fromJ && pairI > pairJ);
        const later = isILater ? fromI : fromJ;
        const laterPair = isILater ? pairI : pairJ;
        if (later < bestLength || laterPair < bestPair) {
          bestLength = later;
          bestPair = laterPair;
          best = w;
        }
      }
      witnesses[pair] = best;
    }
  }
  return witnesses;
}

/** The position of a pair in the lower triangle. */
function pairAt(u: number, v: number): number {
  return u > v ? (u * (u - 1)) / 2 + v : (v * (v - 1)) / 2 + u;
}
