/** Recordings of a room's sensors, a row a minute, and whether somebody was in it (Candanedo and Feldheim, Energy and Buildings 112, 2016). */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplayError } from '../../replay/errors.ts';

export const SENSORS = ['Temperature', 'Humidity', 'Light', 'CO2', 'HumidityRatio'] as const;

export const LIGHT = SENSORS.indexOf('Light');
export const CO2 = SENSORS.indexOf('CO2');

export interface Recording {
  readonly name: string;
  readonly rows: number;
  /** [rows, 5], in the order of SENSORS. */
  readonly values: Float64Array;
  /** [rows], 1 where somebody was in the room. */
  readonly occupied: Uint8Array;
  /** [rows], as 2015-02-04. */
  readonly days: readonly string[];
}

export interface Rooms {
  readonly training: Recording;
  readonly tests: readonly Recording[];
}

/** Rows that a network sees at once, and how far apart the published test windows begin. */
export const WINDOW_ROWS = 16;
export const TEST_STRIDE = 8;

/**
 * datatraining.txt, and every other datatest*.txt as test. Throws ReplayError `data-unreadable`, `data-missing` where one of the two is not
 * there, or `data-malformed`.
 */
export async function readRooms(folder: string): Promise<Rooms> {
  const names = await namesIn(folder);
  const tests = names.filter((name) => /^datatest.*\.txt$/.test(name));
  if (!names.includes('datatraining.txt') || tests.length === 0) {
    throw new ReplayError(
      'data-missing',
      `${folder} holds ${names.join(', ') || 'nothing'}; datatraining.txt and a datatest.txt are needed`,
    );
  }
  return {
    training: await readRecording(folder, 'datatraining.txt'),
    tests: await Promise.all(tests.map((name) => readRecording(folder, name))),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    throw new ReplayError('data-unreadable', `cannot read ${folder}: ${reason(cause)}`, { cause });
  }
}

async function readRecording(folder: string, name: string): Promise<Recording> {
  try {
    return parseRecording(await readFile(join(folder, name), 'utf8'), name);
  } catch (cause) {
    if (cause instanceof ReplayError) throw cause;
    throw new ReplayError('data-unreadable', `cannot read ${join(folder, name)}: ${reason(cause)}`, { cause });
  }
}

/** As R writes tables: each row begins with its own name, which the first line does not name. Throws ReplayError `data-malformed`. */
export function parseRecording(text: string, name: string): Recording {
  const lines = text.split(/\r?\n/).flatMap((line, i) => (line === '' ? [] : [{ line, at: i + 1 }]));
  const columns = fieldsOf(lines[0]?.line ?? '');
  const at = (column: string): number => {
    const index = columns.indexOf(column);
    if (index >= 0) return index + 1;
    throw new ReplayError('data-malformed', `${name}:1: no column ${column}; there are ${columns.join(', ')}`);
  };
  const sensors = SENSORS.map(at);
  const [date, occupancy] = [at('date'), at('Occupancy')];
  const rows = lines.length - 1;
  if (rows < WINDOW_ROWS) {
    throw new ReplayError('data-malformed', `${name}: ${rows} rows; valid is at least ${WINDOW_ROWS}`);
  }
  const values = new Float64Array(rows * SENSORS.length);
  const occupied = new Uint8Array(rows);
  const days: string[] = [];
  for (let i = 0; i < rows; i++) {
    const { line, at: place } = lines[i + 1];
    const fields = fieldsOf(line);
    const malformed = (column: string, found: string | undefined, valid: string) =>
      new ReplayError('data-malformed', `${name}:${place}: ${column} is ${JSON.stringify(found)}; valid is ${valid}`);
    for (const [k, column] of sensors.entries()) {
      const value = Number(fields[column] === '' ? Number.NaN : fields[column]);
      if (!Number.isFinite(value)) throw malformed(SENSORS[k], fields[column], 'a number');
      values[i * SENSORS.length + k] = value;
    }
    const day = /^\d{4}-\d{2}-\d{2}/.exec(fields[date])?.[0];
    if (day === undefined) throw malformed('date', fields[date], 'as 2015-02-04 17:51:00');
    days.push(day);
    const label = fields[occupancy];
    if (label !== '0' && label !== '1') throw malformed('Occupancy', label, '0 or 1');
    occupied[i] = Number(label);
  }
  return { name, rows, values, occupied, days };
}

function fieldsOf(line: string): readonly string[] {
  return line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
