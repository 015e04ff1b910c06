/** How far each partition is in the database: read by its owner, moved on by what it expects to find. */
import type pg from 'pg';
import { StaleWorkerError } from '../errors.ts';
import type { SinkBatch, SinkPartition, SinkPosition } from '../sink.ts';

export async function readPositions(
  client: pg.ClientBase,
  logId: string,
  partitions: readonly SinkPartition[],
): Promise<readonly SinkPosition[]> {
  const { rows } = await client.query<{ next_offset: string | null }>(
    `select p.next_offset
     from unnest($2::text[], $3::int[]) with ordinality as w (topic, partition, index)
       left join aura.positions p on p.log_id = $1 and p.topic = w.topic and p.partition = w.partition
     order by w.index`,
    [logId, partitions.map(({ topic }) => topic), partitions.map(({ partition }) => partition)],
  );
  return partitions.map(({ topic, partition }, index) => {
    const stored = rows[index]?.next_offset ?? null;
    return { topic, partition, nextOffset: stored === null ? null : Number(stored) };
  });
}

/**
 * Moves every run's position from what the writer expects to what follows its records, and holds its row until the transaction ends, so that
 * another writer of the partition waits and then finds itself stale. Throws StaleWorkerError; then the transaction must not commit.
 */
export async function advancePositions(client: pg.ClientBase, logId: string, batch: SinkBatch): Promise<void> {
  const { rows } = await client.query<{ topic: string; partition: number }>(
    `with wanted as (
       select * from unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) as w (topic, partition, expected, next)),
     begun as (
       insert into aura.positions (log_id, topic, partition, next_offset)
       select $1, topic, partition, next from wanted where expected is null
       on conflict do nothing returning topic, partition),
     moved as (
       update aura.positions p set next_offset = w.next, updated_at = now() from wanted w
       where p.log_id = $1 and p.topic = w.topic and p.partition = w.partition and p.next_offset = w.expected
       returning p.topic, p.partition)
     select * from begun union all select * from moved`,
    [
      logId,
      batch.map(({ topic }) => topic),
      batch.map(({ partition }) => partition),
      batch.map(({ expectedNextOffset }) => expectedNextOffset),
      batch.map(({ nextOffset }) => nextOffset),
    ],
  );
  const advanced = new Set(rows.map(({ topic, partition }) => `${topic}/${partition}`));
  const stale = batch.find(({ topic, partition }) => !advanced.has(`${topic}/${partition}`));
  if (stale === undefined) return;
  const [stored] = await readPositions(client, logId, [stale]);
  throw new StaleWorkerError(stale, stale.expectedNextOffset, stored?.nextOffset ?? null);
}
