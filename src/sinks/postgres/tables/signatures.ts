import type { Bar, Signature } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { bytea, float8, int2 } from '../types.ts';
import { cellWindow, provenance } from './columns.ts';

const bars = (diagram: 'states' | 'graph') =>
  list<Stored<Signature>, Bar>(
    ({ value }) => value[diagram],
    [
      column(`${diagram}_dimension`, int2, (bar) => bar.dimension),
      column(`${diagram}_birth`, float8, (bar) => bar.birth),
      column(`${diagram}_death`, float8, (bar) => bar.death),
    ],
  );

export const signatures = table<Signature, Stored<Signature>>({
  name: 'signatures',
  timeMs: ({ value }) => value.windowStartMs,
  row: (record) => record,
  columns: [
    ...cellWindow,
    column('snapshot_hash', bytea, ({ value }) => value.snapshotHash),
    column('stability', float8, ({ value }) => value.stability),
    ...provenance,
  ],
  lists: [
    list<Stored<Signature>, number>(({ value }) => value.vector, [column('vector', float8, (entry) => entry)]),
    bars('states'),
    bars('graph'),
  ],
});
