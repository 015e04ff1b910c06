/** What every log must do for the runtime's promises to hold; run against the in-memory log and against a real broker. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeadLetter, Order } from '../../schemas/records.ts';
import {
  type Log,
  type LogRecord,
  type OutRecord,
  type Position,
  recordBytes,
  recordBytesMax,
  type TopicSpec,
} from '../../src/streams/log.ts';
import { groupOf, orderTopicOf } from '../../src/streams/names.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { replay } from '../../src/streams/replay.ts';
import type { Observer, Runtime } from '../../src/streams/runtime.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { tally, tallySpecs, tallyTopics } from './tally.ts';
import { makeRuntime, until } from './wire.ts';

const partitions = 2;
const specs = tallySpecs(partitions);

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | null): string => Buffer.from(value ?? []).toString();

function record(topic: string, key: string, value: string): OutRecord {
  const count = topic === tallyTopics.factors.name ? 1 : partitions;
  return { topic, partition: partitionOf(bytes(key), count), key: bytes(key), value: bytes(value) };
}

/** All committed records of a topic's partition that are there now. */
export async function readAll(log: Log, topic: string, partition: number): Promise<LogRecord[]> {
  const bounds = (await log.bounds(topic)).find((candidate) => candidate.partition === partition);
  if (bounds === undefined || bounds.high === bounds.low) return [];
  const out: LogRecord[] = [];
  let done = false;
  const consumer = await log.consume({
    kind: 'positions',
    positions: [{ topic, partition, offset: bounds.low }],
    records: (_from, records, nextOffset) => {
      out.push(...records.filter(({ offset }) => offset < bounds.high));
      if (nextOffset >= bounds.high) done = true;
    },
    failed: (error) => {
      throw error;
    },
  });
  await until(`${topic}/${partition} is read to ${bounds.high}`, () => done);
  await consumer.close();
  return out;
}

