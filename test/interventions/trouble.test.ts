import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanTrouble, silenceDeviation, worstDeviation } from '../../src/interventions/trouble.ts';
import { calm } from './world.ts';

const deviation = fc.record({
  latency: fc.double({ min: -50, max: 50, noNaN: true }),
  traffic: fc.double({ min: -50, max: 50, noNaN: true }),
  errors: fc.double({ min: -50, max: 50, noNaN: true }),
  saturation: fc.double({ min: -50, max: 50, noNaN: true }),
});

describe('trouble', () => {
  it('counts silence from the second window on, five a window, fifty at most', () => {
    expect(silenceDeviation(900, 1000)).toBe(0);
    expect(silenceDeviation(1000, 1000)).toBe(0);
    expect(silenceDeviation(2000, 1000)).toBeCloseTo(5);
    expect(silenceDeviation(3_600_000, 1000)).toBe(50);
  });

  it('does not call an agent troubled for being faster, emptier or freer of errors than usual', () => {
    const better = { latency: -20, traffic: 0, errors: -3, saturation: -9 };
    expect(meanTrouble(better, 0, 1000, true)).toBe(0);
    expect(worstDeviation(better, 0, 1000)).toBe(0);
  });

  it('counts traffic both ways unless it is lowered on purpose', () => {
    const less = { ...calm, traffic: -8 };
    expect(meanTrouble(less, 0, 1000, true)).toBe(2);
    expect(meanTrouble(less, 0, 1000, false)).toBe(0);
  });

  it('does not average a silent agent away', () => {
    expect(meanTrouble(calm, 11_000, 1000, true)).toBe(50);
  });

  it('stays within 0 and 50, and the mean never exceeds the worst', () => {
    fc.assert(
      fc.property(deviation, fc.nat(1_000_000), fc.boolean(), (d, silentMs, traffic) => {
        const mean = meanTrouble(d, silentMs, 1000, traffic);
        expect(mean).toBeGreaterThanOrEqual(0);
        expect(mean).toBeLessThanOrEqual(worstDeviation(d, silentMs, 1000) + 1e-12);
        expect(worstDeviation(d, silentMs, 1000)).toBeLessThanOrEqual(50);
      }),
    );
  });
});
