/** The newest window of each cell, so that what is current is found without a search. */
import type pg from 'pg';
import type { Rejection, SinkBatch } from '../sink.ts';
import { encodeArray } from './array-writer.ts';
import { int4, storedText, text, timestamptz } from './types.ts';

interface Newest {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
  snapshotMs: number | null;
  scoresMs: number | null;
}

/** What the records of a batch that were not rejected say of the newest windows. */
export function newestWindows(batch: SinkBatch, rejected: readonly Rejection[]): readonly Newest[] {
  const id = (topic: string, partition: number, offset: number) => `${topic}/${partition}/${offset}`;
  const skip = new Set(rejected.map(({ topic, partition, offset }) => id(topic, partition, offset)));
  const cells = new Map<string, Newest>();
  for (const run of batch) {
    if (run.topic !== 'aura.snapshots' && run.topic !== 'aura.scores') continue;
    for (const { offset, value } of run.records) {
      if (skip.has(id(run.topic, run.partition, offset))) continue;
      const { cell, windowStartMs } = value;
      // Cells that are one in the database would be two rows of one key, which its upsert refuses, and the batch with it for ever.
      const tenant = storedText(value.tenant);
      const fleet = storedText(value.fleet);
      const cellId = JSON.stringify([tenant, fleet, cell]);
      const newest = cells.get(cellId) ?? { tenant, fleet, cell, snapshotMs: null, scoresMs: null };
      cells.set(cellId, newest);
      if (run.topic === 'aura.snapshots') newest.snapshotMs = Math.max(newest.snapshotMs ?? 0, windowStartMs);
      else newest.scoresMs = Math.max(newest.scoresMs ?? 0, windowStartMs);
    }
  }
  return [...cells.values()];
}

/** In the order of the key, so that two writers never wait for each other. */
const UPSERT = `insert into aura.cells as c (tenant, fleet, cell, snapshot_window, scores_window)
select * from unnest($1::text[], $2::text[], $3::int4[], $4::timestamptz[], $5::timestamptz[])
  as n (tenant, fleet, cell, snapshot_window, scores_window)
order by tenant collate "C", fleet collate "C", cell
on conflict (tenant, fleet, cell) do update set
  snapshot_window = greatest(c.snapshot_window, excluded.snapshot_window),
  scores_window = greatest(c.scores_window, excluded.scores_window)`;

export async function writeNewestWindows(client: pg.ClientBase, newest: readonly Newest[]): Promise<void> {
  if (newest.length === 0) return;
  await client.query(UPSERT, [
    encodeArray(
      text,
      newest.map(({ tenant }) => tenant),
    ),
    encodeArray(
      text,
      newest.map(({ fleet }) => fleet),
    ),
    encodeArray(
      int4,
      newest.map(({ cell }) => cell),
    ),
    encodeArray(
      timestamptz,
      newest.map(({ snapshotMs }) => snapshotMs),
    ),
    encodeArray(
      timestamptz,
      newest.map(({ scoresMs }) => scoresMs),
    ),
  ]);
}
