import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type FlagFiltration, persistence, ripsOfLowerTriangle, ripsOfPoints } from '../../src/topology/index.ts';

// Ripser's own example inputs; numbers of bars and sums of finite lengths by dimension, by ripser.py 0.6.15, which reads single precision.
const folder = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))}/ripser`;
const isThere = existsSync(folder);
if (!isThere)
  console.info(
    `left out: Ripser's example inputs, not found in ${folder}; set AURA_DATA to the folder that holds ripser/`,
  );

const numbers = (file: string) =>
  Float64Array.from(
    readFileSync(`${folder}/${file}`, 'utf8')
      .split(/[\s,]+/)
      .filter((word) => word !== ''),
    Number,
  );

const ofDistances = (file: string) => {
  const lower = numbers(file).map(Math.fround);
  return ripsOfLowerTriangle(lower, (1 + Math.sqrt(1 + 8 * lower.length)) / 2);
};

const examples: readonly [string, () => FlagFiltration, readonly (readonly [bars: number, total: number])[]][] = [
  [
    'random16',
    () => ofDistances('random16.lower_distance_matrix'),
    [
      [16, 154],
      [14, 227],
    ],
  ],
  [
    'sphere_3_192',
    () => ofDistances('sphere_3_192.lower_distance_matrix'),
    [
      [192, 31.4216258],
      [53, 4.5570881],
      [1, 0.935136],
    ],
  ],
  [
    'rp2_600',
    () => ofDistances('rp2_600.lower_distance_matrix.csv'),
    [
      [600, 38.2193146],
      [159, 6.6422109],
    ],
  ],
  [
    'o3_1024 up to 1.4',
    () => ripsOfPoints(numbers('o3_1024.txt'), 9, { threshold: 1.4 }),
    [
      [1024, 492.461603],
      [576, 86.667198],
      [144, 4.4701387],
    ],
  ],
];

describe.skipIf(!isThere)("Ripser's examples", () => {
  test.each(examples)('%s', (_, filtration, expected) => {
    persistence(filtration(), { maxDimension: expected.length - 1 }).diagrams.forEach(
      ({ births, deaths }, dimension) => {
        const [bars, total] = expected[dimension];
        expect(births.length).toBe(bars);
        const lengths = births.map((birth, k) => (deaths[k] < Number.POSITIVE_INFINITY ? deaths[k] - birth : 0));
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(total, 5);
      },
    );
  });
});
