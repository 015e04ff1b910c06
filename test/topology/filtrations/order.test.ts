import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ascendingOrder } from '../../../src/topology/filtrations/order.ts';

const obvious = (values: Float64Array) =>
  Array.from(values.keys()).sort((a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b));

const anyValues = fc.oneof(
  fc.array(fc.double({ noNaN: true }), { maxLength: 300, size: 'max' }),
  fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 300, size: 'max' }),
  // Values that only a double tells apart.
  fc
    .array(fc.integer({ min: 0, max: 40 }), { maxLength: 300, size: 'max' })
    .map((some) => some.map((k) => 1 + k * 2 ** -50)),
  fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300, size: 'max' }).map((some) => some.map((k) => k * 1e-310)),
);

test('values come out ascending, ties by index, whatever their sign and size', () => {
  fc.assert(
    fc.property(anyValues, (some) => {
      const values = Float64Array.from(some);
      expect(Array.from(ascendingOrder(values))).toEqual(obvious(values));
    }),
    { numRuns: 500 },
  );
});
