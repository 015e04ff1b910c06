import { expect, test } from 'vitest';
import { MODELS } from '../../../src/consensus/simulator/models.ts';
import { failed, shrink } from '../../../src/consensus/simulator/shrink.ts';
import { type RunOptions, runUnder, simulate } from '../../../src/consensus/simulator/simulate.ts';

function firstFailing(protocol: string, bug: string) {
  for (let seed = 1; ; seed++) {
    const options: RunOptions = { seed, bug };
    const result = simulate(MODELS[protocol], options);
    if (failed(result)) return { options, result };
  }
}

test('a failing run is made short, and fails still when it is repeated', () => {
  const { options, result } = firstFailing('tendermint', 'vote-not-durable');
  const short = shrink(MODELS.tendermint, options, result);
  expect(short.incidents.length).toBeLessThan(result.incidents.length);
  // Crashes and a proposal are all that it takes.
  expect(new Set(short.incidents.map(({ type }) => type))).toEqual(new Set(['crash', 'proposal']));
  expect(runUnder(MODELS.tendermint, options, short.incidents)).toEqual(short);
});

test('a run that stands still is made short too', () => {
  const { options, result } = firstFailing('pbft', 'timer-restarts-on-any-message');
  const short = shrink(MODELS.pbft, options, result);
  expect(short.stalled).toBe(true);
  expect(short.incidents.length).toBeLessThanOrEqual(result.incidents.length);
});

test('what happens in a run can be told line by line', () => {
  const { options, result } = firstFailing('pbft', 'quorum-one-short');
  const lines: string[] = [];
  runUnder(MODELS.pbft, options, result.incidents, (line) => lines.push(line));
  expect(lines.some((line) => line.includes('PRE-PREPARE'))).toBe(true);
});
