/** Columns that many tables share. */
import { type Column, column, type Stored } from '../table.ts';
import { int4, int8, key, text, timestamptz } from '../types.ts';

interface InCell {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
}

interface OfWindow extends InCell {
  readonly windowStartMs: number;
  readonly windowEndMs: number;
}

/** Where in the log the row's record was. */
export const provenance: readonly Column<Stored<unknown>>[] = [
  column('log_id', text, (row) => row.logId),
  column('log_partition', int4, (row) => row.partition),
  column('log_offset', int8, (row) => row.offset),
  column('appended_at', timestamptz, (row) => row.appendMs),
];

export const cell: readonly Column<Stored<InCell>>[] = [
  column('tenant', key, ({ value }) => value.tenant),
  column('fleet', key, ({ value }) => value.fleet),
  column('cell', int4, ({ value }) => value.cell),
];

export const cellWindow: readonly Column<Stored<OfWindow>>[] = [
  ...cell,
  column('window_start', timestamptz, ({ value }) => value.windowStartMs),
  column('window_end', timestamptz, ({ value }) => value.windowEndMs),
];
