import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_HISTORY } from '../../src/liquid/cell-shape.ts';
import {
  addStep,
  decodeHistory,
  decodeStep,
  encodeHistory,
  encodeStep,
  latestStep,
} from '../../src/liquid/shape-history-codec.ts';

const diagram = fc
  .array(fc.tuple(fc.double({ noNaN: true }), fc.double({ noNaN: true })), { maxLength: 20 })
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
