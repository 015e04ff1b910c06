import fc from 'fast-check';
import { type Distances, euclidean, lowerTriangle } from '../../src/topology/filtrations/distances.ts';
import { mulberry32 } from './inputs.ts';

type Kind = 'uniform' | 'lattice' | 'clusters' | 'outlier' | 'circle' | 'skewed' | 'levels' | 'one place';

const coordinate: Record<
  Exclude<Kind, 'levels'>,
  (random: () => number, i: number, k: number, count: number) => number
> = {
  uniform: (random) => random(),
  lattice: (random) => Math.floor(4 * random()),
  clusters: (random, i) => random() + 30 * (i % 3),
  outlier: (random, i) => random() + (i === 0 ? 50 : 0),
  circle: (random, i, k, count) => {
    const angle = (2 * Math.PI * i) / count;
    return (k === 0 ? Math.cos(angle) : k === 1 ? Math.sin(angle) : 0) + 0.05 * random();
  },
  skewed: (random) => Math.exp(10 * random()),
  'one place': () => 1,
};

/** Distances of 1 to `most` points of very different kinds: with many ties, with clusters, with outliers, with pairs never joined. */
export function anyCloud(most: number): fc.Arbitrary<Distances> {
  return fc
    .record({
      count: fc.integer({ min: 1, max: most }),
      dimension: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom<Kind>(
        'uniform',
        'lattice',
        'clusters',
        'outlier',
        'circle',
        'skewed',
        'levels',
        'one place',
      ),
      seed: fc.integer(),
    })
    .map(({ count, dimension, kind, seed }) => cloud(count, dimension, kind, seed));
}

export function cloud(count: number, dimension: number, kind: Kind, seed: number): Distances {
  const random = mulberry32(seed);
  if (kind === 'levels') {
    const lower = new Float64Array((count * (count - 1)) / 2);
    for (let at = 0; at < lower.length; at++) {
      lower[at] = random() < 0.05 ? Number.POSITIVE_INFINITY : Math.floor(5 * random());
    }
    return lowerTriangle(lower, count);
  }
  const points = Float64Array.from({ length: count * dimension }, (_, at) =>
    coordinate[kind](random, Math.floor(at / dimension), at % dimension, count),
  );
  return euclidean(points, dimension);
}
