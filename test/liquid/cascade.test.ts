import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atLeast, cascadeFeatures, cascadeRisk, cascadeSize } from '../../src/liquid/cascade.ts';
import { cellFeatures } from '../../src/liquid/features.ts';
import { agentState, edge, snapshot } from './snapshots.ts';

const probability = fc.double({ min: 0, max: 1, noNaN: true });

test('the chance of at least k independent failures equals the sum over all outcomes', () => {
  fc.assert(
    fc.property(fc.array(probability, { maxLength: 9 }), fc.integer({ min: 1, max: 10 }), (p, k) => {
      let expected = 0;
      for (let outcome = 0; outcome < 1 << p.length; outcome++) {
        let chance = 1;
        let failed = 0;
        for (const [i, pi] of p.entries()) {
          const fails = (outcome >> i) & 1;
          failed += fails;
          chance *= fails === 1 ? pi : 1 - pi;
        }
        if (failed >= k) expected += chance;
      }
      expect(atLeast(k, p, p.length)).toBeCloseTo(expected, 10);
    }),
  );
});

test('a cascade is three agents or a tenth of the cell', () => {
  expect([1, 10, 30, 31, 100, 256].map(cascadeSize)).toEqual([3, 3, 3, 4, 10, 26]);
});

test('features are finite at certainty, and contagion counts only failure that has not reached the caller', () => {
  const cell = cellFeatures(
    snapshot(
      ['a', 'b', 'c', 'd'].map((agent) => agentState(agent)),
      [edge('a', 'b'), edge('c', 'b')],
    ),
    null,
  );
  const all = cascadeFeatures(cell, [1, 1, 1, 1], 1);
  expect([...all]).toEqual([12, 12, 0, 0, 0]);
  expect([...cascadeFeatures(cell, [0, 0, 0, 0], 1)]).toEqual([-12, -12, 0, 0, 0]);
  expect(cascadeFeatures(cell, [0, 1, 0.5, 0], 0.25)[2]).toBeCloseTo(1.5 / 4, 12);
  expect(cascadeFeatures(cell, [0, 1, 0.5, 0], 0.25)[3]).toBe(0.75);
});

test('a cell smaller than a cascade has no cascade risk', () => {
  const model = { weights: [0, 0, 0, 0, 0], bias: 5 };
  const pair = cellFeatures(snapshot([agentState('a'), agentState('b')]), null);
  expect(cascadeRisk(model, pair, [1, 1], 1)).toBe(0);
  expect(cascadeRisk(model, cellFeatures(snapshot([]), null), [], 1)).toBe(0);
});
