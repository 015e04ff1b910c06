/** Tasks that work on what is not committed yet commit after it, and begin again where it was not committed. */
import { randomInt } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { Random } from '../../src/fleet/reference/random.ts';
import type { Log } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { Pledges } from '../../src/streams/pledges.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { tally, tallySpecs, tallyTopics } from './tally.ts';
import { changed, makeRuntime, until } from './wire.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));

test('pledges are kept when all of them are, and broken for ever by one', async () => {
  const heard: string[] = [];
  const pledges = new Pledges();
  await pledges.kept();
  const [first, second, third] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  pledges.add(first.promise);
  pledges.add(second.promise);
  const kept = pledges.kept().then(() => heard.push('kept'));
  first.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(heard).toEqual([]);
  second.resolve();
  await kept;
  pledges.add(third.promise);
  third.reject(new Error('aborted'));
  await expect(pledges.kept()).rejects.toThrow('aborted');
  await expect(pledges.kept()).rejects.toThrow('aborted');
  expect(heard).toEqual(['kept']);
});

test(`each record counts once though its pledge may be broken (AURA_SEED=${seed})`, async () => {
  const random = new Random(seed, 'pledges');
  const memory = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => memory.close());
  await memory.createTopics(tallySpecs(1));
  const { left, sums } = tallyTopics;
  /** Where what was handed over and is not committed ends, once for each pledge; and pledges that were broken. */
  const uncommitted = new Set<number>();
  let broken = 0;
  const failures: unknown[] = [];
  /** Hands everything over with a pledge that is settled a little later; a broken one is as good as records that were never written: they are read again. */
  const ahead: Partial<Log> = {
    consume: (options) =>
      memory.consume({
        ...options,
        records: (from, records, nextOffset, behind) => {
          if (from.topic !== left.name) return options.records(from, records, nextOffset, behind, null);
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          promise.catch(() => undefined);
          // One of each whatever the seed; a task that fails again and again waits longer each time.
          const isBroken = broken < 4 && (broken === 0 || random.uniform() < 0.2);
          if (isBroken) broken++;
          for (const end of uncommitted) if (end > records[0].offset) uncommitted.delete(end);
          uncommitted.add(nextOffset);
          setTimeout(() => {
            if (isBroken) reject(new Error('aborted'));
            else {
              uncommitted.delete(nextOffset);
              resolve();
            }
          }, random.uniform() * 20);
          options.records(from, records, nextOffset, behind, promise);
        },
      }),
    transactionalWriter: async (id) => {
      const writer = await memory.transactionalWriter(id);
      return {
        ...writer,
        commit: (records, group, positions) => {
          for (const { topic, offset } of positions) {
            if (topic !== left.name) continue;
            for (const end of uncommitted) if (end <= offset) failures.push(`${offset} was committed before ${end}`);
          }
          return writer.commit(records, group, positions);
        },
      };
    },
  };
  const runtime = await makeRuntime(changed(memory, ahead), { limits: { batchRecords: 20 } });
  const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => failures.push(error));
  const writer = await memory.writer();
  const total = 300;
  for (let i = 0; i < total; i++) {
    await writer.write([{ topic: left.name, partition: 0, key: Buffer.from('k'), value: Buffer.from(`n${i}=1`) }]);
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const summed = () => memory.read({ topic: sums.name, partition: 0 });
  await until('all are summed', () => summed().length >= total, 20_000);
  await worker.close();
  expect(failures).toEqual([]);
  expect(broken).toBeGreaterThan(0);
  expect(summed()).toHaveLength(total);
  expect(Number(String(summed().at(-1)?.value).split(' ')[1])).toBe(total);
});
