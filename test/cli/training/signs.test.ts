import { expect, test } from 'vitest';
import type { AgentState } from '../../../schemas/records.ts';
import { SignReader } from '../../../src/cli/training/signs.ts';
import { agentState, silentAgent, snapshot } from '../../liquid/snapshots.ts';

/** Windows of 1 s that end at 1 s, 2 s and so on. */
function read(silentMs: number | null, windows: readonly (readonly AgentState[])[]) {
  const reader = new SignReader(silentMs);
  for (const [w, agents] of windows.entries()) reader.add(snapshot(agents, [], 1000 * (w + 1)));
  return reader.signs();
}

const up = agentState('a');
const down = agentState('a', { status: 'DOWN' });

test('an agent has failed while it says DOWN, from the window of its word to its next other heartbeat', () => {
  expect(read(null, [[up], [down], [down], [up]])).toEqual([{ agent: 'a', kind: 'down', fromMs: 1000, toMs: 3900 }]);
  expect(read(null, [[up], [down]])).toEqual([{ agent: 'a', kind: 'down', fromMs: 1000, toMs: null }]);
});

test('silence counts once it is long enough, and then from the last heartbeat on', () => {
  const silent = [1, 2, 3, 4, 5, 6].map((n) => [silentAgent('a', n)]);
  // Last heard of at the end of the first window.
  expect(read(null, [[up], ...silent, [up]])).toEqual([{ agent: 'a', kind: 'silent', fromMs: 1000, toMs: 7900 }]);
  expect(read(7000, [[up], ...silent, [up]])).toEqual([]);
  expect(read(null, [[up], ...silent.slice(0, 4), [up]])).toEqual([]);
});

test('an agent that its cell forgets is not counted as failed for ever', () => {
  const silent = [1, 2, 3, 4, 5].map((n) => [silentAgent('a', n), agentState('b')]);
  expect(read(null, [[up], ...silent, [agentState('b')]])).toEqual([
    { agent: 'a', kind: 'silent', fromMs: 1000, toMs: 7000 },
  ]);
});

test('whoever falls silent after its DOWN is both, for either may be asked for alone', () => {
  const silent = [1, 2, 3, 4, 5, 6].map((n) => [{ ...silentAgent('a', n), status: 'DOWN' } as const]);
  expect(read(null, [[up], [down], ...silent, [up]])).toEqual([
    { agent: 'a', kind: 'down', fromMs: 1000, toMs: 8900 },
    { agent: 'a', kind: 'silent', fromMs: 2000, toMs: 8900 },
  ]);
});

test('whoever comes back from silence with DOWN was silent until then', () => {
  const silent = [1, 2, 3, 4, 5, 6].map((n) => [silentAgent('a', n)]);
  expect(read(null, [[up], ...silent, [down], [down], [up]])).toEqual([
    { agent: 'a', kind: 'silent', fromMs: 1000, toMs: 7900 },
    { agent: 'a', kind: 'down', fromMs: 7000, toMs: 9900 },
  ]);
});
