/** What anybody may put on aura.proposals: whatever it is, the proposals of others are decided all the same. */
import { expect, test } from 'vitest';
import { schema } from '../../../pipelines/topics.ts';
import type { Proposal, Snapshot } from '../../../schemas/records.ts';
import { proposalId } from '../../../src/interventions/proposal.ts';
import { partitionOf } from '../../../src/streams/partitioner.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { until } from '../../streams/wire.ts';
import { House } from './house.ts';

const key = 'demo/reference/0';

test('a time before 1970 is rejected like any other nonsense', async () => {
  const house = await House.open();
  await house.start();
  await house.send(house.topics.proposals, key, proposalOf({ id: 'early', createdMs: -1 }), proposalOf({ id: 'good' }));
  await house.decided('good');
  expect(await house.decided('early')).toMatchObject({ verdict: 'REJECTED', decidedMs: 0 });
  expect(house.failures).toEqual([]);
});

test('a proposal that is too large to be one counts for nothing, and its decision is not missed', async () => {
  const house = await House.open();
  await house.start();
  // Its decision, which holds the targets twice, would be larger than the log takes.
  const targets = Array.from({ length: 5_000 }, () => 'x'.repeat(1_000));
  await house.send(house.topics.proposals, key, proposalOf({ id: 'large', targets }), proposalOf({ id: 'good' }));
  await house.decided('good');
  await house.send(house.topics.proposals, key, proposalOf({ id: 'later' }));
  await house.decided('later');
  expect(house.failures).toEqual([]);
  expect(house.deadLetters).toEqual(['proposal-too-large']);
});

test('the largest proposal that is in order counts', async () => {
  const house = await House.open();
  await house.start();
  const targets = Array.from({ length: 256 }, (_, i) => String(i).padStart(128, '0'));
  const words = '\uffff'.repeat(1_000);
  const agents = targets.map((agent) => ({
    agent,
    failure: 1,
    silentMs: Number.MAX_SAFE_INTEGER,
    deviation: { latency: 50, traffic: 50, errors: 50, saturation: 50 },
  }));
  const { evidence } = proposalOf();
  const largest = wish({
    tenant: 't'.repeat(128),
    fleet: 'f'.repeat(128),
    targets,
    undo: words,
    reason: words,
    evidence: { ...evidence, model: words, agents },
  });
  await house.send(house.topics.proposals, key, largest);
  await house.send(
    house.topics.snapshots,
    `${largest.tenant}/${largest.fleet}/0`,
    snapshotTo(evidence.windowEndMs + 1),
  );
  // All of it is in order but that there is no such snapshot.
  expect(await house.decided(largest.id)).toMatchObject({ verdict: 'REJECTED', reason: 'SNAPSHOT_UNKNOWN' });
});

