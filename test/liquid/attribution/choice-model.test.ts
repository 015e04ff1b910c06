import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChosenSet,
  choiceLoss,
  choiceProbabilities,
  fitChoice,
} from '../../../src/liquid/attribution/choice-model.ts';

/** The generator of C's standard (X3J11 1988), whose numbers any program can draw. */
function lcg(count: number): number[] {
  let state = 12_345;
  return Array.from({ length: count }, () => {
    state = (Math.imul(1_103_515_245, state) + 12_345) & 0x7fffffff;
    return state / 2 ** 31;
  });
}

const cases = fc.array(
  fc
    .record({
      rows: fc.integer({ min: 1, max: 5 }),
      features: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 15, maxLength: 15 }),
      pick: fc.nat(),
    })
    .map(
      ({ rows, features, pick }): ChosenSet => ({
        rows,
        x: Float64Array.from(features.slice(0, rows * 3)),
        chosen: pick % rows,
      }),
    ),
  { minLength: 1, maxLength: 12 },
);

describe('the conditional logit', () => {
  test('finds the weights that scipy 1.17.1 finds by BFGS', () => {
    const u = lcg(156);
    const sets = Array.from({ length: 12 }, (_, i) => ({
      rows: 4,
      x: Float64Array.from(u.slice(i * 12, i * 12 + 12), (value) => value * 2 - 1),
      chosen: Math.floor(u[144 + i] * 4),
    }));
    const weights = fitChoice(sets, 3, 0.5);
    [-0.3958097161358388, 0.6887000453126577, 0.3337237991821076].forEach((w, k) => {
      expect(weights[k]).toBeCloseTo(w, 6);
    });
    expect(choiceLoss(sets, weights, 0.5)).toBeCloseTo(15.641524868215294, 9);
    [0.18119296203778418, 0.33085473233932877, 0.15630385903286895, 0.33164844659001813].forEach((p, i) => {
      expect(choiceProbabilities(weights, sets[0])[i]).toBeCloseTo(p, 6);
    });
  });

  test('no step away from the fit lowers the loss', () => {
    fc.assert(
      fc.property(
        cases,
        fc.array(fc.double({ min: -0.1, max: 0.1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        (sets, by) => {
          const weights = fitChoice(sets, 3, 0.3);
          const moved = weights.map((w, k) => w + by[k]);
          expect(choiceLoss(sets, moved, 0.3)).toBeGreaterThanOrEqual(choiceLoss(sets, weights, 0.3) - 1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('probabilities add up to 1 and do not change when a feature is raised for every alternative', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: -50, max: 50, noNaN: true }), ([set], by) => {
        const weights = [0.5, -1, 2];
        const p = choiceProbabilities(weights, set);
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        const raised = choiceProbabilities(weights, {
          rows: set.rows,
          x: set.x.map((v, i) => (i % 3 === 1 ? v + by : v)),
        });
        p.forEach((value, i) => {
          expect(raised[i]).toBeCloseTo(value, 9);
        });
      }),
    );
  });

  test('a case that cannot be is refused with what would be valid', () => {
    expect(() => fitChoice([], 2, 1)).toThrow(expect.objectContaining({ code: 'data-insufficient' }));
    const set = { rows: 2, x: new Float64Array(4), chosen: 2 };
    expect(() => fitChoice([set], 2, 1)).toThrow(
      expect.objectContaining({
        code: 'batch-shape',
        message: 'case 0: 4 features and choice 2; valid is 2 x 2 and 0 to 1',
      }),
    );
  });
});
