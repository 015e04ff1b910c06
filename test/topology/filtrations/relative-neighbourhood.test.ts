import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Distances, enclosingRadius } from '../../../src/topology/filtrations/distances.ts';
import { survey } from '../../../src/topology/filtrations/nearest.ts';
import { openPairsOfFew } from '../../../src/topology/filtrations/open-pairs-of-few.ts';
import { type OpenPairs, openPairs } from '../../../src/topology/filtrations/relative-neighbourhood.ts';
import { anyCloud } from '../clouds.ts';

const pairOf = (u: number, v: number) => (u > v ? (u * (u - 1)) / 2 + v : (v * (v - 1)) / 2 + u);

/** Every pair against every third point. */
function obvious({ count, lower }: Distances, limit: number): string[] {
  const before = (a: number, b: number) => lower[a] < lower[b] || (lower[a] === lower[b] && a < b);
  const open: string[] = [];
  for (let u = 1; u < count; u++) {
    for (let v = 0; v < u; v++) {
      const pair = pairOf(u, v);
      if (!(lower[pair] <= limit)) continue;
      const isIn = (w: number) => w !== u && w !== v && before(pairOf(u, w), pair) && before(pairOf(v, w), pair);
      if (!Array.from({ length: count }, (_, w) => w).some(isIn)) open.push(`${v},${u} at ${lower[pair]}`);
    }
  }
  return open.sort();
}

const named = ({ tails, heads, values }: OpenPairs) =>
  Array.from(tails, (tail, k) => `${tail},${heads[k]} at ${values[k]}`).sort();

const within = ({ lower }: Distances, limit: number) => lower.filter((value) => value <= limit).length;

test('the pairs with an empty lune are found, whatever ties there are, among many points and among few', () => {
  fc.assert(
    fc.property(anyCloud(40), fc.double({ min: 0.2, max: 1, noNaN: true }), (distances, share) => {
      const limit = Math.min(enclosingRadius(distances) * share, Number.MAX_VALUE);
      const expected = obvious(distances, limit);
      const many = openPairs(distances, survey(distances), limit);
      expect(named(many)).toEqual(expected);
      expect(many.within).toBe(within(distances, limit));
      const { pairs, first, reach } = openPairsOfFew(distances, limit);
      expect(named(pairs)).toEqual(expected);
      expect(pairs.within).toBe(many.within);
      expect(first.values.length).toBe(within(distances, reach));
    }),
    { numRuns: 400 },
  );
});

test('rows may be split in any way', () => {
  fc.assert(
    fc.property(anyCloud(40), fc.nat(), (distances, cut) => {
      const nearest = survey(distances);
      const middle = cut % (distances.count + 1);
      const whole = openPairs(distances, nearest, Number.MAX_VALUE);
      const parts = [
        openPairs(distances, nearest, Number.MAX_VALUE, 0, middle),
        openPairs(distances, nearest, Number.MAX_VALUE, middle, distances.count),
      ];
      expect(parts.flatMap(named).sort()).toEqual(named(whole));
      expect(parts[0].within + parts[1].within).toBe(whole.within);
    }),
  );
});
