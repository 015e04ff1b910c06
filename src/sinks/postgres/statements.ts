/** Turns a batch into the statements that write it, before any transaction is open. */
import type { DeadLetter } from '../../../schemas/records.ts';
import type { Rejection, SinkBatch, SinkRun, SinkTopic, SinkTopics } from '../sink.ts';
import { TIME_MS_LAST, UnstorableError } from '../storable.ts';
import type { Rows, Stored, Table } from './table.ts';
import { deadLetters } from './tables/dead-letters.ts';
import { tables } from './tables/tables.ts';
import { json } from './types.ts';

export interface Statement {
  readonly insert: string;
  readonly parameters: readonly Buffer[];
}

/** A row's table and time, and the broker's clock when its record came. */
export interface RowTime {
  readonly table: string;
  readonly timeMs: number;
  readonly appendMs: number;
}

export interface Prepared {
  readonly statements: readonly Statement[];
  readonly times: readonly RowTime[];
  readonly rejected: readonly Rejection[];
}

export const topics = Object.keys(tables) as readonly SinkTopic[];

/** Rows and list elements of one statement at most, about 8 MB; a batch of usual size is one statement a table. */
const WEIGHT_MAX = 200_000;

/** A record that a table cannot hold becomes a row of dead_letters. */
export function prepare(logId: string, batch: SinkBatch): Prepared {
  const statements: Statement[] = [];
  const times: RowTime[] = [];
  const rejected: Rejection[] = [];
  const letters: Stored<DeadLetter>[] = [];

  function write<Value>(
    table: Table<Value>,
    records: Iterable<Stored<Value>>,
    refuse: (record: Stored<Value>, error: UnstorableError) => void,
  ): void {
    let rows = table.rows();
    for (const record of records) {
      try {
        rows.add(record);
      } catch (error) {
        if (!(error instanceof UnstorableError)) throw error;
        refuse(record, error);
        continue;
      }
      times.push({ table: table.name, timeMs: table.timeMs(record), appendMs: record.appendMs });
      if (rows.weight >= WEIGHT_MAX) {
        statements.push(statement(table, rows));
        rows = table.rows();
      }
    }
    if (rows.length > 0) statements.push(statement(table, rows));
  }

  for (const topic of topics) {
    write(tables[topic], stored(logId, topic, batch), (record, error) => {
      const { partition, offset } = record;
      rejected.push({ topic, partition, offset, code: error.code, reason: error.message });
      letters.push({ ...record, value: letter(topic, record, error) });
    });
  }
  write(deadLetters, letters, (_, error) => {
    throw error;
  });
  return { statements, times, rejected };
}

function statement<Value>(table: Table<Value>, rows: Rows<Value>): Statement {
  return { insert: table.insert, parameters: rows.finish() };
}

function* stored<Topic extends SinkTopic>(
  logId: string,
  topic: Topic,
  batch: SinkBatch,
): Iterable<Stored<SinkTopics[Topic]>> {
  const isOfTopic = (run: SinkRun<SinkTopic>): run is SinkRun<Topic> => run.topic === topic;
  const runs: readonly SinkRun<SinkTopic>[] = batch;
  for (const { partition, records } of runs.filter(isOfTopic)) {
    for (const { offset, appendMs, value } of records)
      yield { logId, partition, offset, appendMs: Math.min(Math.max(0, appendMs), TIME_MS_LAST), value };
  }
}

function letter(
  topic: SinkTopic,
  { partition, offset, appendMs, value }: Stored<unknown>,
  error: UnstorableError,
): DeadLetter {
  return {
    processor: 'history',
    topic,
    partition,
    offset,
    appendMs,
    code: error.code,
    reason: error.message,
    key: null,
    value: Buffer.from(json(value)),
  };
}
