import fc from 'fast-check';
import { expect, test } from 'vitest';
import { persistence, ripsOfPoints, shapeEvidence } from '../../src/topology/index.ts';

test('on a line the longest merges are its widest gaps, and each group stands apart by what its gap exceeds the median by', () => {
  const lines = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12, size: 'max' });
  const keys = fc.uniqueArray(fc.nat(), { minLength: 13, maxLength: 13 });
  fc.assert(
    fc.property(lines, keys, fc.integer({ min: 1, max: 5 }), (gaps, ownKeys, most) => {
      // The agents stand along the line in any order.
      const along = Array.from({ length: gaps.length + 1 }, (_, k) => k).sort((a, b) => ownKeys[a] - ownKeys[b]);
      const places = new Float64Array(along.length);
      for (let k = 1; k < along.length; k++) places[along[k]] = places[along[k - 1]] + gaps[k - 1];
      const filtration = ripsOfPoints(places, 1, { threshold: Number.POSITIVE_INFINITY });
      const found = shapeEvidence({ filtration, persistence: persistence(filtration, { maxDimension: 1 }) }, most);

      const ascending = gaps.toSorted((a, b) => a - b);
      const median = (ascending[(gaps.length - 1) >> 1] + ascending[gaps.length >> 1]) / 2;
      const apartness = places.map(() => 0);
      const merges = ascending
        .slice(-most)
        .reverse()
        .map((gap) => {
          // From its gap on, as far as the gaps are narrower.
          const at = gaps.indexOf(gap);
          const from = gaps.slice(0, at).findLastIndex((other) => other > gap) + 1;
          const narrower = gaps.slice(at + 1).findIndex((other) => other > gap);
          const to = narrower < 0 ? gaps.length : at + 1 + narrower;
          const [left, right] = [along.slice(from, at + 1), along.slice(at + 1, to + 1)];
          const difference = left.length - right.length || Math.min(...right) - Math.min(...left);
          const group = Int32Array.from(difference < 0 ? left : right).sort();
          for (const agent of group) apartness[agent] += Math.max(0, gap - median) / group.length;
          return { birth: 0, death: gap, edge: [along[at], along[at + 1]].sort((a, b) => a - b), group };
        });
      expect(found.merges).toEqual(merges);
      expect(found.loops).toEqual([]);
      for (const [agent, apart] of apartness.entries()) expect(found.apartness[agent]).toBeCloseTo(apart, 9);
    }),
  );
});
