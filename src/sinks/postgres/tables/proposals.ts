import type { Proposal } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { float8, json, jsonb, key, text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

export const proposals = table<Proposal, Stored<Proposal>>({
  name: 'proposals',
  timeMs: ({ value }) => value.createdMs,
  row: (record) => record,
  columns: [
    column('id', key, ({ value }) => value.id),
    ...cell,
    column('kind', text, ({ value }) => value.kind),
    column('parameters', jsonb, ({ value }) =>
      json(Object.fromEntries(value.parameters.map((parameter) => [parameter.name, parameter.value]))),
    ),
    column('created_at', timestamptz, ({ value }) => value.createdMs),
    column('expires_at', timestamptz, ({ value }) => value.expiresMs),
    column('undo', text, ({ value }) => value.undo),
    column('expected_benefit', float8, ({ value }) => value.expectedBenefit),
    column('cost', float8, ({ value }) => value.cost),
    column('reason', text, ({ value }) => value.reason),
    column('evidence', jsonb, ({ value }) => json(value.evidence)),
    ...provenance,
  ],
  lists: [list<Stored<Proposal>, string>(({ value }) => value.targets, [column('targets', text, (target) => target)])],
});
