import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localWeek } from '../../../../src/cli/evaluate/grid5000/local-week.ts';
import { rankingOf } from '../../../../src/cli/evaluate/grid5000/ranking.ts';
import {
  figuresOf,
  type Outcome,
  pairedByDay,
  withoutWholeSites,
} from '../../../../src/cli/evaluate/grid5000/scores.ts';
import { Random } from '../../../../src/fleet/reference/index.ts';
import { averagePrecision, rocAuc } from '../../../../src/liquid/training/metrics.ts';

describe('the ranking of many cases', () => {
  it('refuses scores that are no numbers', () => {
    expect(() => rankingOf(Float64Array.of(0, Number.NaN), Uint8Array.of(0, 1))).toThrow(/NaN/);
  });

  it('has the AUC and AP of src/liquid/training/metrics.ts, ties included', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.boolean()), { minLength: 2 }), (cases) => {
        const scores = Float64Array.from(cases, ([score]) => score);
        const labels = Uint8Array.from(cases, ([, label]) => (label ? 1 : 0));
        fc.pre(labels.includes(0) && labels.includes(1));
        const { auc, ap } = rankingOf(scores, labels);
        expect(auc).toBeCloseTo(rocAuc(scores, labels), 12);
        expect(ap).toBeCloseTo(averagePrecision(scores, labels), 12);
      }),
    );
  });
});

function outcome(): Outcome {
  const random = new Random(3, 'scores');
  const n = 20_000;
  const logOdds = Float64Array.from({ length: n }, () => -3 + random.normal());
  const labels = Uint8Array.from(logOdds, (logit) => (random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0));
  const days = Int32Array.from({ length: n }, (_, i) => 100 + Math.floor(i / 400));
  const ticks = Int32Array.from({ length: n }, (_, i) => Math.floor(i / 20));
  const sites = Int32Array.from({ length: n }, (_, i) => i % 2);
  const noisy = logOdds.map((logit) => logit + 3 * random.normal());
  return {
    labels,
    days,
    ticks,
    sites,
    scores: new Map([
      ['good', logOdds],
      ['noisy', noisy],
    ]),
  };
}

describe('figures', () => {
  it('find log-odds that hold calibrated, and better than the base rate', () => {
    const good = figuresOf(outcome(), 'good', true);
    expect(good.calibrationError).toBeLessThan(0.01);
    expect(good.brierSkill).toBeGreaterThan(0.03);
    const noisy = figuresOf(outcome(), 'noisy', true);
    expect(noisy.calibrationError).toBeGreaterThan(0.05);
  });

  it('say between which bounds one method is ahead of another', () => {
    const { auc, ap } = pairedByDay(outcome(), 'good', 'noisy');
    const [good, noisy] = ['good', 'noisy'].map((name) => figuresOf(outcome(), name, false));
    expect(auc.low).toBeGreaterThan(0);
    expect(auc.low).toBeLessThan(good.auc - noisy.auc);
    expect(auc.high).toBeGreaterThan(good.auc - noisy.auc);
    expect(ap.low).toBeLessThan(good.ap - noisy.ap);
    expect(ap.high).toBeGreaterThan(good.ap - noisy.ap);
    const same = pairedByDay(outcome(), 'good', 'good');
    expect(same.auc).toEqual({ low: 0, high: 0 });
  });

  it.each([
    ['few failing cases', 20, (random: Random) => random.normal()],
    ['many failing cases that tie', 5000, (random: Random, label: number) => (label === 1 ? 0 : random.normal())],
    ['more failing cases than classes', 5000, (random: Random) => random.normal()],
  ])('are bounded by what they are where there is one day to draw: %s', (_, failing, draw) => {
    const random = new Random(5, 'one day');
    const labels = Uint8Array.from({ length: 20_000 }, (_case, i) => (i < failing ? 1 : 0));
    const scores = new Map([
      ['one', Float64Array.from(labels, (label) => draw(random, label) + 2 * label)],
      ['other', Float64Array.from(labels, (label) => draw(random, label))],
    ]);
    const none = new Int32Array(labels.length);
    const given = { labels, days: none, ticks: none, sites: none, scores };
    const [one, other] = ['one', 'other'].map((name) => figuresOf(given, name, false));
    const { auc, ap } = pairedByDay(given, 'one', 'other');
    for (const bound of [auc.low, auc.high]) expect(Math.abs(bound - (one.auc - other.auc))).toBeLessThan(1e-3);
    for (const bound of [ap.low, ap.high]) expect(Math.abs(bound - (one.ap - other.ap))).toBeLessThan(1e-3);
  });

  it('are bounded by numbers where many a draw of days holds no failing case', () => {
    const random = new Random(6, 'rare');
    const labels = Uint8Array.from({ length: 300 }, (_case, i) => (i === 5 || i === 9 ? 1 : 0));
    const score = () => Float64Array.from(labels, () => random.normal());
    const days = Int32Array.from(labels, (_case, i) => Math.floor(i / 100));
    const scores = new Map([
      ['one', score()],
      ['other', score()],
    ]);
    const { draws, auc, ap } = pairedByDay({ labels, days, ticks: days, sites: days, scores }, 'one', 'other');
    expect(draws).toBeLessThan(200);
    for (const bound of [auc.low, auc.high, ap.low, ap.high]) expect(bound).not.toBeNaN();
  });

  it('set apart the moments at which a whole site goes', () => {
    const given = outcome();
    const labels = given.labels.map((label, i) => (given.ticks[i] === 7 && given.sites[i] === 1 ? 1 : label));
    const { moments, cases } = withoutWholeSites({ ...given, labels }, 'good');
    expect(moments).toBeGreaterThanOrEqual(1);
    expect(cases).toBeLessThanOrEqual(labels.length - 10);
  });
});

describe('the local week', () => {
  it('begins on Monday at midnight by the clock on the wall, in summer and in winter', () => {
    const hour = localWeek('Europe/Paris');
    expect(hour(Date.UTC(2006, 0, 1, 23) / 1000)).toBe(0);
    expect(hour(Date.UTC(2005, 6, 3, 22, 30) / 1000)).toBe(0.5);
    expect(hour(Date.UTC(2005, 6, 3, 21, 30) / 1000)).toBe(167.5);
  });
});
