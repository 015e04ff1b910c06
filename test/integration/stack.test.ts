/** Each real server does the one thing that everything else here builds on. */
import { randomUUID } from 'node:crypto';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import neo4jDriver from 'neo4j-driver';
import pg from 'pg';
import { describe, expect, inject, test, vi } from 'vitest';
import { commandWorks } from '../../infra/stack/command.ts';
import { stackStatus, startStack } from '../../infra/stack/stack.ts';

// A busy machine may take seconds to form a consumer group for the first time.
vi.setConfig({ testTimeout: 120_000 });

const kafka = inject('kafka');
const registry = inject('registry');
const postgres = inject('postgres');
const neo4j = inject('neo4j');

/** Values of the topic's first partition up to the record whose value is `last`. */
async function readUntil(consumer: Consumer, topic: string, last: string): Promise<string[]> {
  const values: string[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        // kafkajs starts over by itself after an error that may pass.
        if (!payload.restart) reject(payload.error);
      });
      const running = consumer.run({
        eachMessage: async ({ message }) => {
          const value = String(message.value);
          values.push(value);
          if (value === last) resolve();
        },
      });
      running.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return values;
}

describe.skipIf(kafka === null)('a real Kafka broker', () => {
  const client = new Kafka({ brokers: [...(kafka?.brokers ?? [])], logLevel: logLevel.NOTHING });
  const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

  async function createTopic(): Promise<string> {
    const topic = unique('smoke');
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    await admin.disconnect();
    return topic;
  }

  test('hands a record from a producer to a consumer', async () => {
    const topic = await createTopic();
    const producer = client.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'a', value: 'hello' }] });
    await producer.disconnect();
    expect(await readUntil(client.consumer({ groupId: unique('group') }), topic, 'hello')).toEqual(['hello']);
  });

  test('hides what an aborted transaction wrote from a read_committed consumer, and from no other', async () => {
    const topic = await createTopic();
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: unique('writer') });
    await producer.connect();
    for (const [value, commits] of [
      ['kept', true],
      ['aborted', false],
      ['end', true],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }] });
      await (commits ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();

    const committed = client.consumer({ groupId: unique('group') });
    const uncommitted = client.consumer({ groupId: unique('group'), readUncommitted: true });
    expect(await readUntil(committed, topic, 'end')).toEqual(['kept', 'end']);
    expect(await readUntil(uncommitted, topic, 'end')).toEqual(['kept', 'aborted', 'end']);
  });

  test('commits offsets together with a transaction, or not at all', async () => {
    const topic = await createTopic();
    const groupId = unique('group');
    const producer = client.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId: unique('writer') });
    const admin = client.admin();
    await Promise.all([producer.connect(), admin.connect()]);
    const offsetAfter = async (offset: string, commits: boolean): Promise<string | undefined> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value: offset }] });
      const topics = [{ topic, partitions: [{ partition: 0, offset }] }];
      await transaction.sendOffsets({ consumerGroupId: groupId, topics });
      await (commits ? transaction.commit() : transaction.abort());
      const [fetched] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return fetched?.partitions[0]?.offset;
    };
    expect(await offsetAfter('7', true)).toBe('7');
    expect(await offsetAfter('9', false)).toBe('7');
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  });
});

const nativeKafka = kafka !== null && (await commandWorks('mvn', ['--version']));

test.skipIf(!nativeKafka)('a broker killed by kill -9 comes back under its address with its records', async () => {
  const stack = await startStack({ services: ['kafka'] });
  try {
    const client = new Kafka({ brokers: [...stack.kafka.brokers], logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'kept', numPartitions: 1 }] });
    await admin.disconnect();
    const before = client.producer();
    await before.connect();
    await before.send({ topic: 'kept', messages: [{ value: 'before' }] });
    await before.disconnect();

    // What is asked for too late is refused, and takes nothing down that ran before.
    const late = startStack({ services: ['kafka'], folder: stack.folder, secure: true });
    await expect(late).rejects.toMatchObject({ code: 'NOT_SECURE' });
    expect((await stackStatus(stack.folder))[0]).toMatchObject({ name: 'kafka', status: 'ready' });

    await stack.kill('kafka');
    await expect(startStack({ services: ['kafka'], folder: stack.folder, secure: true })).rejects.toMatchObject({
      code: 'NOT_SECURE',
    });
    await stack.start('kafka');

    const after = client.producer();
    await after.connect();
    await after.send({ topic: 'kept', messages: [{ value: 'after' }] });
    await after.disconnect();
    expect(await readUntil(client.consumer({ groupId: 'reader' }), 'kept', 'after')).toEqual(['before', 'after']);
  } finally {
    await stack.stop();
  }
});

describe.skipIf(registry === null)('a real schema registry', () => {
  test('gives a schema an id under which another client decodes, and refuses an incompatible change', async () => {
    const host = registry?.url ?? '';
    const name = `Smoke${randomUUID().replaceAll('-', '')}`;
    const schema = (fields: readonly unknown[]): { type: SchemaType.AVRO; schema: string } => ({
      type: SchemaType.AVRO,
      schema: JSON.stringify({ type: 'record', name, namespace: 'aura.test', fields }),
    });
    const writer = new SchemaRegistry({ host });
    const subject = `${name}-value`;
    const { id } = await writer.register(schema([{ name: 'load', type: 'double' }]), { subject });
    const bytes = await writer.encode(id, { load: 0.25 });
    expect([bytes[0], bytes.readInt32BE(1)]).toEqual([0, id]);
    expect(await new SchemaRegistry({ host }).decode(bytes)).toEqual({ load: 0.25 });

    const response = await fetch(`${host}/config/${subject}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'BACKWARD_TRANSITIVE' }),
    });
    expect(response.status).toBe(200);
    const withoutDefault = schema([
      { name: 'load', type: 'double' },
      { name: 'unit', type: 'string' },
    ]);
    await expect(writer.register(withoutDefault, { subject })).rejects.toThrow();
  });
});

describe.skipIf(postgres === null)('a real Postgres', () => {
  test('answers a query and rolls a transaction back', async () => {
    const client = new pg.Client({ connectionString: postgres?.url ?? '' });
    await client.connect();
    await client.query('create temporary table smoke (n int primary key)');
    await client.query('begin');
    await client.query('insert into smoke select unnest($1::int[])', [[1, 2, 3]]);
    await client.query('rollback');
    const { rows } = await client.query('select count(*)::int as n, version() as version from smoke');
    await client.end();
    expect(rows[0]).toMatchObject({ n: 0, version: expect.stringMatching(/^PostgreSQL 1[5-9]/) });
  });
});

describe.skipIf(neo4j === null)('a real Neo4j', () => {
  test('merges a batch twice and holds it once', async () => {
    const { url, user, password } = neo4j ?? { url: '', user: '', password: '' };
    const driver = neo4jDriver.driver(url, neo4jDriver.auth.basic(user, password));
    const run = randomUUID();
    const merge = 'UNWIND $names AS name MERGE (:Smoke {run: $run, name: name})';
    try {
      for (let time = 0; time < 2; time += 1) await driver.executeQuery(merge, { run, names: ['a', 'b'] });
      const { records } = await driver.executeQuery('MATCH (s:Smoke {run: $run}) RETURN count(s) AS n', { run });
      expect(records[0]?.get('n').toNumber()).toBe(2);
      await driver.executeQuery('MATCH (s:Smoke {run: $run}) DELETE s', { run });
    } finally {
      await driver.close();
    }
  });
});
