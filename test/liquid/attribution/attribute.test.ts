import { expect, test } from 'vitest';
import { attribute, rankedBy } from '../../../src/liquid/attribution/attribute.ts';
import { featureNames } from '../../../src/liquid/attribution/candidates.ts';
import { fitAttribution, prepareRun } from '../../../src/liquid/attribution/fit.ts';
import { readAttribution, runHash, serializeAttribution } from '../../../src/liquid/attribution/model.ts';
import { runOf } from './runs.ts';

const run = runOf(null, 'Chief: the task', 'Ann: step one', 'Bob: step two', 'Ann: step three');

test('an agent is as likely at fault as its steps together', () => {
  expect(rankedBy(run, [0, 1, 2, 3], [0.1, 0.3, 0.35, 0.25])).toEqual({
    steps: [
      { index: 2, probability: 0.35 },
      { index: 1, probability: 0.3 },
      { index: 3, probability: 0.25 },
      { index: 0, probability: 0.1 },
    ],
    agents: [
      { agent: 'Ann', probability: 0.55 },
      { agent: 'Bob', probability: 0.35 },
      { agent: 'Chief', probability: 0.1 },
    ],
  });
});

test('weights that were fitted on runs with an improvising agent blame such an agent in another run', () => {
  const improvised = (text: string) =>
    runOf(null, 'Chief: count the stones', 'Ann: I will look them up', `Bob: ${text}`, 'Ann: that is settled then');
  const weights = fitAttribution(
    [1, 2, 3, 4, 5, 6].map((i) => prepareRun({ run: improvised(`I assume there are ${i}`), step: 2 })),
    0.1,
  );
  const { steps, agents } = attribute(improvised('for simplicity a hypothetical dozen'), weights);
  expect(steps[0].index).toBe(2);
  expect(agents[0].agent).toBe('Bob');
  // Nobody saw a led team, so any of its steps is as likely.
  expect(weights.led).toEqual(featureNames.led.map(() => 0));
});

test('a run in which nobody may be to blame is attributed to nobody', () => {
  const weights = { group: featureNames.group.map(() => 0), led: featureNames.led.map(() => 0) };
  expect(attribute(runOf(null, 'Terminal: exitcode: 0 (ok)'), weights)).toEqual({ steps: [], agents: [] });
});

test('a fit on no run that it could learn from is refused', () => {
  expect(() => fitAttribution([prepareRun({ run, step: 99 })], 1)).toThrow(
    expect.objectContaining({ code: 'data-insufficient' }),
  );
});

test('a model file reads back as it was written; one that was changed, or reads other features, does not', () => {
  const parts = {
    name: 'a-model',
    made: { date: '2026-11-21' },
    ridge: 0.3,
    weights: { group: featureNames.group.map((_, k) => k / 7), led: featureNames.led.map((_, k) => -k / 3) },
    fittedOn: new Map([[runHash(run), featureNames.group.map(() => 0.5)]]),
  };
  const text = serializeAttribution(parts);
  const read = readAttribution(JSON.parse(text));
  expect(read.fittedOn.get(runHash(run))).toEqual(parts.fittedOn.get(runHash(run)));
  read.weights.group.forEach((w, k) => {
    expect(w).toBeCloseTo(k / 7, 6);
  });
  expect(serializeAttribution(read)).toBe(text);
  expect(() => readAttribution(JSON.parse(text.replace('"ridge": 0.3', '"ridge": 0.4')))).toThrow(
    expect.objectContaining({ code: 'model-hash' }),
  );
  expect(() => readAttribution({ format: 'something' })).toThrow(expect.objectContaining({ code: 'model-malformed' }));
});

test('a run is told from another by its words, not by its file', () => {
  expect(runHash(run)).toBe(runHash({ ...run, steps: run.steps.map((step) => ({ ...step })) }));
  expect(runHash(run)).not.toBe(runHash({ ...run, steps: run.steps.slice(1) }));
  expect(runHash(run)).not.toBe(runHash({ ...run, question: 'what?' }));
});
