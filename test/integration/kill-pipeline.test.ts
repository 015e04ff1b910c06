/**
 * The whole chain on real Kafka and Postgres under load, workers and validators killed with SIGKILL at random moments: every proposal is decided
 * once, every decision can be verified and stands once in Postgres, and the chain's outputs equal the replay of the order it logged. Amid the kills
 * the model is swapped, and swapped back.
 * AURA_KILL_ROUNDS sets how many kills.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { assessment } from '../../pipelines/assessment.ts';
import { GenuineDecisions } from '../../pipelines/genuine-decisions.ts';
import { planning } from '../../pipelines/planning.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import type { Decision, Order, Policy } from '../../schemas/records.ts';
import { loadEngine, shippedModel } from '../../src/cli/engine.ts';
import { modelUse } from '../../src/cli/model-use.ts';
import { writeRecords } from '../../src/cli/tables.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { checkCopies, verifyDecision } from '../../src/consensus/verify.ts';
import { cellKey } from '../../src/fleet/ids.ts';
import { Actuator, createReferenceFleet, Random, randomFaults } from '../../src/fleet/reference/index.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import { contentHash } from '../../src/liquid/content-hash.ts';
import { readModel } from '../../src/liquid/model.ts';
import { migrate } from '../../src/sinks/postgres/migrate.ts';
import { chain } from '../../src/streams/chain.ts';
import type { LogRecord, OutRecord } from '../../src/streams/log.ts';
import { orderTopicOf } from '../../src/streams/names.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { replay } from '../../src/streams/replay.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { readAll } from '../streams/log-contract.ts';
import { until } from '../streams/wire.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';
import type { WorkerArguments } from './kill/pipeline-worker.ts';
import { type Started, sleep, startScript } from './kill/processes.ts';
import { freshDatabase, hasPostgres } from './postgres.ts';

const rounds = Number(process.env.AURA_KILL_ROUNDS ?? 4);
const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));
const partitions = 2;
const tenant = 'acme';
const fleetName = 'kill';

test.skipIf(!hasKafka || !hasPostgres)(
  `the chain survives ${rounds} kills under load (AURA_SEED=${seed})`,
  { timeout: 240_000 + rounds * 15_000 },
  async () => {
    const random = new Random(seed, 'kills');
    const prefix = `chain-${randomUUID().slice(0, 8)}.`;
    const database = await freshDatabase();
    await migrate(database.url);
    const log = openKafkaLog({ prefix });
    const topics = await openTopics(new MemoryRegistry());
    const seeds = Object.fromEntries(['v1', 'v2', 'v3', 'v4'].map((id) => [id, randomBytes(32).toString('hex')]));
    const members = Object.entries(seeds).map(([id, hex]) => ({
      id,
      publicKey: keyPairFromSeed(Buffer.from(hex, 'hex')).publicKey,
    }));
    const shared = { brokers: testBrokers(), prefix, partitions, validators: seeds, postgresUrl: database.url };
    const streaming: WorkerArguments = {
      ...shared,
      pipelines: ['intake', 'snapshots', 'assessment', 'planning', 'outcomes', 'history'],
      hosted: [],
    };
    const voting = (hosted: readonly string[]): WorkerArguments => ({ ...shared, pipelines: ['consensus'], hosted });
    const plans = [streaming, streaming, voting(['v1']), voting(['v2']), voting(['v3', 'v4'])];

    await log.createTopics(topicSpecs(topics, [], partitions));
    const writer = await log.writer();
    const policy = { ...defaultPolicy(tenant), dryRun: false, cooldownMs: 2_000, budget: 200 };
    const writePolicy = (value: Policy): Promise<void> =>
      writer.write([
        {
          topic: topics.policies.name,
          partition: 0,
          key: Buffer.from(tenant),
          value: topics.policies.codec.encode(value),
        },
      ]);
    await writePolicy(policy);

    const shippedText = readFileSync(shippedModel, 'utf8');
    const otherModel = renamed(shippedText, 'other');
    const swapTo = async (text: string): Promise<void> => {
      const now = Date.now();
      const times = { warmFromMs: now, effectiveMs: now + 1_500 };
      await writeRecords(log, topics.models, [modelUse(readModel(JSON.parse(text)), text, times)]);
    };

    const processes: (Started | null)[] = plans.map(() => null);
    const start = async (index: number): Promise<void> => {
      processes[index] = await startScript('./pipeline-worker.ts', [JSON.stringify(plans[index])]);
    };
    let loading = true;
    const decisions: Decision[] = [];
    try {
      // Topics are made by whoever comes first; one after the other keeps the test simple.
      for (let i = 0; i < plans.length; i++) await start(i);
      const load = (async () => {
        const startMs = Date.now();
        const faults = randomFaults({
          seed,
          agents: 40,
          fromMs: startMs + 20_000,
          toMs: startMs + 900_000,
          everyMs: 4_000,
        });
        const fleet = createReferenceFleet({
          seed,
          tenant,
          fleet: fleetName,
          agents: 40,
          startMs,
          heartbeatMs: 250,
          faults,
        });
        const actuator = new Actuator(fleet, 'kill-test');
        const consumer = await log.consume({
          kind: 'positions',
          positions: Array.from({ length: partitions }, (_, partition) => ({
            topic: topics.decisions.name,
            partition,
            offset: 0,
          })),
          records: (_from, records) => {
            for (const { value } of records) if (value !== null) decisions.push(topics.decisions.codec.decode(value));
          },
          failed: (error) => {
            throw error;
          },
        });
        let acted = 0;
        while (loading) {
          await sleep(50);
          const { heartbeats, interactions } = fleet.advanceTo(Date.now());
          const out: OutRecord[] = [
            ...heartbeats.map((value, i) => ({
              topic: topics.heartbeats.name,
              partition: i % partitions,
              key: null,
              value: topics.heartbeats.codec.encode(value),
            })),
            ...interactions.map((value, i) => ({
              topic: topics.interactions.name,
              partition: i % partitions,
              key: null,
              value: topics.interactions.codec.encode(value),
            })),
          ];
          const actions = [...actuator.ended()];
          for (; acted < decisions.length; acted++) {
            const { verdict, dryRun, proposal } = decisions[acted];
            actions.push(
              ...actuator.act({ ...topics.proposals.codec.decode(proposal), approved: verdict === 'APPROVED', dryRun }),
            );
          }
          for (const action of actions) {
            const key = Buffer.from(cellKey(action.tenant, action.fleet, action.cell));
            out.push({
              topic: topics.actions.name,
              partition: partitionOf(key, partitions),
              key,
              value: topics.actions.codec.encode(action),
            });
          }
          await writer.write(out);
        }
        await consumer.close();
      })();
      // Faults begin after 20 s and are drawn by the seed: not each of them needs acting on.
      await until('the first decision is made', () => decisions.length > 0, 120_000);
      for (let round = 0; round < rounds; round++) {
        if (round === Math.floor(rounds / 4)) await swapTo(otherModel);
        if (round === Math.floor((3 * rounds) / 4)) await swapTo(shippedText);
        await sleep(300 + random.uniform() * 2_500);
        const victim = Math.floor(random.uniform() * plans.length);
        processes[victim]?.child.kill('SIGKILL');
        await start(victim);
      }
      await sleep(5_000);
      // A silent fleet would be acted on for as long as it is silent: one record stops all proposals.
      await writePolicy({ ...policy, stopped: true });
      await sleep(3_000);
      loading = false;
      await load;

      const count = async (topic: Topic): Promise<number> => (await everything(topic)).length;
      let proposed = -1;
      await until(
        'every proposal is decided and stored',
        async () => {
          await sleep(2_000);
          const before = proposed;
          proposed = await count(topics.proposals);
          const stored = await database.query<{ n: number }>('select count(*)::int as n from aura.decisions');
          return proposed === before && (await count(topics.decisions)) >= proposed && stored[0].n >= proposed;
        },
        120_000,
      );
    } finally {
      loading = false;
      for (const running of processes) running?.child.kill('SIGKILL');
    }

    const proposals = (await everything(topics.proposals)).map(({ value }) =>
      topics.proposals.codec.decode(value ?? Buffer.alloc(0)),
    );
    const decided = (await everything(topics.decisions)).map(({ value }) =>
      topics.decisions.codec.decode(value ?? Buffer.alloc(0)),
    );
    expect(proposals.length).toBeGreaterThan(0);
    expect(decided.map(({ proposalId }) => proposalId).sort()).toEqual(proposals.map(({ id }) => id).sort());
    expect(new Set(decided.map(({ proposalId }) => proposalId)).size).toBe(decided.length);
    for (const decision of decided) {
      expect(verifyDecision(decision, members)).toMatchObject({ ok: true });
      expect(checkCopies(decision, topics.proposals.codec.decode(decision.proposal))).toEqual([]);
    }

    const rows = await database.query<{ proposal_id: string }>('select proposal_id from aura.decisions');
    expect(rows.map((row) => row.proposal_id).sort()).toEqual(decided.map(({ proposalId }) => proposalId).sort());
    // The cell's windows go on closing; what counts is that none up to the last one stored is missing or there twice.
    const stored = await database.query<{ start: string }>(
      'select (extract(epoch from window_start) * 1000)::bigint as start from aura.snapshots order by 1',
    );
    const lastMs = Number(stored.at(-1)?.start);
    const windows = (await everything(topics.snapshots))
      .map(({ value }) => topics.snapshots.codec.decode(value ?? Buffer.alloc(0)).windowStartMs)
      .sort((a, b) => a - b);
    expect(new Set(windows).size).toBe(windows.length);
    expect(stored.map(({ start }) => Number(start))).toEqual(windows.filter((startMs) => startMs <= lastMs));

    const scoredBy = (await everything(topics.scores))
      .map(({ value }) => topics.scores.codec.decode(value ?? Buffer.alloc(0)))
      .sort((a, b) => a.windowStartMs - b.windowStartMs)
      .map(({ model }) => model.split('@')[0]);
    const turns = scoredBy.filter((name, i) => name !== scoredBy[i - 1]);
    const { name } = readModel(JSON.parse(shippedText));
    expect(turns).toEqual([name, 'other', name]);

    const engine = await loadEngine();
    const genuine = new GenuineDecisions(topics, { cluster: prefix, set: createValidatorSet(members) });
    const chained = chain([snapshots(topics), assessment(topics, engine), planning(topics, genuine)]);
    const inputs = [...chained.inputs, ...chained.tables];
    for (let partition = 0; partition < partitions; partition++) {
      const orders = (await readAll(log, orderTopicOf(chained), partition)).map(
        ({ value }): Order => topics.orders.decode(value ?? Buffer.alloc(0)),
      );
      const replayed = await replay({
        processor: chained,
        partition,
        deadLetters: topics['dead-letters'],
        partitionCounts: new Map([...chained.outputs, topics['dead-letters']].map(({ name }) => [name, partitions])),
        orders,
        inputs: await Promise.all(inputs.map(({ name, table }) => readAll(log, name, table ? 0 : partition))),
      });
      for (const { name } of chained.outputs) {
        const written = (await readAll(log, name, partition)).map(({ value }) => hex(value));
        expect(replayed.filter(({ topic }) => topic === name).map(({ value }) => hex(value))).toEqual(written);
      }
    }
    await engine.close();
    await log.close();
    await database.drop();
    process.stdout.write(
      `kill-pipeline: ${rounds} kills, ${windows.length} snapshots, ${proposals.length} proposals, ${decided.length} decisions, replay equal\n`,
    );

    async function everything(topic: Topic): Promise<LogRecord[]> {
      return (
        await Promise.all(Array.from({ length: partitions }, (_, partition) => readAll(log, topic.name, partition)))
      ).flat();
    }
  },
);

/** The same network under another name, and so with another id and states of its own. */
function renamed(text: string, name: string): string {
  const { hash: _, ...body } = JSON.parse(text) as { readonly hash: string };
  const other = { ...body, name };
  return JSON.stringify({ hash: contentHash(other), ...other });
}

function hex(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
