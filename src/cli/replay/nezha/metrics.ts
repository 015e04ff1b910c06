/** `*_metrics.csv`: what the platform measured of each service, a row a service about every minute. */
import { readCsv } from '../csv.ts';

export interface MetricsRow {
  readonly timeMs: number;
  readonly service: string;
  /** By the file's own column names and in its units; what was not measured is left out. */
  readonly metrics: Readonly<Record<string, number>>;
}

const notMetrics: ReadonlySet<string> = new Set(['ts', 'service', 'PodName']);

/** In order of time. */
export async function readMetrics(path: string): Promise<readonly MetricsRow[]> {
  const rows: MetricsRow[] = [];
  for await (const row of readCsv(path)) {
    const metrics: Record<string, number> = {};
    for (const column of row.columns) {
      if (notMetrics.has(column)) continue;
      const value = row.numberOrNull(column);
      if (value !== null) metrics[column] = value;
    }
    rows.push({ timeMs: row.timeMs('ts'), service: row.text('service'), metrics });
  }
  return rows.sort((a, b) => a.timeMs - b.timeMs);
}