test('proposals about windows that never come hold up others no longer than their snapshots could', async () => {
  const house = await House.open({ blockItemsMax: 4 });
  await house.start();
  const waiting = Array.from({ length: 40 }, (_, i) => wish({ createdMs: 4e12 + i }));
  await house.send(house.topics.proposals, key, ...waiting, proposalOf({ id: 'good' }));
  await until('the validators have begun', () => house.log.read({ topic: 'aura.consensus', partition: 0 }).length >= 4);
  for (let second = 0; second <= 60 && house.decisions().length < 41; second++) {
    house.nowMs += 1_000;
    await house.send(house.topics.snapshots, key, snapshotTo(1_700_000_000_000 + second * 1_000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await house.decided('good');
  for (const { id } of waiting)
    expect(await house.decided(id)).toMatchObject({ verdict: 'REJECTED', reason: 'SNAPSHOT_UNKNOWN' });
  expect(house.failures).toEqual([]);
});

test('that the time of another cell is far ahead says nothing of a snapshot that is still to be read', async () => {
  const house = await House.open();
  await house.start();
  const behind = wish({});
  await house.send(house.topics.snapshots, 'evil/f/0', { ...snapshotTo(behind.createdMs + 3_600_000), tenant: 'evil' });
  await house.send(house.topics.proposals, key, behind, proposalOf({ id: 'good' }));
  await house.decided('good');
  await house.send(house.topics.snapshots, key, snapshotTo(behind.createdMs));
  expect(await house.decided(behind.id)).toMatchObject({ reason: 'SNAPSHOT_DIFFERS' });
});

test('ids that are nobody’s are not remembered: neither their length nor the wish they name counts', async () => {
  const house = await House.open();
  await house.start();
  const honest = wish({});
  const squatting = proposalOf({ id: honest.id, undo: '' });
  const long = Array.from({ length: 100 }, (_, i) => proposalOf({ id: `${i}`.padEnd(100_000, 'x') }));
  await house.send(house.topics.proposals, key, squatting, ...long);
  await until('they are decided', () => countOf(house) === 101);
  await house.send(house.topics.proposals, key, honest);
  await house.send(house.topics.snapshots, key, snapshotTo(honest.createdMs + 1_000));
  await until('the wish is decided too', () => countOf(house) === 102);
  expect(house.decisions().at(-1)).toMatchObject({ proposalId: honest.id, reason: 'SNAPSHOT_UNKNOWN' });
  const saved = house.log.read({ topic: 'aura.validators-state', partition: 0 });
  expect(saved.length).toBeGreaterThan(0);
  for (const { value } of saved) expect(value?.length).toBeLessThan(100_000);
  expect(house.failures).toEqual([]);
});

test('a proposal that says another thing by its own schema than by the one shipped is passed over', async () => {
  const house = await House.open();
  await house.start();
  const { registry, topics } = house;
  const written = schema('proposal') as { fields: { name: string; type: { symbols?: string[] } }[] };
  const kind = written.fields.find(({ name }) => name === 'kind');
  kind?.type.symbols?.reverse();
  const id = await registry.register('somebody-value', written);
  // What is a THROTTLE in the schema shipped, at the first place, is UNKNOWN in this one.
  const value = Buffer.from(topics.proposals.codec.encode(proposalOf({ id: 'two-faced' })));
  value.writeUInt32BE(id, 1);
  await house.sendBytes(topics.proposals.name, key, value);
  await house.send(topics.proposals, key, proposalOf({ id: 'good' }));
  await house.decided('good');
  expect(house.decisions()).toHaveLength(1);
  expect(house.deadLetters).toEqual(['proposal-ambiguous']);
});

test('a proposal on a cell of another partition is passed over: a decision on it would count for nobody', async () => {
  const house = await House.open({}, 2);
  await house.start();
  const cellsIn = (partition: number) => (cell: number) =>
    partitionOf(Buffer.from(`demo/reference/${cell}`), 2) === partition;
  const cells = Array.from({ length: 20 }, (_, cell) => cell);
  const [own] = cells.filter(cellsIn(0));
  const others = cells.filter(cellsIn(1)).map((cell) => proposalOf({ id: `misplaced-${cell}`, cell }));
  await house.send(house.topics.proposals, key, ...others, proposalOf({ id: 'good', cell: own }));
  await house.decided('good');
  await until('the learner has told of them', () => house.deadLetters.length === others.length);
  expect(house.deadLetters).toEqual(others.map(() => 'proposal-misplaced'));
  expect(house.decisions()).toHaveLength(1);
  expect(house.failures).toEqual([]);
});

/** In order in itself; there is no snapshot that it could rest on. */
function wish(changes: Partial<Proposal>): Proposal {
  const proposal = proposalOf(changes);
  const { createdMs, targets } = proposal;
  const windowEndMs = createdMs;
  const agents = targets.map((agent) => ({
    agent,
    failure: 1,
    silentMs: 0,
    deviation: { latency: 9, traffic: 0, errors: 0, saturation: 0 },
  }));
  const whole = {
    ...proposal,
    expiresMs: createdMs + 60_000,
    evidence: { ...proposal.evidence, agents, windowStartMs: windowEndMs - 1_000, windowEndMs },
  };
  return { ...whole, id: proposalId(whole) };
}

function snapshotTo(windowEndMs: number): Snapshot {
  const cell = { tenant: 'demo', fleet: 'reference', cell: 0 };
  return { ...cell, windowStartMs: windowEndMs - 1_000, windowEndMs, agents: [], edges: [] } as unknown as Snapshot;
}

/** Decisions, not decoded: the ids are long. */
function countOf(house: House): number {
  return house.log.read({ topic: house.topics.decisions.name, partition: 0 }).length;
}
