import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkerPool, type WorkerPool } from '../../../src/compute/worker-pool/worker-pool.ts';
import { persistence, ripsOfLowerTriangle, ripsOfPoints, TopologyError } from '../../../src/topology/index.ts';
import {
  type ParallelOptions,
  persistenceInParallel,
  persistenceOfPointsInParallel,
  shared,
  type TopologyJobs,
  topologyProgram,
} from '../../../src/topology/parallel/index.ts';
import { integerDistances, uniformPoints } from '../inputs.ts';

let pool: WorkerPool<TopologyJobs>;

beforeAll(async () => {
  pool = await openWorkerPool(topologyProgram, { threads: 3 });
});

afterAll(async () => {
  await pool.close();
});

/** However small the input. */
const always: ParallelOptions = { sharedFromPoints: 0 };

describe('one input on several threads', () => {
  test('gives the bits of one thread: ties, thresholds, pairs that are never joined, any number of points', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 30 }),
        fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
        fc.boolean(),
        fc.integer(),
        async (count, levels, threshold, cocycles, seed) => {
          const lower = integerDistances(count, levels, seed).map((d) => (d === 13 ? Number.POSITIVE_INFINITY : d));
          const options = { ...(threshold === undefined ? {} : { threshold }), cocycles };
          const expected = persistence(ripsOfLowerTriangle(lower, count, options), options);
          expect(await persistenceInParallel(pool, lower, count, { ...options, ...always })).toStrictEqual(expected);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('gives the bits of one thread: 900 points, where work is shared by default', async () => {
    const points = uniformPoints(900, 3, 5);
    const expected = persistence(ripsOfPoints(points, 3));
    expect(await persistenceOfPointsInParallel(pool, points, 3)).toStrictEqual(expected);
  });

  test('gives the bits of one thread in dimension 2 and over a larger field', async () => {
    const lower = integerDistances(40, 50, 3);
    for (const options of [{ maxDimension: 2 }, { maxDimension: 1, modulus: 3 }, { maxDimension: 0 }]) {
      const expected = persistence(ripsOfLowerTriangle(lower, 40), options);
      expect(await persistenceInParallel(pool, lower, 40, { ...options, ...always })).toStrictEqual(expected);
    }
  });

  test('takes float32, and shared memory as it stands', async () => {
    const lower = Float32Array.from(integerDistances(50, 100, 9));
    const expected = persistence(ripsOfLowerTriangle(Float64Array.from(lower), 50));
    expect(await persistenceInParallel(pool, lower, 50, always)).toStrictEqual(expected);
    const inShared = shared(lower);
    expect(shared(inShared)).toBe(inShared);
    expect(await persistenceInParallel(pool, inShared, 50, always)).toStrictEqual(expected);
  });

  test('refuses what one thread refuses, with the same error', async () => {
    const bad: readonly (readonly [Float64Array, number, ParallelOptions])[] = [
      [Float64Array.of(1, 2), 3, {}],
      [Float64Array.of(1, Number.NaN, 2), 3, {}],
      [Float64Array.of(1, -1, 2), 3, {}],
      [Float64Array.of(1, 2, 2), 3, { threshold: Number.NaN }],
      [Float64Array.of(1, 2, 2), 3, { maxDimension: 99 }],
      [Float64Array.of(1, 2, 2), 3, { modulus: 4 }],
      [integerDistances(60, 9, 1), 60, { memoryLimitBytes: 1000 }],
    ];
    for (const [lower, count, options] of bad) {
      let expected: unknown;
      try {
        persistence(ripsOfLowerTriangle(lower, count, options), options);
      } catch (error) {
        expected = error;
      }
      expect(expected).toBeInstanceOf(TopologyError);
      await expect(persistenceInParallel(pool, lower, count, options)).rejects.toStrictEqual(expected);
      await expect(persistenceInParallel(pool, lower, count, { ...options, ...always })).rejects.toStrictEqual(
        expected,
      );
    }
  });
});

test('many inputs come back in order, each with its bars or its error', async () => {
  const clouds = Array.from({ length: 60 }, (_, k) => uniformPoints(10 + k, 3, k));
  clouds[20][4] = Number.NaN;
  const inputs = clouds.map((points) => ({ points, dimension: 3, options: {} }));
  let k = 0;
  for await (const outcome of pool.map('points', inputs)) {
    if (k === 20) {
      expect(outcome.ok ? undefined : outcome.error).toBeInstanceOf(TopologyError);
      expect(outcome).toMatchObject({ error: { code: 'TOPOLOGY_NOT_A_NUMBER', value: Number.NaN } });
    } else {
      expect(outcome).toStrictEqual({ ok: true, value: persistence(ripsOfPoints(clouds[k], 3)) });
    }
    k += 1;
  }
  expect(k).toBe(60);
});
