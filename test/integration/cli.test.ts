/** The commands on a real broker and registry. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openTopics } from '../../pipelines/topics.ts';
import { publicKeyToPem } from '../../src/consensus/keys.ts';
import { ConfluentRegistry } from '../../src/streams/schema/confluent-registry.ts';
import { lastJson, run } from '../cli/fake-io.ts';
import { signedDecision, validators, wishOf } from '../cli/signed-decision.ts';
import { openKafkaLog } from './kafka.ts';

const kafka = inject('kafka');
const registry = inject('registry');

describe.skipIf(kafka === null || registry === null)('on a cluster', { timeout: 60_000 }, () => {
  let folder = '';
  let env: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-cluster-'));
    env = {
      AURA_BROKERS: kafka?.brokers.join(','),
      AURA_REGISTRY_URL: registry?.url,
      AURA_PREFIX: `cli-${process.pid}-${Date.now()}.`,
      AURA_KEYS_DIR: join(folder, 'keys'),
    };
  });
  afterAll(() => rm(folder, { recursive: true }));

  const aura = async (...args: readonly string[]) => {
    const ran = await run([...args, '--json'], { env });
    return { ...ran, json: lastJson(ran) };
  };

  test('topics are made once, and listed', async () => {
    const { json } = await aura('topics', 'create');
    expect(json).toMatchObject({
      created: expect.arrayContaining([
        'aura.heartbeats',
        'aura.policies',
        'aura.layout',
        'aura.validators-state',
        'aura.snapshots-assessment-planning-order',
        'aura.consensus-learner-changelog',
      ]),
      existing: 0,
    });
    expect((await aura('topics', 'create')).json).toMatchObject({ created: [] });
    const { topics } = (await aura('topics', 'list')).json as { topics: { name: string }[] };
    expect(topics.find(({ name }) => name === 'aura.heartbeats')).toMatchObject({ exists: true, partitions: 4 });
    expect(topics.find(({ name }) => name === 'aura.policies')).toMatchObject({ partitions: 1, table: true });
  });

  test('an operator has the cluster score by a model from a time on', async () => {
    expect((await aura('model', 'uses')).json).toMatchObject({ uses: [] });
    const effective = '2030-01-01T00:01:00.000Z';
    const { json } = await aura('model', 'use', 'failure-v1', '--warm', '60s', '--effective', effective);
    expect(json).toMatchObject({
      model: expect.stringMatching(/^failure-v1@[0-9a-f]{12}$/),
      warmFrom: '2030-01-01T00:00:00.000Z',
      effective,
    });
    expect((await aura('model', 'uses')).json).toMatchObject({ uses: [json] });
    expect(await aura('model', 'use', 'nobody')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'model-not-found' } },
    });
  });

  test('a tenant is in dry-run until its policy says otherwise', async () => {
    expect((await aura('policy', 'show', 'acme')).json).toMatchObject({ policy: { dryRun: true }, byDefault: true });
    await aura('policy', 'dry-run', 'acme', 'off');
    await aura('policy', 'stop', 'acme');
    await aura('policy', 'set', 'acme', '--budget', '5', '--cooldown', '30s', '--kinds', 'ESCALATE');
    expect((await aura('policy', 'show', 'acme')).json).toMatchObject({
      policy: { dryRun: false, stopped: true, budget: 5, cooldownMs: 30_000, allowedKinds: ['ESCALATE'] },
      byDefault: false,
    });
    const wrong = await aura('policy', 'set', 'acme', '--blast-radius', '7');
    expect(wrong).toMatchObject({ exitCode: 1, json: { error: { code: 'record-invalid' } } });
  });

  test('a fleet keeps what a change does not name', async () => {
    await aura('fleet', 'set', 'acme', 'shop', '--window', '10s', '--effective', '2026-01-01T00:00:00Z');
    await aura('fleet', 'set', 'acme', 'shop', '--cells', '8');
    expect((await aura('fleet', 'show', 'acme', 'shop')).json).toMatchObject({ fleet: { cells: 8, windowMs: 10_000 } });
  });

  test('public keys are published, and replaced on demand', async () => {
    await aura('keys', 'generate', '4');
    expect((await aura('keys', 'publish')).json).toMatchObject({ quorum: 3, faulty: 1 });
    env = { ...env, AURA_KEYS_DIR: join(folder, 'others') };
    await aura('keys', 'generate', '1', '--name', 'site-b');
    expect((await aura('keys', 'publish')).json.validators).toHaveLength(5);
    expect((await aura('keys', 'publish', '--replace')).json.validators).toEqual(['site-b']);
  });

  test('aura.consensus is trimmed, and it is said what holds it', async () => {
    env = { ...env, AURA_KEYS_DIR: join(folder, 'keys') };
    await aura('keys', 'publish', '--replace');
    const { json } = await aura('topics', 'trim', '--keep', '1d');
    expect(json).toMatchObject({ deleted: 0 });
    expect(json.partitions).toHaveLength(4);
    expect(json.partitions).toContainEqual(
      expect.objectContaining({ deleted: 0, heldBy: expect.stringMatching(/^validator-1, which has saved no state/) }),
    );
    const wrong = await aura('topics', 'trim', '--without', 'nobody');
    expect(wrong).toMatchObject({ exitCode: 2, json: { error: { code: 'usage-invalid' } } });
  });

  test('validators that have voted cannot be replaced', async () => {
    const log = openKafkaLog({ prefix: env.AURA_PREFIX ?? '' });
    try {
      const writer = await log.writer();
      await writer.write([{ topic: 'aura.consensus', partition: 0, key: null, value: Buffer.from('a vote') }]);
    } finally {
      await log.close();
    }
    expect((await aura('keys', 'publish')).json).toMatchObject({ removed: [] });
    env = { ...env, AURA_KEYS_DIR: join(folder, 'others') };
    for (const args of [[], ['--replace']])
      expect(await aura('keys', 'publish', ...args)).toMatchObject({
        exitCode: 1,
        json: { error: { code: 'validators-fixed' } },
      });
  });

  test('a decision that is not there is said to be missing', async () => {
    const { exitCode, json } = await aura('verify', '--id', '00ff');
    expect({ exitCode, json }).toMatchObject({ exitCode: 1, json: { error: { code: 'decision-not-found' } } });
  });

  test('a decision of the topic holds where it was agreed on in this deployment, or in the instance named', async () => {
    const topics = await openTopics(new ConfluentRegistry({ url: registry?.url ?? '' }));
    const wish = wishOf();
    const value = topics.decisions.codec.encode(signedDecision(wish, topics.proposals.codec.encode(wish)));
    const log = openKafkaLog({ prefix: env.AURA_PREFIX ?? '' });
    try {
      await (await log.writer()).write([{ topic: topics.decisions.name, partition: 0, key: null, value }]);
    } finally {
      await log.close();
    }
    const keys = join(folder, 'signers');
    await mkdir(keys);
    for (const { id, publicKey } of validators) await writeFile(join(keys, `${id}.pub`), publicKeyToPem(publicKey));
    const own = ['verify', '--id', wish.id, '--keys', keys];
    expect(await aura(...own)).toMatchObject({ exitCode: 1, json: { ok: false, reason: 'WRONG_INSTANCE' } });
    expect((await aura(...own, '--instance', 'test/aura.proposals/0')).json).toMatchObject({ ok: true });
    env = { ...env, AURA_CLUSTER: 'test' };
    expect((await aura(...own)).json).toMatchObject({ ok: true, verdict: 'APPROVED' });
  });
});
