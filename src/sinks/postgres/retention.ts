/** How long the history is kept. */
import pg from 'pg';
import { clientConfig, sinkError } from './connection.ts';
import { DAY_MS, dayName } from './days.ts';

export interface Retention {
  /** Days kept, today included; 1 or more. Counted in event time: replayed telemetry of last year is a year old. */
  readonly days: number;
  /** Today, in ms since the epoch. */
  readonly nowMs: number;
}

/** Drops the partitions of older days in all tables; returns their names. Throws SinkError. */
export async function dropOldDays(url: string, { days, nowMs }: Retention): Promise<readonly string[]> {
  if (!Number.isInteger(days) || days < 1) throw new RangeError(`days: ${days}; valid is an integer of at least 1`);
  const client = new pg.Client(clientConfig(url));
  try {
    await client.connect();
    const firstKept = dayName(nowMs - (days - 1) * DAY_MS);
    const { rows } = await client.query<{ name: string }>('select name from aura.drop_days_before($1) as name', [
      firstKept,
    ]);
    return rows.map(({ name }) => name);
  } catch (error) {
    throw sinkError(error);
  } finally {
    await client.end();
  }
}
