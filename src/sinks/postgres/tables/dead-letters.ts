import type { DeadLetter } from '../../../../schemas/records.ts';
import { column, type Stored, table } from '../table.ts';
import { bytea, int4, int8, key, text, timestamptz } from '../types.ts';
import { provenance } from './columns.ts';

export const deadLetters = table<DeadLetter, Stored<DeadLetter>>({
  name: 'dead_letters',
  timeMs: ({ value }) => value.appendMs,
  row: (record) => record,
  columns: [
    column('origin_appended_at', timestamptz, ({ value }) => value.appendMs),
    column('processor', key, ({ value }) => value.processor),
    column('topic', key, ({ value }) => value.topic),
    column('partition', int4, ({ value }) => value.partition),
    column('"offset"', int8, ({ value }) => value.offset),
    column('code', key, ({ value }) => value.code),
    column('reason', text, ({ value }) => value.reason),
    column('key', bytea, ({ value }) => value.key),
    column('value', bytea, ({ value }) => value.value),
    ...provenance,
  ],
});
