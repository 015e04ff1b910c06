import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/fleet/reference/random.ts';

const N = 20_000;

function draw(make: (random: Random) => number): { mean: number; sd: number; values: number[] } {
  const random = new Random(7, 'test');
  const values = Array.from({ length: N }, () => make(random));
  const mean = values.reduce((a, b) => a + b, 0) / N;
  return { mean, sd: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / N), values };
}

describe('the random source', () => {
  test('gives the same stream for the same seed and name, another for another', () => {
    const stream = (seed: number, name: string): number[] => {
      const random = new Random(seed, name);
      return Array.from({ length: 5 }, () => random.uniform());
    };
    expect(stream(1, 'a')).toEqual(stream(1, 'a'));
    expect(stream(1, 'a')).not.toEqual(stream(1, 'b'));
    expect(stream(1, 'a')).not.toEqual(stream(2, 'a'));
    expect(stream(1, 'a')).not.toEqual(stream(1 + 2 ** 32, 'a'));
  });

  test('has the moments of its distributions', () => {
    const uniform = draw((random) => random.uniform());
    expect(uniform.mean).toBeCloseTo(0.5, 1);
    expect(uniform.sd).toBeCloseTo(Math.sqrt(1 / 12), 2);
    expect(uniform.values.every((u) => u >= 0 && u < 1)).toBe(true);
    const normal = draw((random) => random.normal());
    expect(Math.abs(normal.mean)).toBeLessThan(0.03);
    expect(normal.sd).toBeCloseTo(1, 1);
    expect(draw((random) => random.exponential(3)).mean / 3).toBeCloseTo(1, 1);
    expect(draw((random) => random.logNormal(0.4)).mean).toBeCloseTo(1, 1);
  });

  test('fills 64 bins evenly, by the chi-squared test', () => {
    const bins = new Array<number>(64).fill(0);
    for (const u of draw((random) => random.uniform()).values) bins[Math.floor(64 * u)]++;
    const expected = N / 64;
    const chi2 = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: the 0.001 and 0.999 quantiles are 33.9 and 103.4.
    expect(chi2).toBeGreaterThan(33.9);
    expect(chi2).toBeLessThan(103.4);
  });
});
