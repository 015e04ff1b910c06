import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CatalogueEntry, catalogue, findKind, type Trouble } from '../../src/interventions/catalogue.ts';
import { LearnedEffects } from '../../src/interventions/effects.ts';

const halfLifeMs = 30 * 60_000;
const throttle = findKind('THROTTLE') as CatalogueEntry;

describe('LearnedEffects', () => {
  it('begins with the catalogue’s priors', () => {
    const effects = new LearnedEffects();
    for (const entry of catalogue) {
      for (const [trouble, prior] of Object.entries(entry.fits)) {
        expect(effects.expected(entry, trouble as Trouble, 0)).toBe(prior);
      }
    }
  });

  it('weighs the prior as four outcomes', () => {
    const effects = new LearnedEffects();
    effects.learn('THROTTLE', -1, 0);
    effects.learn('THROTTLE', 0, 0);
    // (4 x 0.6 + 2 x -0.5) / 6
    expect(effects.expected(throttle, 'OVERLOAD', 0)).toBeCloseTo((4 * 0.6 - 1) / 6, 12);
  });

  it('makes a kind that worsens things ever less likely, down to nothing', () => {
    const effects = new LearnedEffects();
    let before = effects.expected(throttle, 'OVERLOAD', 0);
    for (let i = 0; i < 10; i++) {
      effects.learn('THROTTLE', -0.8, i);
      const now = effects.expected(throttle, 'OVERLOAD', i);
      expect(now).toBeLessThanOrEqual(before);
      before = now;
    }
    expect(before).toBe(0);
  });

  it('halves what it learned every half-life, so a kind gets another chance', () => {
    const effects = new LearnedEffects();
    for (let i = 0; i < 8; i++) effects.learn('THROTTLE', 0, 0);
    expect(effects.expected(throttle, 'OVERLOAD', 0)).toBeCloseTo((4 * 0.6) / 12, 12);
    expect(effects.expected(throttle, 'OVERLOAD', halfLifeMs)).toBeCloseTo((4 * 0.6) / 8, 12);
    expect(effects.expected(throttle, 'OVERLOAD', 40 * halfLifeMs)).toBeCloseTo(0.6, 6);
  });

  it('counts a kind for sixteen outcomes at most, however many there were', () => {
    const effects = new LearnedEffects();
    const weights = Array.from({ length: 40 }, () => {
      effects.learn('THROTTLE', 0.5, 0);
      return effects.toJSON()[0].weight;
    });
    expect(weights).toEqual(weights.map((_, i) => Math.min(i + 1, 16)));
  });

  it('leaves a trouble that a kind does not fit untreated, whatever was learned', () => {
    const effects = new LearnedEffects();
    effects.learn('THROTTLE', 1, 0);
    expect(effects.expected(throttle, 'SILENT', 0)).toBe(0);
  });

  it('stays within 0 and 1 and survives its encoding', () => {
    const step = fc.record({
      effect: fc.double({ min: -10, max: 1, noNaN: true }),
      timeMs: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(fc.array(step), fc.nat(20_000_000), (steps, nowMs) => {
        const effects = new LearnedEffects();
        for (const { effect, timeMs } of steps) effects.learn('ISOLATE', effect, timeMs);
        const copy = new LearnedEffects(JSON.parse(JSON.stringify(effects)));
        for (const entry of catalogue) {
          const expected = effects.expected(entry, 'ERRORS', nowMs);
          expect(expected).toBeGreaterThanOrEqual(0);
          expect(expected).toBeLessThanOrEqual(1);
          expect(copy.expected(entry, 'ERRORS', nowMs)).toBe(expected);
        }
      }),
    );
  });
});
