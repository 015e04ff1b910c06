import { describe, expect, test } from 'vitest';
import { persistence, ripsOfPoints, stability } from '../../src/topology/index.ts';
import { diagramOf, uniformPoints } from './inputs.ts';

const moment = (points: Float64Array) => persistence(ripsOfPoints(points, 3)).diagrams;
const jittered = (seed: number, outlier = 0) => {
  const jitter = uniformPoints(40, 3, seed);
  const points = uniformPoints(40, 3, 1).map((value, k) => value + 0.02 * jitter[k]);
  points[0] += outlier;
  return moment(points);
};

describe('the stability of a sequence of diagrams', () => {
  test('is 1 while nothing moves, and while moves are as usual nearly so', () => {
    const still = jittered(2);
    expect(stability([still, still, still, still])).toEqual({ score: 1, drift: 0, usual: 0 });
    const { score } = stability([2, 3, 4, 5, 6, 7].map((seed) => jittered(seed)));
    expect(score).toBeGreaterThan(0.6);
  });

  test('falls with the size of a jump', () => {
    const before = [2, 3, 4, 5, 6].map((seed) => jittered(seed));
    const scores = [0, 1, 3, 9].map((outlier) => stability([...before, jittered(7, outlier)]).score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[3]).toBeLessThan(0.05);
  });

  test('comes back once the baseline has seen the new shape', () => {
    const settled = [2, 3, 4, 5, 6, 7].map((seed) => jittered(seed, 9));
    expect(stability(settled).score).toBeGreaterThan(0.6);
  });

  test('is 0 where a component appears that never joins, and 1 where that happens all the time', () => {
    const one = [diagramOf([[0, Number.POSITIVE_INFINITY]])];
    const two = [
      diagramOf([
        [0, Number.POSITIVE_INFINITY],
        [0, Number.POSITIVE_INFINITY],
      ]),
    ];
    expect(stability([one, one, one, two]).score).toBe(0);
    expect(stability([two, one, two, one]).score).toBe(1);
  });

  test('says nothing of fewer than three moments', () => {
    expect(stability([]).score).toBe(1);
    expect(stability([jittered(1), jittered(2, 9)]).score).toBe(1);
  });
});
