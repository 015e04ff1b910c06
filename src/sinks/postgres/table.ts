/** How the records of one topic become rows of one table, and the one statement that inserts a micro-batch of them. */
import { UnstorableError } from '../storable.ts';
import { ArrayWriter } from './array-writer.ts';
import { int4, type PgType } from './types.ts';

/** A record and where it lay in the log. */
export interface Stored<Value> {
  readonly logId: string;
  readonly partition: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly value: Value;
}

/** Takes rows in, and gives parameters out. */
interface Collector<Row> {
  /** Throws UnstorableError; then `reset` is due. */
  add(row: Row): void;
  mark(): void;
  /** Drops what was added since the last mark. */
  reset(): void;
  finish(): Buffer;
}

export interface Column<Row> {
  readonly name: string;
  readonly type: string;
  collect(): Collector<Row>;
}

/** A column of one value a row; null is SQL's null. */
export function column<Row, Value>(name: string, type: PgType<Value>, of: (row: Row) => Value | null): Column<Row> {
  return {
    name,
    type: type.name,
    collect() {
      const values = new ArrayWriter(type);
      return {
        add(row) {
          const value = of(row);
          if (value !== null && type.refuses !== undefined) {
            const valid = type.refuses(value);
            if (valid !== null) throw new UnstorableError(name, value, valid);
          }
          values.add(value);
        },
        mark: () => values.mark(),
        reset: () => values.reset(),
        finish: () => values.finish(),
      };
    },
  };
}

/** Array columns of equal length: each item of a row's list gives one element to each column. */
export interface List<Row> {
  readonly columns: readonly Pick<Column<never>, 'name' | 'type'>[];
  collect(): ListCollector<Row>;
}

interface ListCollector<Row> {
  /** Returns the number of items. Throws UnstorableError; then `reset` is due. */
  add(row: Row): number;
  mark(): void;
  reset(): void;
  /** Index of each row's first item from 1, and of its last. */
  bounds(): readonly Buffer[];
  finish(): readonly Buffer[];
}

export function list<Row, Item>(of: (row: Row) => readonly Item[], columns: readonly Column<Item>[]): List<Row> {
  return {
    columns,
    collect() {
      const collectors = columns.map((each) => each.collect());
      const from = new ArrayWriter(int4);
      const to = new ArrayWriter(int4);
      let length = 0;
      let markedLength = 0;
      return {
        add(row) {
          const items = of(row);
          for (const collector of collectors) for (const item of items) collector.add(item);
          from.add(length + 1);
          length += items.length;
          to.add(length);
          return items.length;
        },
        mark() {
          for (const each of [from, to, ...collectors]) each.mark();
          markedLength = length;
        },
        reset() {
          for (const each of [from, to, ...collectors]) each.reset();
          length = markedLength;
        },
        bounds: () => [from.finish(), to.finish()],
        finish: () => collectors.map((collector) => collector.finish()),
      };
    },
  };
}

export interface Table<Value> {
  readonly name: string;
  /** The time whose day names the row's partition, in ms since the epoch. */
  timeMs(record: Stored<Value>): number;
  /** Skips rows whose primary key is there already. */
  readonly insert: string;
  /** An empty micro-batch. */
  rows(): Rows<Value>;
}

/** A micro-batch of rows on their way to one statement. */
export interface Rows<Value> {
  readonly length: number;
  /** Rows and the elements of their lists, together. */
  readonly weight: number;
  /** Throws UnstorableError where a value cannot be stored; then the batch is as before. */
  add(record: Stored<Value>): void;
  /** Parameters of the table's `insert`; nothing can be added afterwards. */
  finish(): readonly Buffer[];
}

export interface TableSpec<Value, Row> {
  readonly name: string;
  timeMs(record: Stored<Value>): number;
  /** What the columns are taken from. */
  row(record: Stored<Value>): Row;
  readonly columns: readonly Column<Row>[];
  readonly lists?: readonly List<Row>[];
}

export function table<Value, Row>(spec: TableSpec<Value, Row>): Table<Value> {
  const { name, timeMs, lists = [] } = spec;
  return { name, timeMs, insert: insertStatement(name, spec.columns, lists), rows: () => collectRows(spec) };
}

function collectRows<Value, Row>(spec: TableSpec<Value, Row>): Rows<Value> {
  const columns = spec.columns.map((each) => each.collect());
  const lists = (spec.lists ?? []).map((each) => each.collect());
  let length = 0;
  let weight = 0;
  return {
    get length() {
      return length;
    },
    get weight() {
      return weight;
    },
    add(record) {
      const row = spec.row(record);
      for (const each of [...columns, ...lists]) each.mark();
      let items = 0;
      try {
        for (const each of columns) each.add(row);
        for (const each of lists) items += each.add(row);
      } catch (error) {
        for (const each of [...columns, ...lists]) each.reset();
        throw error;
      }
      length += 1;
      weight += 1 + items;
    },
    finish: () => [
      ...columns.map((each) => each.finish()),
      ...lists.flatMap((each) => each.bounds()),
      ...lists.flatMap((each) => each.finish()),
    ],
  };
}

/**
 * The lists of all rows travel as one flat array a column, with the bounds of each row's slice: unnest cannot take arrays of
 * arrays apart, and a slice of a flat array costs Postgres less than any other form of an array a row.
 */
function insertStatement<Row>(name: string, columns: readonly Column<Row>[], lists: readonly List<Row>[]): string {
  let parameter = 0;
  const next = (type: string) => `$${++parameter}::${type}[]`;
  const unnested = [
    ...columns.map((each) => ({ name: each.name, array: next(each.type) })),
    ...lists.flatMap((_, index) => [
      { name: `from_${index}`, array: next(int4.name) },
      { name: `to_${index}`, array: next(int4.name) },
    ]),
  ];
  const sliced = lists.flatMap((each, index) =>
    each.columns.map((of) => ({ name: of.name, slice: `(${next(of.type)})[r.from_${index}:r.to_${index}]` })),
  );
  return `insert into aura.${name} (${[...columns, ...sliced].map((each) => each.name).join(', ')})
select ${[...columns.map((each) => `r.${each.name}`), ...sliced.map(({ slice }) => slice)].join(', ')}
from unnest(${unnested.map(({ array }) => array).join(', ')}) as r (${unnested.map((each) => each.name).join(', ')})
on conflict do nothing`;
}
