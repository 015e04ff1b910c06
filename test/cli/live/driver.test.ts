import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openTopics, type Topics, topicSpecs } from '../../../pipelines/topics.ts';
import type { Decision, Proposal } from '../../../schemas/records.ts';
import { FleetDriver } from '../../../src/cli/live/driver.ts';
import { createReferenceFleet, type ReferenceFleet } from '../../../src/fleet/reference/index.ts';
import { LogError } from '../../../src/streams/log.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { changed } from '../../streams/wire.ts';
import { agreement, signedDecision, wishOf } from '../signed-decision.ts';

const startMs = 1_700_000_000_000;
let nowMs = startMs;
let log: MemoryLog;
let topics: Topics;
let fleet: ReferenceFleet;
let driver: FleetDriver;
let refused: string[];
let failures: Error[];

beforeEach(async () => {
  nowMs = startMs;
  refused = [];
  failures = [];
  log = new MemoryLog({ now: () => nowMs });
  topics = await openTopics(new MemoryRegistry());
  await log.createTopics(topicSpecs(topics, [], 2));
  fleet = createReferenceFleet({
    seed: 1,
    tenant: 'demo',
    fleet: 'reference',
    agents: 20,
    startMs: startMs - 10_000,
    heartbeatMs: 1000,
  });
  driver = await FleetDriver.start({
    log,
    topics,
    fleet,
    agreement,
    now: () => nowMs,
    refused: (_decision, reason) => refused.push(reason),
    failed: (error) => failures.push(error),
  });
});
afterEach(async () => {
  await driver.close();
  await log.close();
  expect(failures).toEqual([]);
});

async function decide(
  changes: Partial<Omit<Proposal, 'id'>> = {},
  { forge = (decision: Decision) => decision, partition = 0 } = {},
): Promise<string> {
  const proposal = wishOf(changes);
  const decision = forge(signedDecision(proposal, topics.proposals.codec.encode(proposal)));
  const writer = await log.writer();
  await writer.write([
    { topic: topics.decisions.name, partition, key: null, value: topics.decisions.codec.encode(decision) },
  ]);
  await writer.close();
  return proposal.id;
}

const read = <T>(topic: { readonly name: string; readonly codec: { decode(bytes: Uint8Array): T } }): T[] =>
  [0, 1].flatMap((partition) =>
    log.read({ topic: topic.name, partition }).map(({ value }) => topic.codec.decode(value ?? new Uint8Array())),
  );

test('the past is played window by window, nothing of a later window before the pipeline took the earlier', async () => {
  const seen: number[] = [];
  await driver.catchUp(1000, async () => {
    const times = read(topics.heartbeats).map(({ timeMs }) => timeMs);
    seen.push(Math.max(...times));
  });
  expect(seen.length).toBeGreaterThanOrEqual(9);
  expect(seen.every((timeMs, i) => timeMs < startMs - 10_000 + 1000 * (i + 1))).toBe(true);
  expect(driver.sent.heartbeats).toBe(read(topics.heartbeats).length);
  expect(driver.sent.heartbeats).toBeGreaterThan(150);
});

test('an approved decision that checks out is carried out and reported', async () => {
  const id = await decide();
  await expect.poll(() => read(topics.actions)).toMatchObject([{ proposalId: id, kind: 'APPLIED' }]);
  expect(fleet.interventions).toMatchObject([{ id, kind: 'THROTTLE' }]);
});

test('a decision that does not check out is not carried out', async () => {
  await decide({}, { forge: (decision) => ({ ...decision, dryRun: true }) });
  await decide({}, { forge: (decision) => ({ ...decision, targets: ['store-01'] }) });
  await decide(
    {},
    {
      forge: ({ certificate, ...decision }) => ({
        ...decision,
        certificate: { ...certificate, signatures: certificate.signatures.slice(0, 2) },
      }),
    },
  );
  // Agreed on for the cells of another partition, as it might be in another deployment.
  await decide({}, { partition: 1 });
  await expect
    .poll(() => refused)
    .toEqual([
      expect.stringContaining('NOT_IN_BLOCK'),
      expect.stringContaining('decision-copies-differ: targets'),
      expect.stringContaining('TOO_FEW_SIGNERS'),
      expect.stringContaining('WRONG_INSTANCE'),
    ]);
  expect(fleet.interventions).toEqual([]);
  expect(read(topics.actions)).toEqual([]);
});

test('what is no decision is passed over, and the next one is carried out', async () => {
  const writer = await log.writer();
  for (const value of [null, Buffer.from('garbage'), Buffer.from([0, 0, 0, 0, 1, 255])])
    await writer.write([{ topic: topics.decisions.name, partition: 0, key: null, value }]);
  await writer.close();
  const id = await decide();
  await expect.poll(() => read(topics.actions)).toMatchObject([{ proposalId: id, kind: 'APPLIED' }]);
});

test('decisions about other fleets are left to their actuators', async () => {
  await decide({ fleet: 'other' });
  await decide();
  await expect.poll(() => read(topics.actions)).toHaveLength(1);
  expect(refused).toEqual([]);
});

test('a write that fails while a leader moves is tried again; one that cannot succeed is not', async () => {
  let tries = 0;
  const errors = [
    new LogError('partition-unknown', 'went nowhere'),
    new Error('no connection'),
    null,
    new LogError('not-authorized', 'no'),
  ];
  const failing = changed(log, {
    writer: async () => {
      const writer = await log.writer();
      return {
        ...writer,
        write: async (records) => {
          const error = errors[tries++];
          if (error !== null) throw error;
          await writer.write(records);
        },
      };
    },
  });
  const failed: Error[] = [];
  const other = await FleetDriver.start({
    log: failing,
    topics,
    fleet,
    agreement,
    now: () => nowMs,
    refused: () => undefined,
    failed: (error) => failed.push(error),
  });
  onTestFinished(() => other.close());
  await other.catchUp(3_000, async () => undefined);
  expect(tries).toBe(4);
  expect(failed).toMatchObject([{ code: 'not-authorized' }]);
  expect(other.sent.heartbeats).toBe(read(topics.heartbeats).length);
  expect(other.sent.heartbeats).toBeGreaterThan(30);
});
