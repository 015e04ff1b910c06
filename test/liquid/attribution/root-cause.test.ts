import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  distancesFrom,
  rankByLargest,
  rankByOwnExcess,
  rankByTraversal,
} from '../../../src/liquid/attribution/root-cause.ts';

const calls = new Map([
  ['front', ['cart', 'search']],
  ['cart', ['store']],
  ['search', ['index']],
]);
const nodes = ['front', 'cart', 'search', 'store', 'index', 'batch'];

describe('the ranking by own excess', () => {
  test('puts the service first whose callees do not explain it, not the caller that looks worst', () => {
    const excess = new Map([
      ['front', 90],
      ['search', 80],
      ['index', 5],
      ['cart', 2],
    ]);
    expect(rankByOwnExcess('front', nodes, calls, excess)[0]).toBe('search');
    expect(rankByLargest('front', nodes, calls, excess)[0]).toBe('front');
  });

  test('puts what the target does not depend on last, however bad it looks', () => {
    const ranking = rankByOwnExcess('front', nodes, calls, new Map([['batch', 1000]]));
    expect(ranking.at(-1)).toBe('batch');
    expect(ranking.toSorted()).toEqual(nodes.toSorted());
  });

  test('finds the cause in any tree of calls in which callers wait for their callees', () => {
    const trees = fc.array(fc.nat(), { minLength: 2, maxLength: 20 }).chain((draws) =>
      fc.record({
        parents: fc.constant(draws.map((draw, i) => draw % (i + 1))),
        cause: fc.integer({ min: 1, max: draws.length }),
      }),
    );
    fc.assert(
      fc.property(trees, fc.double({ min: 0.1, max: 100, noNaN: true }), ({ parents, cause }, seconds) => {
        const tree = new Map<string, string[]>();
        parents.forEach((parent, i) => {
          tree.set(`n${parent}`, [...(tree.get(`n${parent}`) ?? []), `n${i + 1}`]);
        });
        const excess = new Map<string, number>();
        for (let at = cause; ; at = parents[at - 1]) {
          excess.set(`n${at}`, seconds);
          if (at === 0) break;
        }
        const all = ['n0', ...parents.map((_, i) => `n${i + 1}`)];
        expect(rankByOwnExcess('n0', all, tree, excess)[0]).toBe(`n${cause}`);
      }),
    );
  });
});

describe('the plain traversal', () => {
  test('follows anomalous callees to the one that has none', () => {
    const deviations = new Map([
      ['front', 9],
      ['search', 5],
      ['index', 2],
      ['store', 50],
    ]);
    // The store is anomalous too, but the cart between is not.
    expect(rankByTraversal('front', nodes, calls, deviations, 3).slice(0, 2)).toEqual(['search', 'front']);
  });
});

test('equal ones are ordered by distance from the target, then by name, what it does not depend on last', () => {
  const ranking = ['front', 'cart', 'search', 'index', 'store', 'batch'];
  for (const given of [nodes, nodes.toReversed()]) {
    expect(rankByLargest('front', given, calls, new Map())).toEqual(ranking);
    expect(rankByOwnExcess('front', given, calls, new Map())).toEqual(ranking);
  }
});

test('distances follow calls, circles included', () => {
  const circle = new Map([
    ['a', ['b']],
    ['b', ['c', 'a']],
    ['c', ['a']],
  ]);
  expect([...distancesFrom('a', circle)]).toEqual([
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ]);
});
