import type { Decision } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { bool, bytea, json, jsonb, key, text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

export const decisions = table<Decision, Stored<Decision>>({
  name: 'decisions',
  timeMs: ({ value }) => value.decidedMs,
  row: (record) => record,
  columns: [
    column('proposal_id', key, ({ value }) => value.proposalId),
    ...cell,
    column('kind', text, ({ value }) => value.kind),
    column('verdict', text, ({ value }) => value.verdict),
    column('reason', text, ({ value }) => value.reason),
    column('dry_run', bool, ({ value }) => value.dryRun),
    column('decided_at', timestamptz, ({ value }) => value.decidedMs),
    column('expires_at', timestamptz, ({ value }) => value.expiresMs),
    column('proposal', bytea, ({ value }) => value.proposal),
    column('certificate', jsonb, ({ value }) => json(value.certificate)),
    ...provenance,
  ],
  lists: [list<Stored<Decision>, string>(({ value }) => value.targets, [column('targets', text, (target) => target)])],
});
