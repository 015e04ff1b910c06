import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_HISTORY } from '../../src/liquid/cell-shape.ts';
import { LiquidError } from '../../src/liquid/errors.ts';
import {
  addStep,
  decodeHistory,
  decodeStep,
  encodeHistory,
  encodeStep,
  latestStep,
} from '../../src/liquid/shape-history-codec.ts';

const diagram = fc
  .array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), { maxLength: 20, size: 'max' })
  .map((bars) => ({
    births: Float64Array.from(bars, ([birth]) => birth),
    deaths: Float64Array.from(bars, ([, death]) => death),
  }));
const shapeStep = fc.record({ moment: fc.tuple(diagram, diagram), step: fc.double({ noNaN: true, min: 0 }) });

test('a history rebuilt from its steps, or decoded whole at any point and continued, is the same history', () => {
  fc.assert(
    fc.property(fc.array(shapeStep, { maxLength: 9 }), fc.nat(8), (steps, cut) => {
      let direct = NO_HISTORY;
      let stored = NO_HISTORY;
      for (const [i, { moment, step }] of steps.entries()) {
        const added = { moment, step: i === 0 ? null : step };
        direct = addStep(direct, added);
        expect(latestStep(direct)).toEqual(added);
        stored = addStep(stored, decodeStep(encodeStep(added)));
        if (i === cut) stored = decodeHistory(encodeHistory(stored));
      }
      expect(stored).toEqual(direct);
    }),
  );
});

describe('bytes', () => {
  const bars = (births: readonly number[], deaths: readonly number[]) => ({
    births: Float64Array.from(births),
    deaths: Float64Array.from(deaths),
  });
  const infinity = Number.POSITIVE_INFINITY;
  const first = { moment: [bars([0, 0], [0.5, infinity]), bars([], [])], step: null };
  const second = { moment: [bars([0], [infinity]), bars([1], [2.5])], step: 0.75 };
  const both = { moments: [first.moment, second.moment], steps: [0.75] };

  test('of the form that had no version byte, as it wrote them, are still read', () => {
    const firstStep =
      '000000000000f87f0200000000000000000000000000000000000000000000000000e03f000000000000f07f00000000';
    const secondStep =
      '000000000000e83f010000000000000000000000000000000000f07f01000000000000000000f03f0000000000000440';
    expect(decodeStep(Buffer.from(firstStep, 'hex'))).toEqual(first);
    expect(decodeStep(Buffer.from(secondStep, 'hex'))).toEqual(second);
    expect(decodeHistory(Buffer.from(`30000000${firstStep}30000000${secondStep}`, 'hex'))).toEqual(both);
    expect(decodeHistory(new Uint8Array(0))).toEqual(NO_HISTORY);
  });

  test('begin with their version, and their length sets them apart from those that have none', () => {
    fc.assert(
      fc.property(fc.array(shapeStep, { maxLength: 5 }), (steps) => {
        const history = steps.reduce(addStep, NO_HISTORY);
        for (const bytes of [encodeHistory(history), ...steps.map(encodeStep)]) {
          expect(bytes[0]).toBe(1);
          expect(bytes.length % 4).not.toBe(0);
        }
      }),
    );
  });

  test('of a later version are refused, and so are bytes that are cut short', () => {
    const bytes = encodeHistory(both);
    expect(() => decodeHistory(bytes.with(0, 2))).toThrow(/version 2; valid is 1/);
    expect(() => decodeStep(encodeStep(second).with(0, 2))).toThrow(/version 2; valid is 1/);
    const whole = new Set([1, 1 + 4 + 48]);
    for (let length = 1; length < bytes.length; length++) {
      if (whole.has(length)) continue;
      expect(() => decodeHistory(bytes.subarray(0, length)), `${length} bytes`).toThrow(LiquidError);
    }
  });
});
