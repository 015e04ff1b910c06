/** Reading tables to their present end, and writing their records, for short commands. */
import type { Log } from '../streams/log.ts';
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

export function textOf(key: Uint8Array | null): string {
  return key === null ? '' : Buffer.from(key).toString();
}
