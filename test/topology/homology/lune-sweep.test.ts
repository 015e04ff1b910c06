import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CoboundarySum } from '../../../src/topology/homology/coboundary-sum.ts';
import { connectedComponents } from '../../../src/topology/homology/components.ts';
import { loops } from '../../../src/topology/homology/loops.ts';
import { LuneSweep } from '../../../src/topology/homology/lune-sweep.ts';
import { ripsOfLowerTriangle } from '../../../src/topology/index.ts';
import { anyCloud } from '../clouds.ts';

test('a sweep finds the triangles of a sum in the order in which a heap of cursors does', () => {
  fc.assert(
    fc.property(anyCloud(40), fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), (distances, picks) => {
      const filtration = ripsOfLowerTriangle(distances.lower, distances.count);
      if (filtration.edgeCount === 0) return;
      const edges = new Set(picks.map((pick) => pick % filtration.edgeCount));
      const sum = new CoboundarySum(filtration);
      const sweep = new LuneSweep(filtration, 0);
      for (const edge of edges) {
        sum.add(edge, filtration.nextRankedCofacet(edge, 0));
        sweep.toggle(edge);
      }
      for (let pivot = sum.takePivot(); pivot >= 0; pivot = sum.takePivot()) {
        expect(sweep.pivot()).toBe(pivot);
        const last = filtration.youngestFacet(pivot);
        const first = filtration.cofacet(last, filtration.nextCofacet(last, 0));
        expect(sweep.isFirstCofacet(pivot)).toBe(first === pivot);
        // Both go on from behind the pivot: the sweep by taking one more column with this pivot.
        if (!sweep.isFirstCofacet(pivot)) return;
        sweep.toggle(last);
        sum.add(last, filtration.nextCofacet(last, filtration.nextCofacet(last, 0)));
        expect(sweep.edges()).toEqual(edgesOf(sum));
      }
      expect(sweep.pivot()).toBe(-1);
    }),
    { numRuns: 300 },
  );
});

test('columns that are swept give the same bars and cocycles as columns that are summed', () => {
  fc.assert(
    fc.property(anyCloud(45), fc.integer({ min: 0, max: 40 }), (distances, stepsBeforeSweep) => {
      const found = (steps: number) => {
        const filtration = ripsOfLowerTriangle(distances.lower, distances.count);
        const forest = connectedComponents(filtration, () => {}, filtration.openEdges());
        const bars: unknown[] = [];
        const onCocycle = (edges: Int32Array) => bars.push(Array.from(edges));
        loops(filtration, forest, (...bar) => bars.push(bar), { onCocycle, stepsBeforeSweep: steps });
        return bars;
      };
      expect(found(stepsBeforeSweep)).toEqual(found(Number.POSITIVE_INFINITY));
    }),
    { numRuns: 300 },
  );
});

function edgesOf(sum: CoboundarySum): Int32Array {
  const edges: number[] = [];
  for (let member = 0; member < sum.memberCount; member++) if (sum.edgeAt(member) >= 0) edges.push(sum.edgeAt(member));
  return Int32Array.from(edges).sort();
}
