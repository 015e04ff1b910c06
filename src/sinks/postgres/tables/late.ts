import type { Late } from '../../../../schemas/records.ts';
import { column, type Stored, table } from '../table.ts';
import { bytea, text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

export const late = table<Late, Stored<Late>>({
  name: 'late',
  // An agent may send any time; when windows closed follows from the whole cell.
  timeMs: ({ value }) => value.closedMs,
  row: (record) => record,
  columns: [
    column('closed_at', timestamptz, ({ value }) => value.closedMs),
    ...cell,
    column('agent', text, ({ value }) => value.agent),
    column('kind', text, ({ value }) => value.kind),
    column('observed_at', timestamptz, ({ value }) => value.timeMs),
    column('value', bytea, ({ value }) => value.value),
    ...provenance,
  ],
});
