import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meantBy, slipsBetween } from '../../src/cli/config/mistyped.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 8 });

/** By definition: the fewest edits, tried recursively. */
function fewest(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const swapped = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return Math.min(
    fewest(a.slice(1), b) + 1,
    fewest(a, b.slice(1)) + 1,
    fewest(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
    swapped ? fewest(a.slice(2), b.slice(2)) + 1 : Number.POSITIVE_INFINITY,
  );
}

test('slips are the fewest edits from one word to the other', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 }),
      (a, b) => slipsBetween(a, b) === fewest(a, b),
    ),
  );
});

test('slips are as many in either direction, and none between equal words', () => {
  fc.assert(fc.property(word, word, (a, b) => slipsBetween(a, b) === slipsBetween(b, a)));
  fc.assert(fc.property(word, (a) => slipsBetween(a, a) === 0));
});

test('case and separators are no slips; a name two slips away is meant, one three away is not', () => {
  const names = ['AURA_TLS_CA', 'AURA_TLS_CERT', 'AURA_BROKERS'] as const;
  expect(meantBy('aura-tls-ca', names)).toBe('AURA_TLS_CA');
  expect(meantBy('AURA_BORKER', names)).toBe('AURA_BROKERS');
  expect(meantBy('AURA_BORKR', names)).toBeUndefined();
  expect(meantBy('AURA_', [])).toBeUndefined();
});
