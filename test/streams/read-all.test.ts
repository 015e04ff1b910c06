/** Reading to the end of a partition or of tables, where the log will not: the reader hears of it once, and nothing is left behind. */
import { expect, onTestFinished, test } from 'vitest';
import type { ConsumerOptions, Log } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { readAll } from '../../src/streams/read-all.ts';
import { TableReplica } from '../../src/streams/table-replica.ts';

const at = { topic: 'words', partition: 0 };
const withinMs = 30;

/** A log of one record, which is consumed as `consume` has it. */
async function logThat(consume: (log: MemoryLog, options: ConsumerOptions) => ReturnType<Log['consume']>) {
  const memory = new MemoryLog({ now: () => 0 });
  await memory.createTopics([{ name: at.topic, partitions: 1, compacted: true }]);
  await (await memory.writer()).write([{ ...at, key: Buffer.from('k'), value: Buffer.from('v') }]);
  const open = { consumers: 0 };
  const log: Pick<Log, 'bounds' | 'consume'> = {
    bounds: (topic) => memory.bounds(topic),
    consume: async (options) => {
      const consumer = await consume(memory, options);
      open.consumers++;
      return { ...consumer, close: async () => void open.consumers-- };
    },
  };
  return { log: log as Log, open };
}

const ways = {
  'a partition': (log: Log) => readAll(log, at, withinMs, () => undefined),
  'a table': (log: Log) =>
    TableReplica.read(log, [at.topic], withinMs, { records: () => undefined, failed: () => undefined }),
};
const nothing = (options: ConsumerOptions): ConsumerOptions => ({ ...options, records: () => undefined });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const [what, read] of Object.entries(ways)) {
  function unhandled(): readonly unknown[] {
    const seen: unknown[] = [];
    const note = (error: unknown): void => void seen.push(error);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    return seen;
  }

  test(`${what} that cannot be read says so once`, async () => {
    const seen = unhandled();
    const { log, open } = await logThat(() => Promise.reject(new Error('no broker')));
    await expect(read(log)).rejects.toThrow('no broker');
    await pause(3 * withinMs);
    expect([seen, open.consumers]).toEqual([[], 0]);
  });

  test(`${what} of which reading stops before the reader is there says so once`, async () => {
    const seen = unhandled();
    const { log, open } = await logThat(async (memory, options) => {
      options.failed(new Error('not allowed'));
      await pause(5);
      return await memory.consume(nothing(options));
    });
    await expect(read(log)).rejects.toThrow('not allowed');
    await pause(3 * withinMs);
    expect([seen, open.consumers]).toEqual([[], 0]);
  });

  test(`${what} that is not read in time is let go`, async () => {
    const seen = unhandled();
    const { log, open } = await logThat((memory, options) => memory.consume(nothing(options)));
    await expect(read(log)).rejects.toMatchObject({ code: 'restore-timeout' });
    await pause(3 * withinMs);
    expect([seen, open.consumers]).toEqual([[], 0]);
  });
}
