/**
 * Incidents as their owner wrote them down: CSV with the columns agent, from, to and, where agents of several fleets share names, fleet; or JSON, a list of
 * objects with the same fields. An empty or missing `to`: it was not over yet.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isId } from '../../fleet/ids.ts';
import { readCsv } from '../replay/csv.ts';
import { ReplayError } from '../replay/errors.ts';

export interface Incident {
  readonly agent: string;
  /** Null: whichever fleet has the agent. */
  readonly fleet: string | null;
  readonly fromMs: number;
  readonly toMs: number | null;
  /** File and line or place in it. */
  readonly where: string;
}

/** Throws ReplayError data-unreadable, data-missing (no incident in it) or data-malformed, which names file, place, field, value and what is valid. */
export async function readIncidents(path: string): Promise<readonly Incident[]> {
  const incidents = /\.json$/i.test(path) ? await fromJson(path) : await fromCsv(path);
  if (incidents.length === 0) throw new ReplayError('data-missing', `${path} holds no incident`);
  return incidents;
}

async function fromCsv(path: string): Promise<Incident[]> {
  const incidents: Incident[] = [];
  for await (const row of readCsv(path)) {
    incidents.push(
      incidentOf(
        {
          agent: row.textOrNull('agent'),
          fleet: row.textOrNull('fleet'),
          from: row.textOrNull('from'),
          to: row.textOrNull('to'),
        },
        `${basename(path)}:${row.line}`,
      ),
    );
  }
  return incidents;
}

async function fromJson(path: string): Promise<Incident[]> {
  const file = basename(path);
  let list: unknown;
  try {
    list = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof SyntaxError ? 'data-malformed' : 'data-unreadable';
    throw new ReplayError(code, `cannot read ${path}: ${why}`, { cause });
  }
  if (!Array.isArray(list)) {
    throw new ReplayError('data-malformed', `${file}: the whole is ${show(list)}; valid is a list of incidents`);
  }
  return list.map((item: unknown, i) => {
    const where = `${file}[${i}]`;
    if (typeof item !== 'object' || item === null) {
      throw new ReplayError('data-malformed', `${where} is ${show(item)}; valid is {"agent", "from", "to"}`);
    }
    const field = (name: string): unknown => {
      const found: unknown = Object.entries(item).find(([key]) => key === name)?.[1];
      return found === undefined || found === '' ? null : found;
    };
    return incidentOf({ agent: field('agent'), fleet: field('fleet'), from: field('from'), to: field('to') }, where);
  });
}

interface Fields {
  readonly agent: unknown;
  readonly fleet: unknown;
  readonly from: unknown;
  readonly to: unknown;
}

const ID = '1 to 128 of the characters A-Z a-z 0-9 . _ -';

function incidentOf({ agent, fleet, from, to }: Fields, where: string): Incident {
  if (typeof agent !== 'string' || !isId(agent)) throw malformed(where, 'agent', agent, `an agent's id, ${ID}`);
  if (fleet !== null && (typeof fleet !== 'string' || !isId(fleet)))
    throw malformed(where, 'fleet', fleet, `a fleet's id, ${ID}, or nothing`);
  const fromMs = timeOf(from);
  if (fromMs === null) throw malformed(where, 'from', from, TIME);
  const toMs = to === null ? null : timeOf(to);
  if (to !== null && toMs === null) throw malformed(where, 'to', to, `${TIME}, or nothing where it was not over`);
  if (toMs !== null && toMs <= fromMs) throw malformed(where, 'to', to, `a time after from, ${show(from)}`);
  return { agent, fleet, fromMs, toMs, where };
}

export const TIME = 'a time of ISO 8601 with its zone, such as 2026-03-01T09:30:00Z';

/** ms since the epoch; null where it is no such time. Without a zone it would be another time on another machine. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const found = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/.exec(value);
  if (found === null || !isDay(found[1])) return null;
  const ms = Date.parse(value.replace(',', '.').replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isFinite(ms) ? ms : null;
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(date);
}

function malformed(where: string, field: string, value: unknown, valid: string): ReplayError {
  const what = value === null ? 'missing' : show(value);
  return new ReplayError('data-malformed', `${where}: ${field} is ${what}; valid is ${valid}`);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
