/** The traces of a half-cheetah at a walk, and which of them train, validate and test. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReplayError } from '../../replay/errors.ts';
import { readNpy, type Table } from './npy.ts';

export type Split = 'training' | 'validation' | 'test';

export interface Trace extends Table {
  readonly name: string;
}

export type Traces = Readonly<Record<Split, readonly Trace[]>> & {
  /** Traces that no split holds. */
  readonly unused: readonly Trace[];
};

/** Numbers in one observation: 8 positions and angles, 9 velocities. */
export const OBSERVATION = 17;

/** Steps that a network sees in a row, and how far apart such sequences begin. */
export const SEQUENCE_STEPS = 32;
export const SEQUENCE_STRIDE = 10;

/**
 * Every .npy file of the folder, by name. Throws ReplayError `data-unreadable`, `data-missing` where there are fewer than three, or
 * `data-malformed`.
 */
export async function readTraces(folder: string): Promise<Traces> {
  const names = await namesIn(folder);
  if (names.length < 3) {
    throw new ReplayError(
      'data-missing',
      `${folder} holds ${names.length} .npy files; at least 3 are needed, one each to train, validate and test`,
    );
  }
  const traces: Trace[] = [];
  for (const name of names) {
    const table = await readNpy(join(folder, name));
    if (table.columns !== OBSERVATION || table.rows < SEQUENCE_STEPS + 2) {
      throw new ReplayError(
        'data-malformed',
        `${name}: shape (${table.rows}, ${table.columns}); valid is at least ${SEQUENCE_STEPS + 2} rows of ${OBSERVATION} numbers`,
      );
    }
    // The published program computes in float32 from the files on.
    traces.push({ ...table, values: table.values.map(Math.fround), name });
  }
  return splitOf(traces);
}

/** By order, as published for 25 files: the first 5 validate, the next 10 test, the next 10 train; fewer files in the same shares. */
export function splitOf<T>(files: readonly T[]): Readonly<Record<Split | 'unused', readonly T[]>> {
  const n = Math.min(files.length, 25);
  const validation = Math.max(1, Math.round(n / 5));
  const test = validation + Math.max(1, Math.round((n - validation) / 2));
  return {
    validation: files.slice(0, validation),
    test: files.slice(validation, test),
    training: files.slice(test, n),
    unused: files.slice(n),
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.npy')).sort();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayError('data-unreadable', `cannot read ${folder}: ${why}`, { cause });
  }
}
