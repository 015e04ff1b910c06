/** What every sink promises; run against each adapter on each database. */
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StaleWorkerError } from '../../src/sinks/errors.ts';
import type { Sink, SinkBatch, SinkPartition, SinkRun } from '../../src/sinks/sink.ts';
import { startCuttingProxy } from './cutting-proxy.ts';
import { batches, honest, honestOrHostile, runOf } from './records.ts';

export interface SinkHarness {
  readonly host: string;
  readonly port: number;
  /** A sink on the database, by way of that port of the loopback interface where one is given. */
  open(port?: number): Promise<Sink>;
  /** Everything the database holds but times of writing, in an order that does not depend on the order of writing. */
  contents(): Promise<readonly string[]>;
  /** Empties the database. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface ContractOptions {
  /** Random batches that are cut off mid-way. */
  readonly cuts: number;
  /** Random hostile batches. */
  readonly hostileBatches: number;
}

export function describeSink(name: string, start: () => Promise<SinkHarness>, options: ContractOptions): void {
  describe(name, () => {
    let harness: SinkHarness;
    let sink: Sink;
    beforeAll(async () => {
      harness = await start();
      sink = await harness.open();
    }, 120_000);
    afterAll(async () => {
      await sink?.close();
      await harness?.close();
    });
    beforeEach(() => harness.clear());

    const partitionsOf = (batch: SinkBatch): readonly SinkPartition[] =>
      batch.map(({ topic, partition }) => ({ topic, partition }));
    const positionsBefore = (batch: SinkBatch) =>
      batch.map(({ topic, partition, expectedNextOffset }) => ({ topic, partition, nextOffset: expectedNextOffset }));
    const positionsAfter = (batch: SinkBatch) =>
      batch.map(({ topic, partition, nextOffset }) => ({ topic, partition, nextOffset }));
    const kept = (batch: SinkBatch): SinkBatch => batch.filter(({ topic }) => sink.topics.includes(topic));
    const honestBatches = batches((topic) => honest[topic])
      .map(kept)
      .filter((batch) => batch.length > 0);
    const sample = (): SinkBatch =>
      kept([
        runOf('aura.snapshots', 0, fc.sample(honest['aura.snapshots'], { numRuns: 5, seed: 1 })),
        runOf('aura.snapshots', 1, fc.sample(honest['aura.snapshots'], { numRuns: 5, seed: 2 })),
        runOf('aura.scores', 0, fc.sample(honest['aura.scores'], { numRuns: 5, seed: 3 })),
        runOf('aura.signatures', 0, fc.sample(honest['aura.signatures'], { numRuns: 5, seed: 4 })),
      ]);
    const follow = (batch: SinkBatch): SinkBatch =>
      batch.map((run) => ({
        ...run,
        expectedNextOffset: run.nextOffset,
        nextOffset: run.nextOffset + run.records.length,
        records: run.records.map((record) => ({ ...record, offset: record.offset + run.records.length })),
      })) as SinkBatch;

    test('a partition never written has no position', async () => {
      expect(await sink.positions([{ topic: 'aura.snapshots', partition: 7 }])).toEqual([
        { topic: 'aura.snapshots', partition: 7, nextOffset: null },
      ]);
    });

    test('a batch over several topics and partitions moves every position, with its rows', async () => {
      const batch = sample();
      const { rows, rejected } = await sink.write(batch);
      expect(rows).toBeGreaterThan(0);
      expect(rejected).toEqual([]);
      expect(await sink.positions(partitionsOf(batch))).toEqual(positionsAfter(batch));
    });

    test("the same batch again is refused as a stale worker's and changes nothing", async () => {
      const batch = sample();
      await sink.write(batch);
      const contents = await harness.contents();
      const error = await sink.write(batch).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(StaleWorkerError);
      expect(error).toMatchObject({
        code: 'stale-worker',
        retriable: false,
        expectedNextOffset: null,
        storedNextOffset: batch[0]?.nextOffset,
      });
      expect(await harness.contents()).toEqual(contents);
    });

    test('records that a producer published twice are kept once', async () => {
      const batch = sample();
      await sink.write(batch);
      const contents = await harness.contents();
      const again = follow(batch);
      await sink.write(again);
      expect(await harness.contents()).toEqual(contents);
      expect(await sink.positions(partitionsOf(again))).toEqual(positionsAfter(again));
    });

    test('one stale run spoils the whole batch', async () => {
      const [first, ...others] = sample();
      if (first === undefined) throw new Error('no sample');
      await sink.write([first]);
      const contents = await harness.contents();
      await expect(sink.write([...others, first])).rejects.toBeInstanceOf(StaleWorkerError);
      expect(await harness.contents()).toEqual(contents);
      expect(await sink.positions(partitionsOf(others))).toEqual(positionsBefore(others));
    });

    test('of two workers that write one partition at the same time, one is refused', async () => {
      const other = await harness.open();
      try {
        for (let round = 0, batch = sample(); round < 5; round++, batch = follow(batch)) {
          const results = await Promise.allSettled([sink.write(batch), other.write(batch)]);
          const refused = results.filter((result) => result.status === 'rejected');
          expect(refused.map(({ reason }) => (reason as Error).message)).toHaveLength(1);
          expect(refused[0]?.reason).toBeInstanceOf(StaleWorkerError);
        }
      } finally {
        await other.close();
      }
    });

    test('workers of different partitions write at the same time', async () => {
      const others = await Promise.all([harness.open(), harness.open()]);
      try {
        const values = fc.sample(honest['aura.snapshots'], { numRuns: 12, seed: 5 });
        await Promise.all(
          [sink, ...others].map(async (writer, partition) => {
            let next: number | null = null;
            for (const value of values) {
              const run: SinkRun<'aura.snapshots'> = runOf('aura.snapshots', partition, [value], next);
              await writer.write([run]);
              next = run.nextOffset;
            }
          }),
        );
        const partitions = [0, 1, 2].map((partition) => ({ topic: 'aura.snapshots' as const, partition }));
        expect((await sink.positions(partitions)).map(({ nextOffset }) => nextOffset)).toEqual([12, 12, 12]);
      } finally {
        await Promise.all(others.map((other) => other.close()));
      }
    });

    test('a run of control records alone moves its position', async () => {
      const run = { ...runOf('aura.snapshots', 0, []), nextOffset: 41 };
      expect(await sink.write([run])).toEqual({ rows: 0, rejected: [] });
      expect(await sink.positions(partitionsOf([run]))).toEqual(positionsAfter([run]));
    });

    test('a batch that contradicts itself is refused', async () => {
      const run = runOf('aura.snapshots', 0, fc.sample(honest['aura.snapshots'], { numRuns: 2, seed: 6 }));
      const invalid: SinkBatch[] = [
        [run, run],
        [{ ...run, nextOffset: 1 }],
        [{ ...run, expectedNextOffset: 1 }],
        [{ ...run, records: [...run.records].reverse() }],
      ];
      for (const batch of invalid) await expect(sink.write(batch)).rejects.toMatchObject({ code: 'batch-invalid' });
      expect(await harness.contents()).toEqual([]);
    });

    test('wherever the connection breaks, rows and positions are there together or not at all', {
      timeout: 120_000,
    }, async () => {
      const proxy = await startCuttingProxy(harness);
      try {
        await fc.assert(
          fc.asyncProperty(honestBatches, fc.double({ min: 0, max: 1, noNaN: true }), async (batch, where) => {
            await harness.clear();
            const reference = await harness.open(proxy.port);
            proxy.cutNever();
            await reference.write(batch);
            const bytes = proxy.bytes;
            await reference.close();
            const written = await harness.contents();

            await harness.clear();
            const cut = await harness.open(proxy.port);
            await cut.positions(partitionsOf(batch));
            proxy.cutAfter(Math.floor(where * bytes));
            const error = await cut.write(batch).then(
              () => null,
              (reason: unknown) => reason,
            );
            proxy.cutNever();
            if (error !== null) expect(error).toMatchObject({ code: 'database-unavailable', retriable: true });
            const positions = await sink.positions(partitionsOf(batch));
            const committed = positions[0]?.nextOffset !== null;
            expect(positions).toEqual(committed ? positionsAfter(batch) : positionsBefore(batch));
            expect(await harness.contents()).toEqual(committed ? written : []);
            if (!committed) await cut.write(batch);
            expect(await harness.contents()).toEqual(written);
            await cut.close();
          }),
          { numRuns: options.cuts },
        );
      } finally {
        await proxy.close();
      }
    });

    const mixed = batches((topic) => honestOrHostile(topic))
      .map(kept)
      .filter((batch) => batch.length > 0);

    test('a record the database cannot hold is rejected with its reason, and the rest goes in', {
      timeout: 120_000,
    }, async () => {
      await fc.assert(
        fc.asyncProperty(mixed, async (batch) => {
          await harness.clear();
          let told: readonly unknown[] = [];
          const { rejected } = await sink.write(batch, async (letters) => {
            told = letters;
          });
          for (const { reason } of rejected) expect(reason).toMatch(/valid is/);
          expect(told).toEqual(rejected);
          expect(await sink.positions(partitionsOf(batch))).toEqual(positionsAfter(batch));
        }),
        { numRuns: options.hostileBatches },
      );
    });

    test('nothing is written where what was rejected cannot be told', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(mixed, async (batch) => {
          await harness.clear();
          const before = await sink.positions(partitionsOf(batch));
          const untold = new Error('the letters cannot be written');
          let asked = false;
          const failing = async (): Promise<void> => {
            asked = true;
            throw untold;
          };
          const outcome = await sink.write(batch, failing).then(
            ({ rejected }) => rejected.length,
            (error: unknown) => error,
          );
          if (!asked) expect(outcome).toBe(0);
          else {
            expect(outcome).not.toBeTypeOf('number');
            expect(await sink.positions(partitionsOf(batch))).toEqual(before);
            expect((await sink.write(batch)).rejected).not.toEqual([]);
          }
        }),
        { numRuns: options.hostileBatches },
      );
    });

    test('a closed sink says so', async () => {
      const other = await harness.open();
      await other.close();
      await other.close();
      await expect(other.positions([])).rejects.toMatchObject({ code: 'sink-closed' });
    });
  });
}
