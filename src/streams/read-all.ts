import {
  type Consumer,
  type ConsumerHandlers,
  type Log,
  LogError,
  type LogRecord,
  type Position,
  partitionId,
  type TopicPartition,
} from './log.ts';

export interface ReadTo extends Pick<ConsumerHandlers, 'records' | 'failed'> {
  readonly positions: readonly Position[];
  /** The offsets to read up to, by `partitionId`; partitions that are left out count as read. */
  readonly ends: ReadonlyMap<string, number>;
  readonly withinMs: number;
}

/**
 * Reads until every end was reached, and resolves with the consumer, which reads on. `failed` is called for what goes wrong from then on; what goes
 * wrong before is thrown, the consumer closed. Throws LogError `restore-timeout`.
 */
export async function readTo(log: Log, options: ReadTo): Promise<Consumer> {
  const { positions, withinMs, records, failed } = options;
  const ends = new Map(options.ends);
  const { promise: reached, resolve, reject } = Promise.withResolvers<void>();
  reached.catch(() => undefined); // it may fail before there is a consumer to wait with
  const late = (): void =>
    reject(new LogError('restore-timeout', `${[...ends.keys()].join(', ')} not read to the end within ${withinMs} ms`));
  const timer = setTimeout(late, withinMs);
  let reading = true;
  let consumer: Consumer | null = null;
  try {
    consumer = await log.consume({
      kind: 'positions',
      positions,
      records: (from, taken, nextOffset, behind, pledge) => {
        records(from, taken, nextOffset, behind, pledge);
        const id = partitionId(from);
        if (nextOffset >= (ends.get(id) ?? 0)) ends.delete(id);
        if (ends.size === 0) resolve();
      },
      failed: (error) => (reading ? reject(error) : failed(error)),
    });
    if (ends.size === 0) resolve();
    await reached;
    return consumer;
  } catch (error) {
    await consumer?.close();
    throw error;
  } finally {
    clearTimeout(timer);
    reading = false;
  }
}

/**
 * Reads a partition from `from`, or its first record kept, to where it ends now, and returns how many records there were. What is written meanwhile is left out.
 * Throws LogError `restore-timeout`.
 */
export async function readAll(
  log: Log,
  at: TopicPartition,
  withinMs: number,
  each: (record: LogRecord) => void,
  from = 0,
): Promise<number> {
  const bounds = (await log.bounds(at.topic)).find(({ partition }) => partition === at.partition);
  const offset = Math.max(from, bounds?.low ?? 0);
  if (bounds === undefined || offset >= bounds.high) return 0;
  let count = 0;
  const consumer = await readTo(log, {
    positions: [{ ...at, offset }],
    ends: new Map([[partitionId(at), bounds.high]]),
    withinMs,
    records: (_from, records) => {
      for (const record of records) {
        if (record.offset >= bounds.high) continue;
        each(record);
        count++;
      }
    },
    failed: () => undefined, // all was read by then
  });
  await consumer.close();
  return count;
}
