/** Runs statements over rows inside one transaction and counts what is new. */
import { type Integer, int, type Transaction } from 'neo4j-driver';

/** What a property or a row's field may be. The driver sends numbers as floats; whole numbers go through `int`. */
export type Property =
  | string
  | number
  | boolean
  | Integer
  | null
  | readonly Property[]
  | { readonly [name: string]: Property };
export type Row = { readonly [name: string]: Property };

export type Found = Record<string, unknown>;

/** Rows a statement at most: the server holds a statement's rows in memory. */
const ROWS_MAX = 10_000;

export class GraphWriter {
  readonly #transaction: Transaction;
  #created = 0;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  /** Nodes and relationships that the statements have made. */
  get created(): number {
    return this.#created;
  }

  /** Runs a statement over the rows, each as `row`; returns what it returns. */
  async each(statement: string, rows: readonly Row[], parameters: Row = {}): Promise<readonly Found[]> {
    const found: Found[] = [];
    for (let from = 0; from < rows.length; from += ROWS_MAX) {
      const result = await this.#transaction.run(`UNWIND $rows AS row ${statement}`, {
        ...parameters,
        rows: rows.slice(from, from + ROWS_MAX),
      });
      const { nodesCreated, relationshipsCreated } = result.summary.counters.updates();
      this.#created += nodesCreated + relationshipsCreated;
      for (const record of result.records) found.push(record.toObject());
    }
    return found;
  }

  async read<Shape extends Found>(statement: string, parameters: Row): Promise<readonly Shape[]> {
    const { records } = await this.#transaction.run<Shape>(statement, parameters);
    return records.map((record) => record.toObject());
  }
}

/** A time as the statements take it: datetime({epochMillis: row.x}). */
export const millis = (timeMs: number): Integer => int(timeMs);
