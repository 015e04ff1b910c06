import type { Outcome } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { float8, int4, key, text, timestamptz } from '../types.ts';
import { cell, provenance } from './columns.ts';

const means = (side: 'before' | 'after') => [
  column(`${side}_latency_ms`, float8, ({ value }: Stored<Outcome>) => value[side].latencyMs),
  column(`${side}_traffic_per_s`, float8, ({ value }: Stored<Outcome>) => value[side].trafficPerS),
  column(`${side}_error_rate`, float8, ({ value }: Stored<Outcome>) => value[side].errorRate),
  column(`${side}_saturation`, float8, ({ value }: Stored<Outcome>) => value[side].saturation),
  column(`${side}_silent_ms`, float8, ({ value }: Stored<Outcome>) => value[side].silentMs),
];

export const outcomes = table<Outcome, Stored<Outcome>>({
  name: 'outcomes',
  timeMs: ({ value }) => value.measuredMs,
  row: (record) => record,
  columns: [
    column('proposal_id', key, ({ value }) => value.proposalId),
    ...cell,
    column('kind', text, ({ value }) => value.kind),
    column('applied_at', timestamptz, ({ value }) => value.appliedMs),
    column('measured_at', timestamptz, ({ value }) => value.measuredMs),
    column('windows_before', int4, ({ value }) => value.windowsBefore),
    column('windows_after', int4, ({ value }) => value.windowsAfter),
    ...means('before'),
    ...means('after'),
    column('effect', float8, ({ value }) => value.effect),
    column('verdict', text, ({ value }) => value.verdict),
    ...provenance,
  ],
  lists: [list<Stored<Outcome>, string>(({ value }) => value.targets, [column('targets', text, (target) => target)])],
});
