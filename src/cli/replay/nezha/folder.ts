/** What is in a folder of Nezha recordings: one day of one system is `SYSTEM_DATE_KIND.csv`, gzipped or not; labels.csv names the faults of all. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplayError } from '../errors.ts';

/** The files of one day of one system, by what they hold. Only metrics must be there. */
export interface DayFiles {
  /** As the file names say, such as OB or TT. */
  readonly system: string;
  /** YYYY-MM-DD */
  readonly day: string;
  readonly metrics: string;
  /** Latency by caller and callee, every minute of the day. */
  readonly edges: string | null;
  /** The static call graph. */
  readonly dependency: string | null;
  /** The front end's service level. */
  readonly front: string | null;
}

export interface NezhaFolder {
  /** By system and day, ascending. */
  readonly days: readonly DayFiles[];
  readonly labels: string | null;
}

const dayFile = /^([A-Za-z0-9]+)_(\d{4}-\d{2}-\d{2})_(metrics|edges|dependency|front)\.csv(?:\.gz)?$/;

/**
 * Finds every system and day that has metrics. Edges recorded around faults alone (`*_fault_edges`, `*_normal_edges`) are not taken: that they
 * are there at all gives the faults away.
 */
export async function openFolder(path: string): Promise<NezhaFolder> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayError('data-unreadable', `cannot read the folder ${path}: ${why}`, { cause });
  }
  const found = new Map<string, Map<string, string>>();
  for (const name of names.sort()) {
    const [, system, day, kind] = dayFile.exec(name) ?? [];
    if (system === undefined) continue;
    const key = `${system}_${day}`;
    const files = found.get(key) ?? new Map<string, string>();
    found.set(key, files.set(kind, join(path, name)));
  }
  const days = [...found].flatMap(([key, files]): DayFiles[] => {
    const metrics = files.get('metrics');
    if (metrics === undefined) return [];
    const [system, day] = key.split('_');
    const optional = (kind: string) => files.get(kind) ?? null;
    return [
      { system, day, metrics, edges: optional('edges'), dependency: optional('dependency'), front: optional('front') },
    ];
  });
  if (days.length === 0)
    throw new ReplayError('data-missing', `${path} holds no SYSTEM_YYYY-MM-DD_metrics.csv or .csv.gz`);
  const labels = names.find((name) => /^labels\.csv(\.gz)?$/.test(name));
  return { days, labels: labels === undefined ? null : join(path, labels) };
}
