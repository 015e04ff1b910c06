import { expect, test } from 'vitest';
import type { LabelledCandidates } from '../../../src/liquid/attribution/liquid-choice.ts';
import { fitLiquidChoice } from '../../../src/liquid/attribution/liquid-choice.ts';
import { mulberry32 } from '../random.ts';

/** Six candidates with one feature; the mistake is the first that has it. */
function marked(random: () => number): LabelledCandidates {
  const x = Float64Array.from({ length: 6 }, () => Number(random() < 0.4));
  const first = x.indexOf(1);
  if (first < 0) x[5] = 1;
  return { indices: [0, 1, 3, 4, 6, 7], x, chosen: first < 0 ? 5 : first };
}

test('a small liquid network learns that the first marked step is the mistake, the same from the same seed', () => {
  const random = mulberry32(5);
  const cases = Array.from({ length: 48 }, () => marked(random));
  const others = Array.from({ length: 40 }, () => marked(random));
  const choose = fitLiquidChoice('cfc', 1, cases, mulberry32(1));
  const hits = others.filter((one) => {
    const p = choose(one);
    expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    return p.indexOf(Math.max(...p)) === one.chosen;
  });
  expect(hits.length).toBeGreaterThan(34);
  expect(Array.from(fitLiquidChoice('cfc', 1, cases, mulberry32(1))(others[0]))).toEqual(Array.from(choose(others[0])));
});

test('a run of one candidate leaves nothing to choose, wherever it stands among the cases', () => {
  const random = mulberry32(5);
  const several = Array.from({ length: 4 }, () => marked(random));
  const alone = { indices: [0], x: Float64Array.of(1), chosen: 0 };
  const choose = fitLiquidChoice('cfc', 1, [...several.slice(0, 3), alone, several[3]], mulberry32(1));
  expect(Array.from(choose(several[0]))).toEqual(
    Array.from(fitLiquidChoice('cfc', 1, several, mulberry32(1))(several[0])),
  );
  expect(Array.from(choose(alone))).toEqual([1]);
});
