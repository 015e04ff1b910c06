import type { Alert } from '../../../../schemas/records.ts';
import { column, type Stored, table } from '../table.ts';
import { text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

export const alerts = table<Alert, Stored<Alert>>({
  name: 'alerts',
  timeMs: ({ value }) => value.timeMs,
  row: (record) => record,
  columns: [
    column('occurred_at', timestamptz, ({ value }) => value.timeMs),
    ...cell,
    column('severity', text, ({ value }) => value.severity),
    column('code', text, ({ value }) => value.code),
    column('message', text, ({ value }) => value.message),
    ...provenance,
  ],
});
