/** Reading topics to their present end, and writing records of tables, for short commands. */
import { type Consumer, type Log, LogError, type LogRecord } from '../streams/log.ts';
import { partitionOf } from '../streams/partitioner.ts';
import type { Topic } from '../streams/processor.ts';
import { whenLoaded } from '../streams/schema/codec.ts';
import { TableReplica } from '../streams/table-replica.ts';

const readMs = 30_000;

/** A table's last value by key, in the order in which the keys were last written. */
export async function readTable<T>(log: Log, topic: Topic<T>): Promise<Map<string, T>> {
  const replica = await TableReplica.read(log, [topic.name], readMs, {
    records: () => undefined,
    failed: () => undefined, // the table was read by then
  });
  const values = new Map<string, T>();
  try {
    for (const { key, value } of replica.contents().flatMap(({ records }) => records))
      if (value !== null) values.set(textOf(key), await whenLoaded(() => topic.codec.decode(value)));
  } finally {
    await replica.close();
  }
  return values;
}

/** Writes values into a topic, each into its key's partition; null deletes the key. */
export async function writeRecords<T>(
  log: Log,
  topic: Topic<T>,
  records: readonly { readonly key: string; readonly value: T | null }[],
): Promise<void> {
  const partitions = await log.partitionCount(topic.name);
  const writer = await log.writer();
  try {
    await writer.write(
      records.map(({ key: text, value }) => {
        const key = Buffer.from(text);
        const encoded = value === null ? null : topic.codec.encode(value);
        return { topic: topic.name, partition: partitionOf(key, partitions), key, value: encoded };
      }),
    );
  } finally {
    await writer.close();
  }
}

/** Hands over all records that a topic holds now, a partition's in order, until `take` answers true or all were read. */
export async function scan(log: Log, topic: string, take: (record: LogRecord) => boolean): Promise<void> {
  const open = (await log.bounds(topic)).filter(({ low, high }) => high > low);
  if (open.length === 0) return;
  const ends = new Map(open.map(({ partition, high }) => [partition, high]));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new LogError('restore-timeout', `${topic} was not read to its end within ${readMs} ms`)),
    readMs,
  );
  promise.catch(() => undefined); // it may fail before there is a consumer to wait with
  let consumer: Consumer | null = null;
  try {
    consumer = await log.consume({
      kind: 'positions',
      positions: open.map(({ partition, low }) => ({ topic, partition, offset: low })),
      records: ({ partition }, records, nextOffset) => {
        const end = ends.get(partition);
        if (end === undefined) return;
        try {
          if (records.some((record) => record.offset < end && take(record))) resolve();
        } catch (error) {
          reject(error);
        }
        timer.refresh();
        if (nextOffset < end) return;
        ends.delete(partition);
        if (ends.size === 0) resolve();
      },
      failed: reject,
    });
    await promise;
  } finally {
    clearTimeout(timer);
    await consumer?.close();
  }
}

export function textOf(key: Uint8Array | null): string {
  return key === null ? '' : Buffer.from(key).toString();
}
