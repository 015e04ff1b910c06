/** What becomes of records that a database cannot hold, wherever the worker ends between the log and the database. */
import { expect, onTestFinished, test } from 'vitest';
import type { Alert } from '../../schemas/records.ts';
import type { BeforeCommit, Sink, SinkBatch, SinkPosition } from '../../src/sinks/sink.ts';
import { sinkWorker } from '../../src/sinks/sink-task.ts';
import { LogError, type OutRecord } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { CodecError } from '../../src/streams/schema/codec-error.ts';
import { Worker } from '../../src/streams/worker.ts';
import { makeRuntime, until } from '../streams/wire.ts';

const ALERTS = { topic: 'aura.alerts', partition: 0 } as const;

/** A database that holds everything but the record at offset 1, where that can be read. Fails at the commit as often as it is told. */
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
  codec: {
    encode: (): Buffer => Buffer.from('an alert'),
    decode: (bytes: Uint8Array) => {
      if (String(bytes) !== 'an alert') throw new CodecError('body-invalid', 'as the test wants');
      return {} as Alert;
    },
  },
} as unknown as Topic;

const sent = { ...ALERTS, key: null, value: Buffer.from('an alert') };
const unreadable = { ...sent, value: Buffer.from('no alert') };

async function run(database: Database, records: readonly OutRecord[]) {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  await log.createTopics(
    [ALERTS.topic, 'aura.dead-letters'].map((name) => ({ name, partitions: 1, compacted: false })),
  );
  const counted: string[] = [];
  const states: string[] = [];
  const runtime = await makeRuntime(log, {
    observer: {
      deadLetter: (_name, _partition, code) => counted.push(code),
      taskState: (_name, _partition, state, error) => states.push(error instanceof LogError ? error.code : state),
    },
  });
  const writer = await log.writer();
  await writer.write(records);
  return {
    counted,
    states,
    /** As a process of its own. */
    async start() {
      const spec = sinkWorker({ name: 'graph', runtime, sink: database, topics: [alerts], writer });
      const worker = await Worker.start(runtime, spec, (error) => {
        throw error;
      });
      onTestFinished(() => worker.close());
      return worker;
    },
    written: () => until('the batch is written', () => database.next === records.length, 10_000),
    letters: () =>
      log
        .read({ topic: 'aura.dead-letters', partition: 0 })
        .map(({ value }) => runtime.deadLetters.codec.decode(value ?? new Uint8Array()))
        .map(({ processor, offset, code }) => `${processor} ${offset} ${code}`),
  };
}

test('a record that is refused is in the dead letters before anything is committed', async () => {
  const { start, written, letters } = await run(new Database(0), [sent, sent, sent]);
  await start();
  await written();
  expect(letters()).toEqual(['graph 1 row-invalid']);
});

test('while the database fails the batch is tried again, and each letter is written and counted once', async () => {
  const database = new Database(3);
  const { start, written, letters, counted } = await run(database, [unreadable, sent, sent, unreadable]);
  await start();
  await written();
  expect(database.kept).toEqual([2]);
  expect(letters()).toEqual(['graph 0 body-invalid', 'graph 3 body-invalid', 'graph 1 row-invalid']);
  expect(counted).toEqual(['body-invalid', 'body-invalid', 'row-invalid']);
});

test('a process that ends between the letters and the commit leaves them to be written again by the next', async () => {
  const database = new Database(1);
  const { start, written, letters } = await run(database, [unreadable, sent, sent]);
  const first = await start();
  await until('the commit has failed', () => database.failuresLeft === 0, 10_000);
  await first.close();
  await start();
  await written();
  expect(database.kept).toEqual([2]);
  const both = ['graph 0 body-invalid', 'graph 1 row-invalid'];
  expect(letters()).toEqual([...both, ...both]);
});

test('a position past the end of its partition is refused: what comes below it would never be kept', async () => {
  const database = new Database(0);
  database.next = 7;
  const { start, states } = await run(database, [sent, sent, sent]);
  const worker = await start();
  await until('the task has an end or a beginning', () => states.length > 0);
  expect(states[0]).toBe('position-lost');
  await worker.close();
  expect(states.at(-1)).toBe('closed');
});

test('a task that is stopped before it began, after one that failed, is told of as closed', async () => {
  const database = new Database(1);
  const { start, states } = await run(database, [sent]);
  const worker = await start();
  await until('the first task has failed', () => states.includes('failed'));
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  database.positions = async () => {
    asked.resolve();
    await answer.promise;
    return [{ ...ALERTS, nextOffset: null }];
  };
  await asked.promise;
  const closed = worker.close();
  answer.resolve();
  await closed;
  expect(states.at(-1)).toBe('closed');
});
