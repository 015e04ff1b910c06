/** Where snapshots, assessment and planning run apart, others may write between them: what the state could not hold is refused before it is kept. */
import { afterAll, expect, test } from 'vitest';
import { assessment } from '../../pipelines/assessment.ts';
import { cellsMax } from '../../pipelines/cell-room.ts';
import { outcomes } from '../../pipelines/outcomes.ts';
import { planning } from '../../pipelines/planning.ts';
import { openTopics } from '../../pipelines/topics.ts';
import type { Scores, Signature } from '../../schemas/records.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { genuine } from '../cli/signed-decision.ts';
import { agents, cell, scoresAt, snapshotOf, startMs } from '../interventions/world.ts';
import { Driver } from './driver.ts';

const key = `${cell.tenant}/${cell.fleet}/${cell.cell}`;

const engine = await loadEngine();
const topics = await openTopics(new MemoryRegistry());
afterAll(() => engine.close());

function codes(driver: Driver): readonly string[] {
  const { name, codec } = topics['dead-letters'];
  return driver.outputs.flatMap(({ topic, value }) =>
    topic === name && value !== null ? [codec.decode(value).code] : [],
  );
}

test('a snapshot that leaves a state which cannot be read again, or one under another cell, is refused', async () => {
  const driver = await Driver.start(assessment(topics, engine), topics['dead-letters']);
  const honest = snapshotOf(0, agents({ agent: 'a' }, { agent: 'b' }));
  const [agent] = honest.agents;
  await driver.send(topics.snapshots, key, honest);
  await driver.send(topics.snapshots, 'evil/f/0', {
    ...honest,
    ...{ tenant: 'evil', fleet: 'f', cell: 0 },
    agents: [{ ...agent, agent: 'x'.repeat(300) }],
  });
  // As a changelog's delta of the honest cell's memory this would be read at the next start.
  await driver.send(topics.snapshots, `${key}#${engine.model.id}\0`, { ...honest, tenant: 'evil' });
  await driver.send(topics.snapshots, 'evil/f/0', honest);
  expect(codes(driver)).toEqual(['string-too-long', 'wrong-cell', 'wrong-cell']);
  expect([...driver.restored('memories').keys()]).toEqual([`${key}#${engine.model.id}`]);
  expect([...driver.restored('shapes').keys()]).toEqual([key]);
});

test('a snapshot of more agents or edges than a cell has is not looked into', async () => {
  const driver = await Driver.start(assessment(topics, engine), topics['dead-letters']);
  const honest = snapshotOf(0, agents({ agent: 'a' }));
  const [agent] = honest.agents;
  const edge = { caller: 'a', callee: 'b', count: 1, errors: 0, latencyMs: null, boundary: false };
  const many = Array.from({ length: 257 }, (_, i) => ({ ...agent, agent: `a${i}` }));
  await driver.send(topics.snapshots, key, { ...honest, agents: many });
  await driver.send(topics.snapshots, key, { ...honest, edges: Array.from({ length: 4_097 }, () => edge) });
  expect(codes(driver)).toEqual(['cell-too-large', 'edges-too-many']);
});

test('scores of more agents than a cell has are not planned for', async () => {
  const driver = await Driver.start(planning(topics, genuine(topics)), topics['dead-letters']);
  const specs = Array.from({ length: 257 }, (_, i) => ({ agent: `a${i}`, failure: 1 }));
  for (let window = 0; window < 3; window++) await driver.send(topics.scores, key, scoresAt(window, specs));
  expect(codes(driver)).toEqual(['cell-too-large', 'cell-too-large', 'cell-too-large']);
  expect(driver.sizes).toEqual({ planners: 0, 'early-signatures': 0 });
});

test('scores and signatures of made-up cells take no more memory than so many cells may', async () => {
  const driver = await Driver.start(planning(topics, genuine(topics)), topics['dead-letters']);
  const window = {
    ...{ fleet: 'f', cell: 0, windowStartMs: startMs, windowEndMs: startMs + 1_000 },
    snapshotHash: Buffer.alloc(32),
  };
  const failing = {
    ...{ agent: 'a', failure: 0.1, confidence: 1, silentMs: 0, signals: [], neighbours: [] },
    deviation: { latency: 0, traffic: 0, errors: 0, saturation: 0 },
  };
  const scores = { ...window, model: 'm', horizonMs: 1_000, cascade: 0, agents: [failing] };
  const signature = { ...window, states: [], graph: [], vector: [], stability: 1 };
  for (let i = 0; i < cellsMax + 10; i++) {
    const tenant = `scored-${i}`;
    await driver.send<Scores>(topics.scores, `${tenant}/f/0`, { ...scores, tenant });
    await driver.send<Signature>(topics.signatures, `shaped-${i}/f/0`, { ...signature, tenant: `shaped-${i}` });
  }
  await driver.send<Scores>(topics.scores, 'nonsense', { ...scores, tenant: 'evil' });
  await driver.send<Signature>(topics.signatures, 'evil/f/0\0', { ...signature, tenant: 'evil' });
  expect(driver.sizes).toEqual({ planners: cellsMax, 'early-signatures': cellsMax });
  expect(codes(driver)).toEqual([...Array.from({ length: 20 }, () => 'cells-too-many'), 'wrong-cell', 'wrong-cell']);
  // Cells that are known are planned for all the same.
  const next = { windowStartMs: startMs + 1_000, windowEndMs: startMs + 2_000 };
  await driver.send<Scores>(topics.scores, 'scored-0/f/0', { ...scores, ...next, tenant: 'scored-0' });
  expect(codes(driver)).toHaveLength(22);
});

const small = snapshotOf(0, [{ agent: 'a' }]);

/** A record's key, and the record as if it were of that cell. */
function madeUp<T>(name: string, i: number, value: T) {
  const tenant = `${name}-${i}`;
  return [`${tenant}/f/0`, { ...value, tenant, fleet: 'f', cell: 0 }] as const;
}

test('nor do snapshots of made-up cells where they are assessed', async () => {
  const driver = await Driver.start(assessment(topics, engine), topics['dead-letters']);
  for (let i = 0; i < cellsMax + 5; i++) await driver.send(topics.snapshots, ...madeUp('seen', i, small));
  expect(driver.sizes).toEqual({ memories: cellsMax, shapes: cellsMax });
  expect(codes(driver)).toEqual(Array.from({ length: 5 }, () => 'cells-too-many'));
});

test('nor where outcomes are measured, and made-up actions leave room to cells that have snapshots', async () => {
  const driver = await Driver.start(outcomes(topics, genuine(topics)), topics['dead-letters']);
  const action = { proposalId: 'x', kind: 'APPLIED', actuator: 'test', timeMs: startMs, detail: '' } as const;
  for (let i = 0; i < cellsMax + 5; i++) await driver.send(topics.actions, ...madeUp('acting', i, action));
  expect(driver.sizes).toEqual({ trackers: cellsMax });
  for (let i = 0; i < cellsMax + 5; i++) await driver.send(topics.snapshots, ...madeUp('seen', i, small));
  expect(driver.sizes).toEqual({ trackers: 2 * cellsMax });
  expect(codes(driver)).toEqual(Array.from({ length: 10 }, () => 'cells-too-many'));
});
