import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apparentWitnesses } from '../../../src/compute/gpu/cpu-kernels.ts';
import { persistence, ripsOfLowerTriangle } from '../../../src/topology/index.ts';
import { persistenceOfWitnesses } from '../../../src/topology/parallel/index.ts';
import { integerDistances } from '../inputs.ts';

test('the kernels’ apparent pairs lead to the bits of the engine alone', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 30 }),
      fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
      fc.integer(),
      (count, levels, threshold, seed) => {
        const lower = Float32Array.from(integerDistances(count, levels, seed), (d) =>
          d === 13 ? Number.POSITIVE_INFINITY : d,
        );
        const options = threshold === undefined ? {} : { threshold };
        const found = persistenceOfWitnesses(lower, count, apparentWitnesses({ count, lower }), options);
        expect(found).toStrictEqual(persistence(ripsOfLowerTriangle(Float64Array.from(lower), count, options)));
      },
    ),
  );
});

test('refuses witnesses that are not one a pair', () => {
  expect(() => persistenceOfWitnesses(Float32Array.of(1), 2, new Int32Array(2))).toThrow(
    /number of witnesses: got 2, valid is 1, one a pair/,
  );
});
