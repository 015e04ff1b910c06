import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DistanceEdges } from '../../../src/topology/filtrations/distance-edges.ts';
import { type Distances, enclosingRadius } from '../../../src/topology/filtrations/distances.ts';
import { areFew, FewPointsEdges } from '../../../src/topology/filtrations/few-points.ts';
import { FlagFiltration } from '../../../src/topology/filtrations/flag.ts';
import { GraphEdges } from '../../../src/topology/filtrations/graph-edges.ts';
import { survey } from '../../../src/topology/filtrations/nearest.ts';
import { openPairsOfFew } from '../../../src/topology/filtrations/open-pairs-of-few.ts';
import { openPairs } from '../../../src/topology/filtrations/relative-neighbourhood.ts';
import { persistence } from '../../../src/topology/index.ts';
import { anyCloud, cloud } from '../clouds.ts';

/** All edges sorted at once. */
function whole(distances: Distances, threshold: number): FlagFiltration {
  const tails: number[] = [];
  const heads: number[] = [];
  const values: number[] = [];
  for (let i = 1, at = 0; i < distances.count; i++) {
    for (let j = 0; j < i; j++, at++) {
      const value = distances.lower[at];
      if (!(value <= threshold && value < Number.POSITIVE_INFINITY)) continue;
      tails.push(j);
      heads.push(i);
      values.push(value);
    }
  }
  const graph = {
    vertexCount: distances.count,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    values: Float64Array.from(values),
  };
  return new FlagFiltration(new GraphEdges(graph, threshold));
}

/** A first part of the edges sorted, in both ways of finding the open ones; and all by the kernel, which tells most of what is asked unranked. */
function inStretches(distances: Distances, threshold: number): FlagFiltration[] {
  const limit = Math.min(threshold, Number.MAX_VALUE);
  const few = openPairsOfFew(distances, limit);
  return [
    new FlagFiltration(new DistanceEdges(distances, threshold, openPairs(distances, survey(distances), limit))),
    new FlagFiltration(new DistanceEdges(distances, threshold, few.pairs, few)),
    ...(areFew(distances.count) ? [new FlagFiltration(FewPointsEdges.ofDistances(distances, threshold))] : []),
  ];
}

const anyThreshold = fc.double({ min: 0.1, max: 1, noNaN: true });

describe('a filtration that ranks its edges when they are asked for', () => {
  test('has the same diagrams, cells, forest and cocycles as one that ranks them all', () => {
    fc.assert(
      fc.property(anyCloud(45), anyThreshold, (distances, share) => {
        const threshold = share * enclosingRadius(distances);
        const expected = persistence(whole(distances, threshold), { cocycles: true });
        for (const filtration of inStretches(distances, threshold)) {
          expect(persistence(filtration, { cocycles: true })).toEqual(expected);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('answers every question the same, in whatever order they are asked', () => {
    fc.assert(
      fc.property(anyCloud(20), fc.array(fc.nat(), { minLength: 30, maxLength: 60 }), (distances, questions) => {
        const threshold = enclosingRadius(distances);
        const all = whole(distances, threshold);
        for (const filtration of inStretches(distances, threshold)) {
          expect(filtration.edgeCount).toBe(all.edgeCount);
          expect(filtration.openEdges()).toEqual(all.openEdges());
          if (all.edgeCount === 0) continue;
          for (const question of questions) {
            const edge = question % all.edgeCount;
            const u = question % all.vertexCount;
            const v = (question >> 5) % all.vertexCount;
            const asked = (some: FlagFiltration) => [
              some.isApparent(edge),
              some.edgeHead(edge),
              some.edgeTail(edge),
              some.edgeValue(edge),
              u === v ? -1 : some.edgeBetween(u, v),
              u === v ? -1 : some.valueBetween(u, v),
              u === v ? false : some.hasEdge(u, v),
              some.degreeBefore(u, edge),
              cofacets(some, edge),
              question % 7 === 0 ? some.degree(u) : 0,
            ];
            expect(asked(filtration)).toEqual(asked(all));
          }
        }
      }),
    );
  });

  test('a walk through the cofacets may begin behind any of them', () => {
    fc.assert(
      fc.property(anyCloud(16), (distances) => {
        for (const filtration of inStretches(distances, enclosingRadius(distances))) {
          filtration.rankAll();
          for (let edge = 0; edge < filtration.edgeCount; edge++) {
            let at = filtration.nextCofacet(edge, 0);
            while (at >= 0) {
              const next = filtration.nextCofacet(edge, at);
              const again = filtration.cofacetAfter(edge, filtration.cofacet(edge, at));
              expect(again >= 0 ? filtration.cofacet(edge, again) : -1).toBe(
                next >= 0 ? filtration.cofacet(edge, next) : -1,
              );
              at = next;
            }
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test('leaves most edges of a large cloud unsorted', () => {
    const distances = cloud(400, 3, 'uniform', 3);
    const [filtration] = inStretches(distances, enclosingRadius(distances));
    persistence(filtration);
    expect(filtration.rankedCount).toBeLessThan(filtration.edgeCount / 4);
  });
});

function cofacets(filtration: FlagFiltration, edge: number): number[] {
  const cells: number[] = [];
  for (let at = filtration.nextCofacet(edge, 0); at >= 0; at = filtration.nextCofacet(edge, at)) {
    cells.push(filtration.cofacet(edge, at));
  }
  return cells;
}
