/** The injected faults. Read to score a replay, and for nothing else. */
import { readCsv } from '../csv.ts';

export interface Fault {
  readonly system: string;
  readonly day: string;
  readonly injectMs: number;
  readonly endMs: number;
  /** The agent that the fault was injected into. */
  readonly service: string;
  readonly kind: string;
}

/** How long a fault lasts where its row does not say. */
const faultMs = 180_000;

/** The faults during which anything was recorded: a folder may hold a part of a day, and labels.csv all of it. Of the others nothing can be said. */
export function recordedFaults(
  faults: readonly Fault[],
  rows: readonly { readonly timeMs: number }[],
): readonly Fault[] {
  return faults.filter(({ injectMs, endMs }) => rows.some(({ timeMs }) => timeMs > injectMs && timeMs <= endMs));
}

export async function readLabels(path: string): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for await (const row of readCsv(path)) {
    const injectMs = row.timeMs('inject_ts');
    const isOpen = row.numberOrNull('end_ts') === null;
    faults.push({
      system: row.text('system'),
      day: row.text('day'),
      injectMs,
      endMs: isOpen ? injectMs + faultMs : row.timeMs('end_ts'),
      service: row.text('service'),
      kind: row.text('fault'),
    });
  }
  return faults.sort((a, b) => a.injectMs - b.injectMs);
}
