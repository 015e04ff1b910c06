import { expect, test } from 'vitest';
import { type Bounds, explore } from '../../../src/consensus/simulator/explore.ts';
import { MODELS } from '../../../src/consensus/simulator/models.ts';

const BOUNDS: Bounds = {
  replicas: 3,
  proposals: 1,
  timeouts: 0,
  losses: 0,
  crashes: 0,
  silent: 0,
  depth: 60,
  states: 20_000,
};

test.each(['pbft', 'tendermint'])('three replicas of %s agree however messages overtake each other', (protocol) => {
  const { violation, isComplete, decided } = explore(MODELS[protocol], BOUNDS);
  expect(violation).toBeNull();
  expect(isComplete).toBe(true);
  expect(decided).toBeGreaterThan(0);
});

test.each(['pbft', 'tendermint'])('four replicas of %s with a silent one decide in every order', (protocol) => {
  const { violation, isComplete, decided } = explore(MODELS[protocol], { ...BOUNDS, replicas: 4, silent: 1 });
  expect({ violation, isComplete, decided }).toEqual({ violation: null, isComplete: true, decided: 1 });
});

test.each(['pbft', 'tendermint'])(
  'two replicas of %s agree through a timeout, a loss and a crash at any time',
  (protocol) => {
    const bounds = { ...BOUNDS, replicas: 2, timeouts: 1, losses: 1, crashes: 1 };
    const { violation, isComplete } = explore(MODELS[protocol], bounds);
    expect({ violation, isComplete }).toEqual({ violation: null, isComplete: true });
  },
);

test('validators on a log agree in the first states of all orders of appending and reading', () => {
  const { violation, decided } = explore(MODELS.hotstuff, { ...BOUNDS, timeouts: 1, states: 8000 });
  expect(violation).toBeNull();
  expect(decided).toBeGreaterThan(0);
});

test('exploring finds a vote that was not durable, with the steps that lead to it', () => {
  const bounds = { ...BOUNDS, replicas: 2, timeouts: 1, crashes: 1, bug: 'vote-not-durable' };
  const { violation } = explore(MODELS.tendermint, bounds);
  expect(violation?.what).toMatch(/voted twice/);
  expect(violation?.steps.some((step) => step.includes('restart') || step.includes('offered again'))).toBe(true);
});
