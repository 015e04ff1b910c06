/** What is worked out ahead, in the grace of a window: it saves the work at the close, and changes no byte of what is written. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { assessment } from '../../pipelines/assessment.ts';
import { Drafts } from '../../pipelines/drafts.ts';
import { planning } from '../../pipelines/planning.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics } from '../../pipelines/topics.ts';
import { type Engine, loadEngine } from '../../src/cli/engine.ts';
import { modelUse } from '../../src/cli/model-use.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { fleetKey } from '../../src/fleet/ids.ts';
import { readModel, serializeModel } from '../../src/liquid/model.ts';
import { chain } from '../../src/streams/chain.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine } from '../cli/signed-decision.ts';
import { beat } from '../fleet/samples.ts';
import { randomModelParts } from '../liquid/models.ts';
import { Driver } from './driver.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));
const startMs = 1_000_000;
const otherText = serializeModel({ ...randomModelParts(3), name: 'other' });
const other = readModel(JSON.parse(otherText));
const agents = ['a', 'b', 'c', 'd', 'e'] as const;

const engine = await loadEngine();
const topics = await openTopics(new MemoryRegistry());
afterAll(() => engine.close());

/** A chain, and how many rows its model was asked for since it was last asked about. */
async function startChain() {
  let rows = 0;
  const step: Engine['step'] = (features, hidden, elapsed, n) => {
    rows += n;
    return engine.step(features, hidden, elapsed, n);
  };
  const counting = { ...engine, step };
  const processor = chain([snapshots(topics), assessment(topics, counting), planning(topics, genuine(topics))]);
  const driver = await Driver.start(processor, topics['dead-letters']);
  await driver.send(topics.fleets, fleetKey('t', 'f'), defaultFleet('t', 'f'));
  const report = async (reachedMs: number, beats: readonly (readonly [string, number, number])[]) => {
    const heartbeats = beats.map(([agent, timeMs, latencyMs]) => beat(agent, timeMs, { latencyMs }));
    const value = { tenant: 't', fleet: 'f', cell: 0, heartbeats, interactions: [], reachedMs };
    await driver.send(topics.observations, 't/f/0', value);
  };
  return {
    driver,
    report,
    asked: () => {
      const asked = rows;
      rows = 0;
      return asked;
    },
  };
}

const all = (timeMs: number) => agents.map((agent, i) => [agent, timeMs, 20 + i] as const);

describe('in its grace a window', () => {
  test('is scored ahead, so that its close asks nothing of the model', async () => {
    const { driver, report, asked } = await startChain();
    await report(startMs + 500, all(startMs + 500));
    expect(await driver.anticipate()).toBe(0); // it is not over
    await report(startMs + 1_060, []);
    expect(await driver.anticipate()).toBe(1);
    expect(asked()).toBe(agents.length);
    await report(startMs + 1_250, []);
    expect(asked()).toBe(0);
    expect(driver.outputs.map(({ topic }) => topic)).toContain(topics.scores.name);
  });

  test('is scored anew if more of it comes, and not if what comes is of the next', async () => {
    const { driver, report, asked } = await startChain();
    await report(startMs + 1_060, all(startMs + 500));
    expect(await driver.anticipate()).toBe(1);
    await report(startMs + 1_100, all(startMs + 1_090));
    expect(await driver.anticipate()).toBe(0);
    await report(startMs + 1_150, [['a', startMs + 900, 70]]);
    expect(await driver.anticipate()).toBe(1);
    expect(asked()).toBe(2 * agents.length);
    await report(startMs + 1_160, [['b', startMs + 910, 70]]);
    await report(startMs + 1_250, []); // no time was left to think
    expect(asked()).toBe(agents.length);
  });
});

test('a model that comes into use meanwhile scores the window all the same', async () => {
  const { driver, report } = await startChain();
  await report(startMs + 1_060, all(startMs + 500));
  expect(await driver.anticipate()).toBe(1);
  const { key, value } = modelUse(other, otherText, { warmFromMs: 0, effectiveMs: startMs });
  await driver.send(topics.models, key, value);
  await report(startMs + 1_250, []);
  const scores = driver.outputs.filter(({ topic }) => topic === topics.scores.name);
  expect(scores.map((record) => topics.scores.codec.decode(record.value ?? Buffer.of()).model)).toEqual([other.id]);
});

test('what is written is the same bytes, worked out ahead or not, whatever comes when and whichever model is in use', async () => {
  const steps = fc.array(
    fc.record({
      goesOnMs: fc.integer({ min: 1, max: 400 }),
      beats: fc.array(
        fc.tuple(fc.constantFrom(...agents), fc.integer({ min: 0, max: 700 }), fc.constantFrom(20, 25, 900)),
      ),
      thinks: fc.boolean(),
      swaps: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
    }),
    { minLength: 20, maxLength: 40 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (input) => {
      const ahead = await startChain();
      const plain = await startChain();
      let nowMs = startMs;
      for (const { goesOnMs, beats, thinks, swaps } of input) {
        nowMs += goesOnMs;
        for (const { driver, report } of [ahead, plain]) {
          if (swaps) {
            const { key, value } = modelUse(other, otherText, { warmFromMs: nowMs - 1_000, effectiveMs: nowMs + 500 });
            await driver.send(topics.models, key, value);
          }
          await report(
            nowMs,
            beats.map(([agent, agoMs, latencyMs]) => [agent, nowMs - agoMs, latencyMs] as const),
          );
        }
        if (thinks) await ahead.driver.anticipate();
      }
      expect(ahead.driver.outputs).toEqual(plain.driver.outputs);
      for (const store of ['cells', 'memories', 'shapes', 'planners']) {
        const entries = [ahead, plain].map(({ driver }) => {
          const { spec } = driver.store(store);
          return [...driver.store(store).keys()].map((key) => [key, spec.encode(driver.store(store).get(key))]);
        });
        expect(entries[0]).toEqual(entries[1]);
      }
    }),
    { numRuns: 15, seed },
  );
});

test('a draft is good for its very bytes and once; beyond the limit the oldest go', () => {
  const drafts = new Drafts<number>();
  const bytes = (n: number): Uint8Array => Uint8Array.of(1, n);
  drafts.keep('a', bytes(1), 1);
  expect(drafts.take('a', bytes(2))).toBeNull();
  expect(drafts.take('a', bytes(1))).toBeNull();
  drafts.keep('a', bytes(1), 1);
  drafts.keep('a', bytes(3), 3);
  expect(drafts.take('a', bytes(3))).toBe(3);
  expect(drafts.take('a', bytes(3))).toBeNull();
  for (let i = 0; i < 300; i++) drafts.keep(`k${i}`, bytes(0), i);
  expect(drafts.take('k0', bytes(0))).toBeNull();
  expect(drafts.take('k299', bytes(0))).toBe(299);
  drafts.clear();
  expect(drafts.take('k298', bytes(0))).toBeNull();
});
