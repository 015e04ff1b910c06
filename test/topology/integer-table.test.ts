import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IntegerTable } from '../../src/topology/integer-table.ts';

test('a table answers as a Map does, with the first value of a key', () => {
  const anyKey = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(fc.tuple(anyKey, fc.nat(1000)), { maxLength: 200, size: 'max' }), (entries) => {
      const table = new IntegerTable(4);
      const map = new Map<number, number>();
      for (const [key, value] of entries) {
        expect(table.add(key, value)).toBe(!map.has(key));
        if (!map.has(key)) map.set(key, value);
      }
      expect(table.size).toBe(map.size);
      for (const [key, value] of map) {
        expect(table.get(key)).toBe(value);
        const absent = key + 1 <= Number.MAX_SAFE_INTEGER && !map.has(key + 1);
        if (absent) expect(table.get(key + 1)).toBe(IntegerTable.ABSENT);
      }
    }),
  );
});
