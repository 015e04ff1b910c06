import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CellDistances } from '../../../src/compute/gpu/cell-kernels.ts';
import { apparentWitnesses, cloudDistances, cpuKernels } from '../../../src/compute/gpu/cpu-kernels.ts';
import { START } from '../../../src/topology/filtrations/filtration.ts';
import { type FlagFiltration, ripsOfLowerTriangle, ripsOfPoints } from '../../../src/topology/index.ts';
import { cloud, tiedDistances } from './clouds.ts';

const device = { provider: 'cpu', reason: 'test', refused: [] } as const;

/** The witnesses as the topology engine has them: the third vertex of an apparent edge's first cofacet. */
function witnessesByFiltration({ count, lower }: CellDistances): Int32Array {
  const filtration: FlagFiltration = ripsOfLowerTriangle(Float64Array.from(lower), count);
  const witnesses = new Int32Array(lower.length).fill(-1);
  for (let edge = 0; edge < filtration.edgeCount; edge++) {
    if (!filtration.isApparent(edge)) continue;
    const u = filtration.edgeTail(edge);
    const v = filtration.edgeHead(edge);
    const triangle = filtration.cofacet(edge, filtration.nextCofacet(edge, START));
    const third = filtration.cellVertices(triangle).find((w) => w !== u && w !== v);
    witnesses[(v * (v - 1)) / 2 + u] = third ?? -1;
  }
  return witnesses;
}

/** Pairs above the enclosing radius are no part of the Rips filtration, so only those up to it can be compared. */
function upToEnclosingRadius({ count, lower }: CellDistances): CellDistances {
  const { threshold } = ripsOfLowerTriangle(Float64Array.from(lower), count);
  return { count, lower: lower.map((distance) => (distance <= threshold ? distance : Number.POSITIVE_INFINITY)) };
}

describe('the CPU kernels', () => {
  test("distances are the topology engine's, rounded to float32", () => {
    const points = cloud(50, 5, 7);
    const filtration = ripsOfPoints(Float64Array.from(points.points), 5, { threshold: 10 });
    const { lower } = cloudDistances(points);
    for (let edge = 0; edge < filtration.edgeCount; edge++) {
      const at = (filtration.edgeHead(edge) * (filtration.edgeHead(edge) - 1)) / 2 + filtration.edgeTail(edge);
      expect(lower[at]).toBe(Math.fround(filtration.edgeValue(edge)));
    }
  });

  test("apparent pairs are the topology engine's: uniform points", () => {
    const cell = upToEnclosingRadius(cloudDistances(cloud(60, 3, 1)));
    expect(apparentWitnesses(cell)).toEqual(witnessesByFiltration(cell));
  });

  test("apparent pairs are the topology engine's: ties and pairs that are never joined", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer(),
        (count, levels, seed) => {
          const cell = upToEnclosingRadius(tiedDistances(count, levels, 0.2, seed));
          expect(apparentWitnesses(cell)).toEqual(witnessesByFiltration(cell));
        },
      ),
    );
  });

  test.each([
    [{ count: 2, dimension: 2, points: new Float32Array(3) }, /cell 0 has 3 coordinates; 2 points of 2 have 4/],
    [{ count: 1, dimension: 1, points: Float32Array.of(Number.NaN) }, /coordinate 0 of cell 0 is NaN/],
    [{ count: 0, dimension: 1, points: new Float32Array(0) }, /cell 0 has 0 points/],
  ])('refuse a cloud that is none: %j', async (bad, message) => {
    await expect(cpuKernels(device).distances([bad])).rejects.toThrow(message);
  });

  test.each([
    [{ count: 3, lower: new Float32Array(2) }, /cell 0 has 2 distances; 3 points have 3/],
    [{ count: 2, lower: Float32Array.of(-1) }, /distance 0 of cell 0 is -1/],
    [{ count: 2, lower: Float32Array.of(Number.NaN) }, /distance 0 of cell 0 is NaN/],
  ])('refuse distances that are none: %j', async (bad, message) => {
    await expect(cpuKernels(device).apparentPairs([bad])).rejects.toThrow(message);
  });

  test('refuse calls after close()', async () => {
    const kernels = cpuKernels(device);
    await kernels.close();
    await expect(kernels.distances([])).rejects.toMatchObject({ code: 'runner-closed' });
  });
});
