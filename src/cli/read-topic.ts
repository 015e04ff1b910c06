/**
 * A topic to its present end as a stream of records that waits for whoever reads it: a topic of days does not lie in memory. Tasks restore by
 * streams/read-all.ts, which keeps what it reads and does not wait.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Consumer, type Log, LogError, type LogRecord } from '../streams/log.ts';

/** Records that wait to be taken from which on reading pauses, until they were. */
const QUEUED_MAX = 4000;
/** Records handed over before others get their turn: heartbeats of connections, and the terminal. */
const TURN = 50;
/** Longest wait for the next record, in ms. */
const PATIENCE_MS = 30_000;

/** In the order of each partition; whoever has seen enough ends the loop. Throws LogError. */
export async function* recordsOf(log: Log, topic: string): AsyncGenerator<LogRecord> {
  const open = (await log.bounds(topic)).filter(({ low, high }) => high > low);
  const ends = new Map(open.map(({ partition, high }) => [partition, high]));
  const partitions = open.map(({ partition }) => ({ topic, partition }));
  let queue: LogRecord[] = [];
  let paused = false;
  let failure: Error | null = null;
  let news = Promise.withResolvers<void>();
  const tell = (): void => news.resolve();
  const pauseIfFull = (): void => {
    if (paused || queue.length < QUEUED_MAX) return;
    paused = true;
    consumer?.pause(partitions);
  };
  if (ends.size === 0) return;
  let consumer: Consumer | null = null;
  consumer = await log.consume({
    kind: 'positions',
    positions: open.map(({ partition, low }) => ({ topic, partition, offset: low })),
    records: ({ partition }, records, nextOffset) => {
      const end = ends.get(partition);
      if (end === undefined) return;
      for (const record of records) if (record.offset < end) queue.push(record);
      if (nextOffset >= end) ends.delete(partition);
      pauseIfFull();
      tell();
    },
    failed: (error) => {
      failure = error;
      tell();
    },
  });
  try {
    pauseIfFull();
    while (true) {
      const taken = queue;
      queue = [];
      for (const [i, record] of taken.entries()) {
        if (i % TURN === TURN - 1) await nextTurn();
        yield record;
      }
      if (failure !== null) throw failure;
      if (queue.length > 0) continue;
      if (ends.size === 0) return;
      if (paused) {
        paused = false;
        consumer.resume(partitions);
      }
      await Promise.race([news.promise, tooLate(topic, news.promise)]);
      news = Promise.withResolvers();
    }
  } finally {
    await consumer.close();
  }
}

async function tooLate(topic: string, news: Promise<void>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new LogError('restore-timeout', `${topic}: nothing more came within ${PATIENCE_MS} ms`)),
    PATIENCE_MS,
  );
  void news.then(() => clearTimeout(timer));
  return await promise;
}
