import { expect, test } from 'vitest';
import { withAdaptiveTime } from '../../../src/liquid/cells/adaptive-time.ts';
import { cfcCell } from '../../../src/liquid/cells/cfc.ts';
import { initialParameters, viewOf } from '../../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../random.ts';

const inner = cfcCell({ cell: 'cfc', mode: 'default', inputs: 3, units: 4, backboneUnits: 4, backboneLayers: 1 });
const cell = withAdaptiveTime(inner, [2]);
const random = mulberry32(1);
const theta = initialParameters(cell.layout, random);
const state = uniform(random, 4);

function step(one: typeof inner, x: Float64Array, elapsed: number): Float64Array {
  const next = new Float64Array(4);
  one.createStep(1).forward(theta, x, state, Float64Array.of(elapsed), 1, next);
  return next;
}

test('training starts from the cell inside', () => {
  const x = uniform(random, 3);
  expect(step(cell, x, 1.7)).toEqual(step(inner, x, 1.7));
});

test('time runs up to eight times as fast under load, and as slow at rest', () => {
  viewOf(cell.layout, theta, 'load.weight')[0] = 1000;
  const loaded = Float64Array.of(0.3, -0.2, 1);
  const resting = Float64Array.of(0.3, -0.2, -1);
  for (const [x, factor] of [
    [loaded, 8],
    [resting, 1 / 8],
  ] as const) {
    const [adapted, plain] = [step(cell, x, 0.6), step(inner, x, 0.6 * factor)];
    for (let u = 0; u < 4; u++) expect(adapted[u]).toBeCloseTo(plain[u], 12);
  }
});

test('a load that is no input is refused', () => {
  expect(() => withAdaptiveTime(inner, [3])).toThrow(/adaptive load is \[3\]; valid are different inputs from 0 to 2/);
  expect(() => withAdaptiveTime(inner, [])).toThrow(/at least one/);
  expect(() => withAdaptiveTime(inner, [1, 1])).toThrow(/different/);
});
