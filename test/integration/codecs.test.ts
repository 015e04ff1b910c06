/** A producer's Snappy, LZ4 or ZSTD batch, by Kafka's own Java client, must not wedge a partition: kafkajs reads none of the three. */
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findJava } from '../../infra/stack/java.ts';
import { kafkaLibraries } from '../../infra/stack/kafka.ts';
import { readAll } from '../streams/log-contract.ts';
import { hasKafka, openKafkaLog, testBrokers } from './kafka.ts';

/** The Java source launcher comes with a JDK only. */
const java = await findJava(17, 25).catch(() => null);
const compiles = java !== null && execFileSync(java, ['--list-modules']).includes('jdk.compiler');

test.skipIf(!hasKafka || !compiles)(
  'batches in gzip, snappy, lz4 and zstd are all read',
  { timeout: 120_000 },
  async () => {
    const prefix = `codecs-${randomUUID().slice(0, 8)}.`;
    const log = openKafkaLog({ prefix });
    await log.createTopics([{ name: 'aura.heartbeats', partitions: 1, compacted: false }]);
    const libraries = await kafkaLibraries();
    const value = JSON.stringify({
      tenant: 'acme',
      fleet: 'checkout',
      agent: 'worker-1',
      timeMs: 1,
      padding: 'x'.repeat(2_000),
    });
    for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
      const source = new URL('./CompressedProducer.java', import.meta.url).pathname;
      const args = [
        '-cp',
        join(libraries, '*'),
        source,
        testBrokers().join(','),
        `${prefix}aura.heartbeats`,
        codec,
        '5',
      ];
      const child = spawn(java ?? 'java', args, { stdio: ['pipe', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      child.stdin.end(value);
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      expect(code, said).toBe(0);
    }
    const records = await readAll(log, 'aura.heartbeats', 0);
    expect(records.map((record) => Buffer.from(record.value ?? []).toString())).toEqual(
      Array.from({ length: 20 }, () => value),
    );
    expect((await log.topicConfig('aura.heartbeats')).get('compression.type')).toBe('uncompressed');
    await log.close();
  },
);