export function describeLog(name: string, open: () => Promise<Log>): void {
  async function fresh(): Promise<Log> {
    const log = await open();
    onTestFinished(() => log.close());
    await log.createTopics(specs);
    return log;
  }

  async function startWorker(runtime: Runtime): Promise<Worker> {
    const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
      throw error;
    });
    onTestFinished(() => worker.close());
    return worker;
  }

  async function sums(log: Log): Promise<LogRecord[]> {
    return (await Promise.all([0, 1].map((partition) => readAll(log, tallyTopics.sums.name, partition)))).flat();
  }

  async function deadLetters(log: Log, runtime: Runtime): Promise<DeadLetter[]> {
    return (await readAll(log, 'aura.dead-letters', 0)).map(({ value }) =>
      runtime.deadLetters.codec.decode(value ?? new Uint8Array()),
    );
  }

  /** Replays both partitions from the log alone and expects what the log holds. */
  async function expectReplayEqual(log: Log, runtime: Runtime): Promise<void> {
    const counts = new Map([
      [tallyTopics.sums.name, partitions],
      ['aura.dead-letters', 1],
    ]);
    for (let partition = 0; partition < partitions; partition++) {
      const orders = (await readAll(log, orderTopicOf(tally), partition)).map(
        ({ value }): Order => runtime.orders.decode(value ?? new Uint8Array()),
      );
      const inputs = await Promise.all([
        readAll(log, tallyTopics.left.name, partition),
        readAll(log, tallyTopics.right.name, partition),
        readAll(log, tallyTopics.factors.name, 0),
      ]);
      const replayed = await replay({
        processor: tally,
        partition,
        deadLetters: runtime.deadLetters,
        partitionCounts: counts,
        orders,
        inputs,
      });
      const written = await readAll(log, tallyTopics.sums.name, partition);
      expect(replayed.filter(({ topic }) => topic === tallyTopics.sums.name).map(({ value }) => text(value))).toEqual(
        written.map(({ value }) => text(value)),
      );
    }
  }

  describe(`${name}: the log`, () => {
    test('records of a partition are read in the order written, with key, value, headers and append time', async () => {
      const log = await fresh();
      const writer = await log.writer();
      const before = Date.now();
      await writer.write([
        { ...record('tally.left', 'a', '1'), headers: { h: bytes('x') } },
        record('tally.left', 'a', '2'),
      ]);
      await writer.write([record('tally.left', 'a', '3')]);
      const records = await readAll(log, 'tally.left', partitionOf(bytes('a'), partitions));
      expect(records.map(({ value }) => text(value))).toEqual(['1', '2', '3']);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2]);
      expect(text(records[0].key)).toBe('a');
      expect(text(records[0].headers.h)).toBe('x');
      expect(records[0].appendMs).toBeGreaterThan(before - 60_000);
    });

    test('a topic has as many partitions as it is to have, or more where it may, and is given what it lacks', async () => {
      const log = await fresh();
      const spec = (name: string, partitions: number, more: Partial<TopicSpec> = {}): TopicSpec => {
        return { name, partitions, compacted: false, ...more };
      };
      await log.createTopics([spec('wide', 3), spec('following', 1)]);
      const refused = expect.objectContaining({ code: 'topic-partitions-differ' });
      await expect(log.createTopics([spec('wide', 2)])).rejects.toEqual(refused);
      await expect(log.createTopics([spec('wide', 4, { mayHaveMore: true })])).rejects.toEqual(refused);
      const asked = [spec('wide', 2, { mayHaveMore: true }), spec('following', 1, { asManyAs: ['wide'] })];
      await Promise.all([log.createTopics(asked), log.createTopics(asked)]);
      await log.createTopics(asked);
      await until('it has three', async () => (await log.bounds('following')).length === 3);
      expect([await log.partitionCount('wide'), await log.partitionCount('following')]).toEqual([3, 3]);
    });

    test('a record for a partition that the topic does not have is refused, and the transaction with it', async () => {
      const log = await fresh();
      const good = record('tally.left', 'a', '1');
      const lost = { ...good, partition: partitions };
      const refused = expect.objectContaining({ code: 'partition-unknown' });
      await expect((await log.writer()).write([lost])).rejects.toEqual(refused);
      const writer = await log.transactionalWriter('partition-unknown');
      await expect(writer.commit([good, lost], 'readers', [])).rejects.toEqual(refused);
      await writer.close();
      // The next one of the id ends what the first had begun.
      await (await log.transactionalWriter('partition-unknown')).commit([good], 'readers', []);
      expect(await readAll(log, 'tally.left', good.partition)).toHaveLength(1);
    });

    test('the largest records are taken, alone and together, with what is in their headers', async () => {
      const log = await fresh();
      const writer = await log.writer();
      const part = Math.floor(recordBytesMax / 2);
      const inHeaders = { ...record('tally.left', 'a', ''), headers: { h: Buffer.alloc(recordBytesMax - 2) } };
      const inValue = { ...record('tally.left', 'a', ''), value: Buffer.alloc(recordBytesMax - 1) };
      const halves = [0, 1].map(() => ({ ...record('tally.left', 'a', ''), headers: { h: Buffer.alloc(part) } }));
      await writer.write([inHeaders, inValue, ...halves]);
      const records = await readAll(log, 'tally.left', partitionOf(bytes('a'), partitions));
      expect(records.map(recordBytes)).toEqual([inHeaders, inValue, ...halves].map(recordBytes));
    });

    test('a commit appends to all topics and moves the positions together', async () => {
      const log = await fresh();
      const writer = await log.transactionalWriter('one');
      const positions: Position[] = [{ topic: 'tally.left', partition: 0, offset: 7 }];
      await writer.commit([record('tally.sums', 'a', 'x'), record('tally.right', 'b', 'y')], 'group', positions);
      // A broker answers a commit before its markers are written.
      await until('the record can be read', async () => (await sums(log)).length > 0);
      expect((await sums(log)).map(({ value }) => text(value))).toEqual(['x']);
      const asked = ['tally.left', 'tally.right'].map((topic) => ({ topic, partition: 0 }));
      await until('the position is committed', async () => (await log.committed('group', asked)).length > 0);
      expect(await log.committed('group', asked)).toEqual(positions);
      expect(await readAll(log, 'tally.right', partitionOf(bytes('b'), partitions))).toHaveLength(1);
    });

    test('a topic that is not there is named', async () => {
      const log = await fresh();
      const unknown = { code: 'topic-unknown', message: expect.stringMatching(/^there is no topic .*nowhere$/) };
      await expect(log.bounds('nowhere')).rejects.toMatchObject(unknown);
      await expect(log.partitionCount('nowhere')).rejects.toMatchObject(unknown);
    });

    test('a newer writer of the same id fences the older one, which can then neither write nor commit', async () => {
      const log = await fresh();
      const older = await log.transactionalWriter('same');
      await older.commit([record('tally.sums', 'a', 'before')], 'group', []);
      const newer = await log.transactionalWriter('same');
      await expect(
        older.commit([record('tally.sums', 'a', 'zombie')], 'group', [
          { topic: 'tally.left', partition: 0, offset: 9 },
        ]),
      ).rejects.toMatchObject({
        code: 'writer-fenced',
      });
      await newer.commit([record('tally.sums', 'a', 'after')], 'group', []);
      // A broker answers a commit before its markers are written.
      await until('the newer one is read', async () => (await sums(log)).length > 1);
      expect((await sums(log)).map(({ value }) => text(value))).toEqual(['before', 'after']);
      expect(await log.committed('group', [{ topic: 'tally.left', partition: 0 }])).toEqual([]);
    });

    test('a consumer at positions can be paused, resumed and sent back', async () => {
      const log = await fresh();
      const writer = await log.writer();
      const partition = partitionOf(bytes('a'), partitions);
      const at = { topic: 'tally.left', partition };
      const seen: string[] = [];
      const consumer = await log.consume({
        kind: 'positions',
        positions: [{ ...at, offset: 0 }],
        records: (_from, records) => seen.push(...records.map(({ value }) => text(value))),
        failed: (error) => {
          throw error;
        },
      });
      await writer.write([record('tally.left', 'a', '1')]);
      await until('the first record is seen', () => seen.length === 1);
      consumer.pause([at]);
      await writer.write([record('tally.left', 'a', '2')]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(seen).toEqual(['1']);
      consumer.seek({ ...at, offset: 0 });
      consumer.resume([at]);
      await until('it is read again', () => seen.length === 3);
      expect(seen).toEqual(['1', '1', '2']);
      await consumer.close();
    });

    test('records before a position can be deleted, but for those since a time', async () => {
      const log = await fresh();
      const writer = await log.writer();
      const partition = partitionOf(bytes('a'), partitions);
      for (const value of ['0', '1', '2', '3']) await writer.write([record('tally.left', 'a', value)]);
      const topic = 'tally.left';
      const rest = async () => (await readAll(log, topic, partition)).map(({ value }) => text(value));
      const [, { appendMs }] = await readAll(log, topic, partition);
      await log.deleteBefore([{ topic, partition, offset: 3 }], appendMs - 3_600_000);
      expect(await rest()).toEqual(['0', '1', '2', '3']);
      const later = appendMs + 3_600_000;
      await log.deleteBefore([{ topic, partition, offset: 3 }], later);
      expect(await rest()).toEqual(['3']);
      expect((await log.bounds(topic))[partition]).toEqual({ partition, low: 3, high: 4 });
      await log.deleteBefore([{ topic, partition, offset: 1 }], later);
      expect(await rest()).toEqual(['3']);
      await log.deleteBefore([{ topic, partition, offset: 4 }], later);
      expect((await log.bounds(topic))[partition]).toEqual({ partition, low: 4, high: 4 });
      await writer.write([record(topic, 'a', '4')]);
      expect(await rest()).toEqual(['4']);
    });

    test('a group gives the same partition of every topic to one member, and each partition to one only', async () => {
      const log = await fresh();
      const assigned: number[][] = [[], []];
      const join = (member: number) =>
        log.consume({
          kind: 'group',
          group: 'members',
          topics: ['tally.left', 'tally.right'],
          assigned: (got) => {
            assigned[member] = [...got];
          },
          records: () => undefined,
          failed: (error) => {
            throw error;
          },
        });
      const first = await join(0);
      await until('the first has both', () => assigned[0].length === 2);
      const second = await join(1);
      await until('each has one', () => assigned[0].length === 1 && assigned[1].length === 1);
      expect([...assigned[0], ...assigned[1]].sort()).toEqual([0, 1]);
      await first.close();
      await until('the second has both', () => assigned[1].length === 2);
      await second.close();
    });
  });

  describe(`${name}: the runtime's promises`, () => {
    async function produce(log: Log, count: number, from = 0): Promise<void> {
      const writer = await log.writer();
      for (let i = from; i < from + count; i++) {
        const key = `k${i % 7}`;
        await writer.write([record(i % 3 === 0 ? 'tally.right' : 'tally.left', key, `n${i}=${i}`)]);
      }
      await writer.close();
    }

    test('each record counts once, in order, through workers that come and go, and state survives them', async () => {
      const log = await fresh();
      const runtime = await makeRuntime(log, { limits: { batchRecords: 5 } });
      const total = 200;
      const producing = produce(log, total);
      let worker = await startWorker(runtime);
      for (const target of [50, 100, 150]) {
        await until(`${target} sums`, async () => (await sums(log)).length >= target);
        const other = await startWorker(runtime);
        await worker.close();
        worker = other;
      }
      await producing;
      await until('all sums are there', async () => (await sums(log)).length >= total);
      const values = (await sums(log)).map(({ value }) => text(value));
      expect(new Set(values.map((value) => value.split(' ')[0])).size).toBe(total);
      expect(values).toHaveLength(total);
      for (let k = 0; k < 7; k++) {
        const numbers = Array.from({ length: total }, (_, i) => i).filter((i) => i % 7 === k);
        const expected = numbers.reduce((a, b) => a + b, 0);
        expect(
          values.filter((value) =>
            numbers.some((i) => value.startsWith(`n${i}=`) && value.split(' ')[1] === String(expected)),
          ),
        ).toHaveLength(1);
      }
      await worker.close();
      await expectReplayEqual(log, runtime);
    });

    test('what cannot be read, is refused or makes the processor throw goes to the dead letters, and the partition goes on', async () => {
      const log = await fresh();
      const runtime = await makeRuntime(log);
      const writer = await log.writer();
      await writer.write([
        record('tally.left', 'a', 'good=1'),
        record('tally.left', 'a', 'unreadable'),
        record('tally.left', 'a', 'bad=x'),
        record('tally.left', 'a', 'throw=1'),
        { ...record('tally.left', 'a', ''), value: null },
        record('tally.left', 'a', 'good=2'),
        record('tally.left', 'a', 'throw=2'),
        record('tally.left', 'a', 'good=3'),
      ]);
      const worker = await startWorker(runtime);
      await until('the good ones are through', async () => (await sums(log)).length === 3);
      await until('the bad ones are accounted for', async () => (await deadLetters(log, runtime)).length === 5);
      expect((await sums(log)).map(({ value }) => text(value).split(' ')[1])).toEqual(['1', '3', '6']);
      const letters = await deadLetters(log, runtime);
      expect(letters.map(({ code, offset }) => `${offset} ${code}`).sort()).toEqual([
        '1 text-unreadable',
        '2 not-a-number',
        '3 processing-failed',
        '4 value-missing',
        '6 processing-failed',
      ]);
      expect(text(letters.find(({ offset }) => offset === 1)?.value ?? null)).toBe('unreadable');
      await worker.close();
      await expectReplayEqual(log, runtime);
    });

    test('a table is known before the first record, and its changes take their place in the order', async () => {
      const log = await fresh();
      const runtime = await makeRuntime(log);
      const writer = await log.writer();
      await writer.write([record('tally.factors', 'f', '10'), record('tally.left', 'a', 'x=1')]);
      const worker = await startWorker(runtime);
      await until('the first sum', async () => (await sums(log)).length === 1);
      await writer.write([record('tally.factors', 'f', '100')]);
      await until('the change is in the order', async () => {
        const orders = await readAll(log, orderTopicOf(tally), partitionOf(bytes('a'), partitions));
        return orders.some(({ value }) =>
          runtime.orders
            .decode(value ?? new Uint8Array())
            .entries.some(({ input, nextOffset }) => input === 2 && nextOffset >= 2),
        );
      });
      await writer.write([record('tally.left', 'a', 'x=1')]);
      await until('the second sum', async () => (await sums(log)).length === 2);
      expect((await sums(log)).map(({ value }) => text(value).split(' ')[1])).toEqual(['10', '110']);
      await worker.close();
      await expectReplayEqual(log, runtime);
    });

    test('a key that falls silent is woken by a record of its own', async () => {
      const log = await fresh();
      const runtime = await makeRuntime(log);
      const writer = await log.writer();
      await writer.write([record('tally.left', 'a', 'wake')]);
      await startWorker(runtime);
      await until('the tick came and was counted', async () =>
        (await sums(log)).some(({ value }) => text(value).startsWith('tick=100 ')),
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await sums(log)).toHaveLength(1);
    });

    test('a full queue pauses the partition, bounds what is held, and loses nothing', async () => {
      const log = await fresh();
      let held = 0;
      const observer: Observer = { processed: (_name, _partition, records) => (held = Math.max(held, records)) };
      const runtime = await makeRuntime(log, { limits: { queuedRecords: 50, batchRecords: 10 }, observer });
      const writer = await log.writer();
      const total = 1_000;
      for (let i = 0; i < total; i += 100)
        await writer.write(Array.from({ length: 100 }, (_, j) => record('tally.left', 'a', `n=${i + j}`)));
      await startWorker(runtime);
      await until('all are through', async () => (await sums(log)).length === total, 60_000);
      expect(held).toBeLessThanOrEqual(10);
      const last = (await sums(log)).at(-1);
      expect(text(last?.value ?? null).split(' ')[1]).toBe(String((total * (total - 1)) / 2));
    });

    test('the group position is what was processed', async () => {
      const log = await fresh();
      const runtime = await makeRuntime(log);
      const writer = await log.writer();
      await writer.write([record('tally.left', 'a', 'n=1'), record('tally.left', 'a', 'n=2')]);
      const worker = await startWorker(runtime);
      await until('both are through', async () => (await sums(log)).length === 2);
      await worker.close();
      const partition = partitionOf(bytes('a'), partitions);
      const at = [{ topic: 'tally.left', partition }];
      await until('the position is committed', async () => (await log.committed(groupOf(tally), at))[0]?.offset === 2);
    });
  });
}
