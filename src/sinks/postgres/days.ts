/**
 * The day partitions of the history. They are made when the first row of a day comes, within limits, because event times are what
 * producers say they are: rows beyond the limits go to a table's partition for all other days.
 */
import type pg from 'pg';
import type { RowTime } from './statements.ts';

export const DAY_MS = 86_400_000;

/** The UTC day of a time, as 2026-11-21. */
export function dayName(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

export interface DayLimits {
  /** How far a day may lie ahead of the broker's clock, in days. */
  readonly aheadMax: number;
  /** Most day partitions a table. */
  readonly countMax: number;
}

export const defaultDayLimits: DayLimits = { aheadMax: 2, countMax: 400 };

/** Days remembered; past it all are asked about anew. Times of the past may be anything. */
const settledMax = 20_000;

/** Remembers which days have a partition, or cannot have one, so that the database is asked once. */
export class Days {
  readonly #limits: DayLimits;
  readonly #settled = new Set<string>();

  constructor(limits: DayLimits) {
    this.#limits = limits;
  }

  /** The days among `times` that the database must be asked about. */
  missing(times: readonly RowTime[]): readonly Day[] {
    const days = new Map<string, Day>();
    for (const { table, timeMs, appendMs } of times) {
      const number = Math.floor(timeMs / DAY_MS);
      const id = `${table}/${number}`;
      if (this.#settled.has(id) || days.has(id)) continue;
      if (number > Math.floor(appendMs / DAY_MS) + this.#limits.aheadMax) continue;
      days.set(id, { id, table, date: dayName(timeMs) });
    }
    return [...days.values()];
  }

  /** Makes them, inside the caller's transaction. */
  async make(client: pg.ClientBase, days: readonly Day[]): Promise<void> {
    for (const { table, date } of days) {
      await client.query('select aura.ensure_day($1, $2, $3)', [table, date, this.#limits.countMax]);
    }
  }

  /** To be called when that transaction has committed. */
  made(days: readonly Day[]): void {
    if (this.#settled.size + days.length > settledMax) this.#settled.clear();
    for (const { id } of days) this.#settled.add(id);
  }
}

export interface Day {
  readonly id: string;
  readonly table: string;
  readonly date: string;
}
