import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';
import { checkGrid } from './grid.ts';
import { normalDistribution } from './normal.ts';

export interface ImageOptions {
  /** Edges of the pixels along the births, ascending: one more than there are columns. */
  readonly birthEdges: Float64Array;
  /** Edges of the pixels along the lengths of bars, ascending: one more than there are rows. */
  readonly lengthEdges: Float64Array;
  /** Standard deviation of the Gaussian that each bar is spread by, in the units of the filtration; above 0. */
  readonly sigma: number;
  /** A bar counts with its length to this power, at least 0. Default 1: continuous, so that a bar of no length counts for nothing. */
  readonly power?: number;
}

/**
 * The persistence image (Adams et al. 2017): over the plane of birth and length, the sum of a Gaussian around each bar that dies, weighted by the
 * bar's length to a power; integrated over each pixel. persim integrates as well, GUDHI samples at the pixels' centres instead.
 *
 * @returns rows x columns, row by row, shortest lengths first
 * @throws TopologyError TOPOLOGY_BAD_GRID, TOPOLOGY_OUT_OF_RANGE
 */
export function persistenceImage({ births, deaths }: Diagram, options: ImageOptions): Float64Array {
  const { birthEdges, lengthEdges, sigma, power = 1 } = options;
  checkEdges(birthEdges);
  checkEdges(lengthEdges);
  if (!(sigma > 0 && sigma < Number.POSITIVE_INFINITY)) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'sigma', sigma, 'a finite number above 0');
  }
  if (!(power >= 0 && power < Number.POSITIVE_INFINITY)) {
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'power', power, 'a finite number of at least 0');
  }
  const columns = birthEdges.length - 1;
  const rows = lengthEdges.length - 1;
  const image = new Float64Array(rows * columns);
  const across = new Float64Array(columns);
  const up = new Float64Array(rows);
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY) continue;
    const length = deaths[k] - births[k];
    const weight = length ** power;
    // It would count for no number wherever its Gaussian has no mass.
    if (weight === Number.POSITIVE_INFINITY) {
      throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', `weight of bar ${k}, its length to the power`, weight, 'finite');
    }
    massBetween(birthEdges, births[k], sigma, across);
    massBetween(lengthEdges, length, sigma, up);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        image[row * columns + column] += weight * up[row] * across[column];
    }
  }
  return image;
}

/** The mass of a Gaussian between each edge and the next. Above the mean by the complement, as differences near 1 would lose digits. */
function massBetween(edges: Float64Array, mean: number, sigma: number, masses: Float64Array): void {
  for (let k = 0; k < masses.length; k++) {
    const from = (edges[k] - mean) / sigma;
    const to = (edges[k + 1] - mean) / sigma;
    masses[k] =
      from > 0
        ? normalDistribution(-from) - normalDistribution(-to)
        : normalDistribution(to) - normalDistribution(from);
  }
}

function checkEdges(edges: Float64Array): void {
  checkGrid(edges);
  if (edges.length < 2) throw new TopologyError('TOPOLOGY_BAD_GRID', 'number of edges', edges.length, 'at least 2');
}
