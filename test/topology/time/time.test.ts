import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bettiCurve,
  changePoints,
  crocker,
  type Diagram,
  departures,
  evenGrid,
  type Moment,
  momentDistance,
  persistence,
  ripsOfPoints,
  segmentation,
  TopologyError,
} from '../../../src/topology/index.ts';
import { diagramOf, mulberry32, uniformPoints } from '../inputs.ts';

const anyDiagram = fc
  .array(
    fc
      .tuple(fc.nat(6), fc.integer({ min: 1, max: 6 }))
      .map(([birth, length]): [number, number] => [birth, birth + length]),
    { maxLength: 6 },
  )
  .map(diagramOf);

/** Points around a ring of a radius, jittered: one long loop. */
function ring(radius: number, random: () => number): Moment {
  const points = Float64Array.from({ length: 24 }, (_, k) => {
    const angle = (Math.floor(k / 2) / 12) * 2 * Math.PI;
    return radius * (k % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.05 * (random() - 0.5);
  });
  return persistence(ripsOfPoints(points, 2)).diagrams;
}

describe('Betti numbers over time', () => {
  const scales = evenGrid(0, 12, 25);

  test('are the Betti curve of each moment, and fall as the smoothing rises', () => {
    fc.assert(
      fc.property(fc.array(anyDiagram, { minLength: 1, maxLength: 4 }), (sequence) => {
        const plain = crocker(sequence, scales);
        sequence.forEach((diagram, t) => {
          expect(plain.slice(t * 25, (t + 1) * 25)).toEqual(bettiCurve(diagram, scales));
        });
        const layers = [0, 0.5, 1, 2].map((alpha) => crocker(sequence, scales, alpha));
        for (let k = 1; k < layers.length; k++) {
          expect(layers[k].every((count, at) => count <= layers[k - 1][at])).toBe(true);
        }
      }),
    );
  });

  test('count the points at scale 0, and with a smoothing only what lives from before until after', () => {
    const { diagrams } = persistence(ripsOfPoints(uniformPoints(17, 2, 3), 2));
    expect(crocker([diagrams[0]], Float64Array.of(0))[0]).toBe(17);
    // The bar (2, 6) is alive from 3 - 1 until 4 + 1.
    expect(Array.from(crocker([diagramOf([[2, 6]])], evenGrid(1, 6, 6), 1))).toEqual([0, 0, 1, 1, 0, 0]);
    expect(() => crocker([], scales, -1)).toThrow(TopologyError);
  });
});

describe('departures from a trailing baseline', () => {
  test('of moments that are all alike: distance 0, p-value 1, no change', () => {
    const moment = ring(1, mulberry32(1));
    const sequence = Array.from({ length: 12 }, () => moment);
    expect(departures(sequence, { window: 5 }).slice(5)).toEqual(Array(7).fill({ distance: 0, pValue: 1 }));
    expect(changePoints(sequence, { window: 5, level: 0.2 })).toEqual([]);
  });

  test('find where a ring grows, and no other moment', () => {
    const random = mulberry32(2);
    const sequence = Array.from({ length: 40 }, (_, t) => ring(t < 25 ? 1 : 1.6, random));
    const found = departures(sequence, { window: 19 });
    expect(found.slice(0, 19)).toEqual(Array(19).fill(null));
    expect(found[25]?.pValue).toBe(1 / 20);
    expect(found[25]?.distance).toBeGreaterThan(0.3);
    expect(changePoints(sequence, { window: 19, level: 0.05 })).toContain(25);
  });

  test('their p-values are at most k / (window + 1) no more often than that, for moments drawn alike', () => {
    const random = mulberry32(3);
    const sequence = Array.from({ length: 2000 }, (): Diagram[] => [diagramOf([[0, random()]])]);
    const found = departures(sequence, { window: 9 }).filter((departure) => departure !== null);
    for (const k of [1, 2, 5]) {
      const share = found.filter(({ pValue }) => pValue <= k / 10 + 1e-12).length / found.length;
      // Three standard deviations, of values that depend on each other over ten moments.
      expect(share).toBeLessThan(k / 10 + 3 * Math.sqrt((0.25 / found.length) * 10));
    }
  });

  test('the distance is at most twice the largest move of a point', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.2, noNaN: true }), (seed, most) => {
        const random = mulberry32(seed);
        const points = uniformPoints(15, 2, seed);
        // In each coordinate by so little that no point moves farther than `most`.
        const moved = points.map((coordinate) => coordinate + ((2 * random() - 1) * most) / Math.SQRT2);
        const [a, b] = [points, moved].map((cloud) => persistence(ripsOfPoints(cloud, 2)).diagrams);
        expect(momentDistance(a, b)).toBeLessThanOrEqual(2 * most + 1e-12);
      }),
      { numRuns: 50 },
    );
  });

  test('a window too short and a level out of reach are refused', () => {
    expect(() => departures([], { window: 1 })).toThrow(TopologyError);
    expect(() => changePoints([], { window: 0, level: 0.05 })).toThrow(
      /window: got 0, valid is a whole number of at least 2/,
    );
    expect(() => changePoints([], { window: 9, level: 0.05 })).toThrow(/at least 1 \/ \(window \+ 1\) = 0.1/);
  });
});

describe('the segmentation of a record', () => {
  const options = { shortest: 4, level: 0.05, permutations: 99 };

  test('finds the two moments at which a ring changes its size, and none in a record without a change', () => {
    const random = mulberry32(4);
    const sequence = Array.from({ length: 36 }, (_, t) => ring(t < 12 ? 1 : t < 24 ? 1.5 : 0.8, random));
    const splits = segmentation(sequence, { ...options, random });
    expect(splits.map(({ at }) => at)).toEqual([12, 24]);
    const steady = Array.from({ length: 30 }, () => ring(1, random));
    expect(segmentation(steady, { ...options, random, level: 0.01 })).toEqual([]);
  });

  test('counts orders that split the moments into the same two runs, however their sums round', () => {
    // Of four moments there are three splits into pairs, so a third of all orders differ as much as the best.
    for (let seed = 0; seed < 30; seed++) {
      const random = mulberry32(seed);
      const sequence = [0, 0, 1, 1].map((jump) => [diagramOf([[0, 3 * jump + Math.exp(random())]])]);
      const [split] = segmentation(sequence, { shortest: 2, level: 0.9, permutations: 1999, random });
      expect(split.at).toBe(2);
      expect(split.pValue).toBeCloseTo(1 / 3, 1);
    }
  });

  test('is the same for the same random numbers, and refuses what cannot be', () => {
    const sequence = Array.from({ length: 16 }, (_, t) => ring(t < 8 ? 1 : 2, mulberry32(t)));
    const once = segmentation(sequence, { ...options, random: mulberry32(5) });
    expect(segmentation(sequence, { ...options, random: mulberry32(5) })).toEqual(once);
    const forever = [[diagramOf([[0, Number.POSITIVE_INFINITY]])], [diagramOf([])]];
    expect(() => segmentation(forever, { ...options, random: mulberry32(5) })).toThrow(
      /distance between moments 0 and 1/,
    );
    expect(() => segmentation([], { ...options, level: 0.001, random: mulberry32(5) })).toThrow(TopologyError);
    expect(() => segmentation([], { ...options, shortest: 1, random: mulberry32(5) })).toThrow(TopologyError);
  });
});
