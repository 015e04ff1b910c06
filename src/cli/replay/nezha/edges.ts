/** `*_edges.csv`: the median latency of each caller's requests to each callee, as either side's proxy measured it, about every minute. */
import { readCsv } from '../csv.ts';
import { ReplayError } from '../errors.ts';

export interface EdgeRow {
  readonly timeMs: number;
  readonly caller: string;
  readonly callee: string;
  /** Whose proxy measured: the caller's (`source`), which includes the network, or the callee's. */
  readonly side: 'source' | 'destination';
  /** Median latency; null: no requests in that minute. */
  readonly latencyMs: number | null;
}

/** In order of time. */
export async function readEdges(path: string): Promise<readonly EdgeRow[]> {
  const rows: EdgeRow[] = [];
  for await (const row of readCsv(path)) {
    const side = row.text('side');
    if (side !== 'source' && side !== 'destination') {
      throw new ReplayError('data-malformed', `${path}: side is ${side}; valid is source or destination`);
    }
    const p50 = row.numberOrNull('p50_s');
    rows.push({
      timeMs: row.timeMs('ts'),
      caller: row.text('source'),
      callee: row.text('target'),
      side,
      latencyMs: p50 === null ? null : 1000 * p50,
    });
  }
  return rows.sort((a, b) => a.timeMs - b.timeMs);
}
