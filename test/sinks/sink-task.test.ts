/** What becomes of records that a database cannot hold, wherever the worker ends between the log and the database. */
import { expect, onTestFinished, test } from 'vitest';
import type { Alert } from '../../schemas/records.ts';
import type { BeforeCommit, Sink, SinkBatch, SinkPosition } from '../../src/sinks/sink.ts';
import { sinkWorker } from '../../src/sinks/sink-task.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { Worker } from '../../src/streams/worker.ts';
import { makeRuntime, until } from '../streams/wire.ts';

const ALERTS = { topic: 'aura.alerts', partition: 0 } as const;

/** A database that holds everything but the record at offset 1. Fails at the commit as often as it is told. */
class Database implements Sink {
  readonly topics = [ALERTS.topic];
  readonly kept: number[] = [];
  failuresLeft: number;
  next: number | null = null;

  constructor(failures: number) {
    this.failuresLeft = failures;
  }

  async positions(): Promise<readonly SinkPosition[]> {
    return [{ ...ALERTS, nextOffset: this.next }];
  }

  async write([run]: SinkBatch, beforeCommit?: BeforeCommit) {
    if (run === undefined) throw new Error('an empty batch');
    const rejected = run.records
      .filter(({ offset }) => offset === 1)
      .map(({ offset }) => ({ ...ALERTS, offset, code: 'row-invalid' as const, reason: 'as the test wants' }));
    if (rejected.length > 0) await beforeCommit?.(rejected);
    if (this.failuresLeft-- > 0) throw new Error('the connection broke');
    this.kept.push(...run.records.map(({ offset }) => offset).filter((offset) => offset !== 1));
    this.next = run.nextOffset;
    return { rows: run.records.length - rejected.length, rejected };
  }

  async close() {}
}

const alerts = {
  name: ALERTS.topic,
  codec: { encode: (): Buffer => Buffer.from('an alert'), decode: () => ({}) as Alert },
} as unknown as Topic;

async function run(database: Database) {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  await log.createTopics(
    [ALERTS.topic, 'aura.dead-letters'].map((name) => ({ name, partitions: 1, compacted: false })),
  );
  const runtime = await makeRuntime(log);
  const writer = await log.writer();
  const record = { ...ALERTS, key: null, value: Buffer.from('an alert') };
  await writer.write([record, record, record]);
  const spec = sinkWorker({ name: 'graph', runtime, sink: database, topics: [alerts], writer });
  const worker = await Worker.start(runtime, spec, (error) => {
    throw error;
  });
  onTestFinished(() => worker.close());
  await until('the batch is written', () => database.next === 3, 10_000);
  return () =>
    log
      .read({ topic: 'aura.dead-letters', partition: 0 })
      .map(({ value }) => runtime.deadLetters.codec.decode(value ?? new Uint8Array()))
      .map(({ processor, offset, code }) => `${processor} ${offset} ${code}`);
}

test('a record that is refused is in the dead letters before anything is committed', async () => {
  const letters = await run(new Database(0));
  expect(letters()).toEqual(['graph 1 row-invalid']);
});

test('a worker that ends between the letter and the commit writes the letter again', async () => {
  const database = new Database(1);
  const letters = await run(database);
  expect(database.kept).toEqual([0, 2]);
  expect(letters()).toEqual(['graph 1 row-invalid', 'graph 1 row-invalid']);
});
