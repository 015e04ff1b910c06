import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellKey, cellOf, checkId, isId, parseCellKey } from '../../src/fleet/ids.ts';
import { murmur3 } from '../../src/fleet/murmur3.ts';

const CHARACTERS = 'ABCXYZabcxyz0189._-';
const id = fc.string({ unit: fc.constantFrom(...CHARACTERS), minLength: 1, maxLength: 128, size: 'max' });

describe('ids', () => {
  test('agree with the rule as a regular expression', () => {
    const text = fc.oneof(id, fc.string({ maxLength: 140, size: 'max' }));
    fc.assert(fc.property(text, (t) => isId(t) === /^[A-Za-z0-9._-]{1,128}$/.test(t)));
    for (let code = 0; code < 1024; code++) {
      const t = String.fromCharCode(code);
      expect(isId(t), JSON.stringify(t)).toBe(/^[A-Za-z0-9._-]$/.test(t));
    }
  });

  test('are refused with the field, the value and what would be valid', () => {
    expect(checkId('agent', 'a b')).toEqual({
      code: 'id-invalid',
      reason: 'agent is "a b"; valid is 1 to 128 of the characters A-Z a-z 0-9 . _ -',
    });
    const long = checkId('agent', 'x'.repeat(1_000_000));
    expect(long?.code).toBe('string-too-long');
    expect(long?.reason.length).toBeLessThan(200);
    const hostile = checkId('agent', '\u0001'.repeat(200));
    expect(hostile?.reason).toMatch(/^agent is "(\\u0001){21}" \(200 characters\); valid is 1 to 128/);
    expect(hostile?.reason.length).toBeLessThan(400);
    expect(checkId('agent', '')?.code).toBe('id-invalid');
  });

  test('make a cell key that reads back', () => {
    fc.assert(
      fc.property(id, id, fc.integer({ min: 0, max: 4095 }), (tenant, fleet, cell) => {
        expect(parseCellKey(cellKey(tenant, fleet, cell))).toEqual({ tenant, fleet, cell });
      }),
    );
    for (const key of ['', 'a/b', 'a/b/', 'a/b/01', 'a/b/-1', 'a/b/4096', 'a/b/1/2', 'a//1', 'a/b/1.0', 'ä/b/1']) {
      expect(() => parseCellKey(key), key).toThrow(/CELL_KEY_INVALID/);
    }
  });
});

describe('cellOf', () => {
  // Golden values from mmh3 5.3.1 (Python 3.11.7): mmh3.hash(text, 0, signed=False).
  test.each([
    ['', 0],
    ['a', 1009084850],
    ['ab', 2613040991],
    ['abc', 3017643002],
    ['abcd', 1139631978],
    ['agent-0', 152977085],
    ['agent-17', 4258593294],
    ['frontend-01', 823071672],
    ['The.quick_brown-fox', 609370479],
    ['x'.repeat(128), 656285093],
  ])('hashes %j as MurmurHash3_x86_32 does', (text, hash) => {
    expect(murmur3(text)).toBe(hash);
    expect(cellOf(text, 7)).toBe(hash % 7);
  });

  test('spreads agents evenly', () => {
    const cells = 400;
    const sizes = new Array<number>(cells).fill(0);
    for (let i = 0; i < 100_000; i++) sizes[cellOf(`agent-${i}`, cells)]++;
    // Poisson with mean 250: six standard deviations are 95.
    expect(Math.max(...sizes)).toBeLessThan(345);
    expect(Math.min(...sizes)).toBeGreaterThan(155);
  });

  test('refuses a number of cells that no fleet may have', () => {
    for (const cells of [0, -1, 1.5, 4097, Number.NaN]) expect(() => cellOf('a', cells)).toThrow(/CELLS_INVALID/);
  });
});
