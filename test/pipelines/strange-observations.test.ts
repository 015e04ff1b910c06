/** Records of aura.observations that intake never writes: whoever else may write there stops nobody's cells with them. */
import { beforeAll, expect, test } from 'vitest';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics, type Topics } from '../../pipelines/topics.ts';
import type { HeartbeatObservation, InteractionObservation, Observations } from '../../schemas/records.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { beat } from '../fleet/samples.ts';
import { Driver } from './driver.ts';

const startMs = 1_700_000_000_000;
const key = 'acme/checkout/0';

let topics: Topics;
beforeAll(async () => {
  topics = await openTopics(new MemoryRegistry());
});

const nowhere = { tenant: 'evil', fleet: 'f', cell: 0 };
const hears = (timeMs: number, more: Partial<Observations> = {}): Observations => ({
  ...{ tenant: 'acme', fleet: 'checkout', cell: 0, interactions: [], reachedMs: timeMs },
  heartbeats: ['a', 'b', 'c'].map((agent) => beat(agent, timeMs)),
  ...more,
});
const beats = (more: Partial<HeartbeatObservation>): Partial<Observations> => ({
  ...nowhere,
  heartbeats: [{ ...beat('x', startMs), ...more }],
});
const asks = (more: Partial<InteractionObservation>): Partial<Observations> => ({
  ...nowhere,
  heartbeats: [],
  interactions: [
    {
      ...{
        caller: 'x',
        callee: 'y',
        timeMs: startMs,
        spanMs: 0,
        count: 1,
        errors: 0,
        latencyMs: null,
        boundary: false,
      },
      ...more,
    },
  ],
});

const strange: readonly (readonly [what: string, code: string, key: string, more: Partial<Observations>])[] = [
  ['a key that is no cell', 'wrong-cell', 'nonsense', nowhere],
  ["a key like one of a changelog's deltas", 'wrong-cell', `${key}\u00000`, nowhere],
  [
    'an id too long for the stored state',
    'wrong-cell',
    `${'x'.repeat(300)}/f/0`,
    { ...nowhere, tenant: 'x'.repeat(300) },
  ],
  ['an id of characters that the stored state does not hold', 'wrong-cell', 'Ā/f/0', { ...nowhere, tenant: 'Ā' }],
  ['a cell that no fleet has', 'wrong-cell', 'evil/f/-1', { ...nowhere, cell: -1 }],
  ["another cell than the key's, in a cell that is known", 'wrong-cell', key, nowhere],
  ["another cell than the key's, in one that is not", 'wrong-cell', 'evil/f/0', { ...nowhere, tenant: 'else' }],
  ['a time before all times', 'time-negative', 'evil/f/0', beats({ timeMs: -1 })],
  ['a reached time before all times', 'time-negative', 'evil/f/0', { ...nowhere, reachedMs: -1 }],
  ['a time after all times', 'number-out-of-range', 'evil/f/0', beats({ timeMs: 2 ** 53 - 2 })],
  ['a signal that is no number', 'number-not-finite', 'evil/f/0', beats({ latencyMs: Number.NaN })],
  ['an infinite signal', 'number-not-finite', 'evil/f/0', beats({ saturation: Number.POSITIVE_INFINITY })],
  ['a negative signal', 'number-out-of-range', 'evil/f/0', beats({ trafficPerS: -1 })],
  ['an error rate over 1', 'number-out-of-range', 'evil/f/0', beats({ errorRate: 2 })],
  ['a negative number of requests', 'number-out-of-range', 'evil/f/0', asks({ count: -1 })],
  ['more errors than requests', 'number-out-of-range', 'evil/f/0', asks({ errors: 2 })],
  ['a latency that is no number', 'number-not-finite', 'evil/f/0', asks({ latencyMs: Number.NaN })],
  ['an interaction before all times', 'time-negative', 'evil/f/0', asks({ timeMs: -1 })],
];

test.each(strange)('%s goes to the dead letters as %s, and leaves nothing behind', async (_what, code, keyOf, more) => {
  const run = async (hostile: boolean) => {
    const driver = await Driver.start(snapshots(topics), topics['dead-letters']);
    driver.nowMs = startMs;
    for (let second = 0; second < 4; second++) {
      const timeMs = startMs + second * 1_000;
      await driver.send(topics.observations, key, hears(timeMs));
      if (hostile) await driver.send(topics.observations, keyOf, hears(timeMs, more));
    }
    await driver.wait(10_000);
    await driver.anticipate();
    const values = (topic: string) => driver.outputs.filter((out) => out.topic === topic).map(({ value }) => value);
    return {
      snapshots: values(topics.snapshots.name),
      letters: values(topics['dead-letters'].name).map((value) =>
        topics['dead-letters'].codec.decode(value ?? new Uint8Array()),
      ),
      cells: [...driver.restored('cells').keys()],
    };
  };
  const honest = await run(false);
  const beside = await run(true);
  expect(beside.letters.map((letter) => letter.code)).toEqual([code, code, code, code]);
  expect(beside.snapshots).toEqual(honest.snapshots);
  expect(beside.cells).toEqual([key]);
});
