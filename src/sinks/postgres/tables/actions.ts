import type { Action } from '../../../../schemas/records.ts';
import { column, type Stored, table } from '../table.ts';
import { key, text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

export const actions = table<Action, Stored<Action>>({
  name: 'actions',
  timeMs: ({ value }) => value.timeMs,
  row: (record) => record,
  columns: [
    column('acted_at', timestamptz, ({ value }) => value.timeMs),
    column('proposal_id', key, ({ value }) => value.proposalId),
    ...cell,
    column('kind', text, ({ value }) => value.kind),
    column('actuator', text, ({ value }) => value.actuator),
    column('detail', text, ({ value }) => value.detail),
    ...provenance,
  ],
});
