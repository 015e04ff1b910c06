/** A copy of compacted, single-partition topics: the last record of each key, kept up to date for the tasks of a process. */
import { type Consumer, type Log, type LogRecord, partitionId } from './log.ts';
import { readTo } from './read-all.ts';

export interface TableHandlers {
  records(topic: string, records: readonly LogRecord[], nextOffset: number): void;
  failed(error: Error): void;
}

interface Table {
  /** In the order of their offsets: a key that is written again moves to the end. */
  readonly records: Map<string, LogRecord>;
  nextOffset: number;
}

export class TableReplica {
  readonly #tables = new Map<string, Table>();
  #consumer: Consumer | null = null;

  /** Reads the tables to their present ends, then hands what comes after to `handlers`. */
  static async read(
    log: Log,
    topics: readonly string[],
    withinMs: number,
    handlers: TableHandlers,
  ): Promise<TableReplica> {
    const replica = new TableReplica();
    if (topics.length === 0) return replica;
    const ends = new Map<string, number>();
    const positions = await Promise.all(
      topics.map(async (topic) => {
        const [bounds] = await log.bounds(topic);
        const at = { topic, partition: 0 };
        if (bounds.high > bounds.low) ends.set(partitionId(at), bounds.high);
        replica.#tables.set(topic, { records: new Map(), nextOffset: bounds.low });
        return { ...at, offset: bounds.low };
      }),
    );
    let known = false;
    replica.#consumer = await readTo(log, {
      positions,
      ends,
      withinMs,
      records: ({ topic }, records, nextOffset) => {
        replica.#take(topic, records, nextOffset);
        if (known) handlers.records(topic, records, nextOffset);
      },
      failed: handlers.failed,
    });
    known = true;
    return replica;
  }

  /** The tables as they stand, as one chunk of records each. */
  contents(): { readonly topic: string; readonly records: readonly LogRecord[]; readonly nextOffset: number }[] {
    return [...this.#tables].map(([topic, { records, nextOffset }]) => ({
      topic,
      records: [...records.values()],
      nextOffset,
    }));
  }

  async close(): Promise<void> {
    await this.#consumer?.close();
  }

  #take(topic: string, records: readonly LogRecord[], nextOffset: number): void {
    const table = this.#tables.get(topic);
    if (table === undefined) return;
    for (const record of records) {
      const key = record.key === null ? '' : Buffer.from(record.key).toString('latin1');
      table.records.delete(key);
      // A deleted key is left out: a task that starts now has nothing to delete.
      if (record.value !== null) table.records.set(key, record);
    }
    table.nextOffset = nextOffset;
  }
}
