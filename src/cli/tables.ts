/** Reading tables to their present end, and writing their records, for short commands. */
import { Policies } from '../../pipelines/policies.ts';
import type { Topics } from '../../pipelines/topics.ts';
import type { Fleet, ModelUse, Policy } from '../../schemas/records.ts';
import { checkFleet } from '../fleet/fleet-record.ts';
import { fleetKey } from '../fleet/ids.ts';
import type { Log, LogRecord } from '../streams/log.ts';
import { partitionOf } from '../streams/partitioner.ts';
import type { Topic } from '../streams/processor.ts';
import { whenLoaded } from '../streams/schema/codec.ts';
import { TableReplica } from '../streams/table-replica.ts';
import { readable } from './readable.ts';

const readMs = 30_000;

/** A table's last value by key, in the order in which the keys were last written. Throws CodecError where one cannot be read. */
export async function readTable<T>(log: Log, topic: Topic<T>): Promise<Map<string, T>> {
  return await tableOf(log, topic, ({ value }) =>
    value === null ? null : whenLoaded(() => topic.codec.decode(value)),
  );
}

/** The policies that the pipelines go by. Somebody's slip, which they pass over, must not keep an operator from stopping a tenant. */
export async function readPolicies(log: Log, { policies }: Pick<Topics, 'policies'>): Promise<Map<string, Policy>> {
  const found = await tableOf(log, policies, (record) => readable(policies, record));
  return new Map([...found].filter(([tenant, policy]) => new Policies().take(tenant, policy) === null));
}

/** The fleets' records that the pipelines go by. */
export async function readFleets(log: Log, { fleets }: Pick<Topics, 'fleets'>): Promise<Map<string, Fleet>> {
  const found = await tableOf(log, fleets, (record) => readable(fleets, record));
  return new Map([...found].filter(([key, fleet]) => holds(key, fleet)));
}

/** Which model scores from when on; a record that cannot be read, which the workers pass over, is left out. */
export async function readModelUses(log: Log, { models }: Pick<Topics, 'models'>): Promise<Map<string, ModelUse>> {
  return await tableOf(log, models, (record) => readable(models, record));
}

function holds(key: string, fleet: Fleet): boolean {
  return checkFleet(fleet) === null && key === fleetKey(fleet.tenant, fleet.fleet);
}

/** `read`: a record's value; null for one that is passed over. */
async function tableOf<T>(
  log: Log,
  topic: Topic<T>,
  read: (record: LogRecord) => T | null | Promise<T | null>,
): Promise<Map<string, T>> {
  const replica = await TableReplica.read(log, [topic.name], readMs, {
    records: () => undefined,
    failed: () => undefined, // the table was read by then
  });
  const values = new Map<string, T>();
  try {
    for (const record of replica.contents().flatMap(({ records }) => records)) {
      const value = await read(record);
      if (value !== null) values.set(textOf(record.key), value);
    }
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
