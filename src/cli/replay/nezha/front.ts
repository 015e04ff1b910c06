/** `*_front.csv`: the service level at the front end, a row about every minute. */
import { readCsv } from '../csv.ts';

export interface FrontRow {
  readonly timeMs: number;
  /** 90th percentile of the latency; null: not measured. */
  readonly p90Ms: number | null;
}

/** In order of time. */
export async function readFront(path: string): Promise<readonly FrontRow[]> {
  const rows: FrontRow[] = [];
  for await (const row of readCsv(path)) {
    const p90 = row.numberOrNull('LatencyP90(s)');
    rows.push({ timeMs: row.timeMs('ts'), p90Ms: p90 === null ? null : 1000 * p90 });
  }
  return rows.sort((a, b) => a.timeMs - b.timeMs);
}
