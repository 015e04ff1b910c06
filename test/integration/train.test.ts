/** `aura train` on one's own data: the same minutes of a fleet on a real broker and in a real Postgres. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openTopics, topicSpecs } from '../../pipelines/topics.ts';
import type { Action } from '../../schemas/records.ts';
import { writeRecords } from '../../src/cli/tables.ts';
import { readModel } from '../../src/liquid/model.ts';
import { migrate } from '../../src/sinks/postgres/migrate.ts';
import { openPostgresSink } from '../../src/sinks/postgres/postgres-sink.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { ConfluentRegistry } from '../../src/streams/schema/confluent-registry.ts';
import { lastJson, run } from '../cli/fake-io.ts';
import { signedDecision, validators, wishOf } from '../cli/signed-decision.ts';
import { recordedRun, START_MS } from '../cli/training/recorded-run.ts';
import { runOf } from '../sinks/records.ts';
import { openKafkaLog } from './kafka.ts';
import { type FreshDatabase, freshDatabase } from './postgres.ts';

const kafka = inject('kafka');
const registry = inject('registry');
const postgres = inject('postgres');

const names = { tenant: 'acme', fleet: 'shop' };
const recorded = recordedRun(names);
/** Somebody throttled an agent in the ninth minute. */
const throttled = recorded.snapshots[0].agents[0].agent;
const wish = wishOf({ ...names, kind: 'THROTTLE', targets: [throttled] });
const action: Action = {
  proposalId: wish.id,
  ...names,
  cell: 0,
  kind: 'APPLIED',
  actuator: 'test',
  timeMs: START_MS + 500_000,
  detail: '',
};

let folder = '';
let env: NodeJS.ProcessEnv = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-train-'));
  await writeFile(join(folder, 'incidents.csv'), recorded.incidents);
  env = { AURA_MODELS_DIR: join(folder, 'models') };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function train(source: 'topics' | 'history', name: string, ...more: readonly string[]) {
  const args = ['--name', name, '--tenant', 'acme', '--fleet', 'shop', '--epochs', '3', ...more, '--json'];
  return await run(['train', source, ...args], { env });
}

function incidents(): readonly string[] {
  return ['--incidents', join(folder, 'incidents.csv')];
}

/** What both sources must come to. */
async function expectModel(name: string): Promise<void> {
  const model = readModel(JSON.parse(await readFile(join(folder, 'models', `${name}.json`), 'utf8')));
  expect(model.made).toMatchObject({
    labels: { incidents: recorded.failures.length },
    interventions: { THROTTLE: 1 },
    splits: {
      training: { agents: 8, incidents: 7 },
      validation: { incidents: 3 },
      test: { to: new Date(START_MS + 779_000).toISOString(), incidents: 2 },
    },
    incidentsFile: { incidents: recorded.failures.length },
    seen: { windowsMs: [1000], agentsPerCell: { least: 8, most: 8 } },
  });
  expect(model.metrics).toMatchObject({
    about: expect.stringContaining('the last part in time'),
    failure: { all: { auc: expect.any(Number) }, reliability: expect.any(Array) },
    start: { model: expect.stringMatching(/^failure-v\d/), all: { auc: expect.any(Number) } },
    calibration: { chosen: expect.stringMatching(/^(platt|isotonic)$/) },
  });
  const { failure } = model.metrics as unknown as { failure: { all: { auc: number } } };
  expect(failure.all.auc).toBeGreaterThan(0.8);
  const card = lastJson(await run(['model', 'card', name, '--json'], { env })) as { limits: string[] };
  expect(card.limits).toContainEqual(expect.stringMatching(/1 interventions were carried out/));
}

describe.skipIf(kafka === null || registry === null)('from the topics of a broker', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    const prefix = `train-${process.pid}-${Date.now()}.`;
    env = {
      ...env,
      AURA_BROKERS: kafka?.brokers.join(','),
      AURA_REGISTRY_URL: registry?.url,
      AURA_PREFIX: prefix,
      AURA_CLUSTER: 'test',
    };
    const log = openKafkaLog({ prefix });
    const topics = await openTopics(new ConfluentRegistry({ url: registry?.url ?? '' }));
    const key = 'acme/shop/0';
    await log.createTopics(topicSpecs(topics, [], 2));
    await writeRecords(
      log,
      topics.snapshots,
      recorded.snapshots.map((value) => ({ key, value })),
    );
    // Another tenant's fleet of the same name is none of acme's business.
    const foreign = recorded.snapshots
      .slice(0, 40)
      .map((value) => ({ key: 'other/shop/0', value: { ...value, tenant: 'other' } }));
    await writeRecords(log, topics.snapshots, foreign);
    await writeRecords(
      log,
      topics.validators,
      validators.map(({ id, publicKey }) => ({ key: id, value: { id, publicKey: Buffer.from(publicKey) } })),
    );
    const instance = `test/aura.proposals/${partitionOf(Buffer.from(key), 2)}`;
    const decision = signedDecision(wish, topics.proposals.codec.encode(wish), false, { instance });
    await writeRecords(log, topics.decisions, [{ key, value: decision }]);
    await writeRecords(log, topics.actions, [{ key, value: action }]);
    await log.close();
  });

  test('a model that scores comes of it, with its card', async () => {
    const ran = await train('topics', 'from-topics', ...incidents());
    expect(lastJson(ran)).toMatchObject({
      model: expect.stringMatching(/^from-topics@/),
      warnings: [/./].map(() => expect.any(String)),
    });
    expect(ran.exitCode).toBe(0);
    await expectModel('from-topics');
  });

  test('its name is taken then, and said to be before anything is read', async () => {
    expect(lastJson(await train('topics', 'from-topics', ...incidents()))).toMatchObject({
      error: { code: 'model-exists' },
    });
  });

  test('too few incidents are said to be too few, and how many are needed', async () => {
    const ran = await train('topics', 'few', '--to', new Date(START_MS + 200_000).toISOString());
    expect(ran.exitCode).toBe(1);
    expect(lastJson(ran)).toMatchObject({
      error: {
        code: 'data-insufficient',
        message: expect.stringMatching(/holds \d incidents? .* at least 8 are needed/),
      },
    });
    const none = await run(['train', 'topics', '--name', 'n', '--tenant', 'nobody', '--json'], { env });
    expect(lastJson(none)).toMatchObject({ error: { code: 'data-missing' } });
  });
});

describe.skipIf(postgres === null)('from the history in Postgres', { timeout: 60_000 }, () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
    env = { ...env, AURA_POSTGRES_URL: database.url };
    await migrate(database.url);
    const sink = await openPostgresSink({ url: database.url, logId: 'test' });
    await sink.write([
      runOf('aura.snapshots', 0, recorded.snapshots),
      runOf('aura.decisions', 0, [signedDecision(wish, Buffer.from('a proposal'))]),
      runOf('aura.actions', 0, [action]),
    ]);
    await sink.close();
  });
  afterAll(() => database.drop());

  test('a model comes of it as of the topics', async () => {
    const ran = await train('history', 'from-history', ...incidents());
    expect(ran.exitCode).toBe(0);
    await expectModel('from-history');
  });

  test('a database that was never migrated is said to be so', async () => {
    const empty = await freshDatabase();
    try {
      const args = ['train', 'history', '--name', 'n', '--tenant', 'acme', '--json'];
      const ran = await run(args, { env: { ...env, AURA_POSTGRES_URL: empty.url } });
      expect(lastJson(ran)).toMatchObject({ error: { code: 'schema-missing' } });
    } finally {
      await empty.drop();
    }
  });
});
