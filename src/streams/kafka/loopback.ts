/**
 * What this process has written goes to its own readers at once, without the way back through the broker: for a transaction that way is the writing of its
 * markers and a fetch that waits for them, 2 to 4 ms where cores are few.
 *
 * The order in a partition is kept by one rule, which is the reader's: it takes records handed over only where the first of them is the very next one that it
 * would have read, and passes over what it then fetches a second time. Where anything else lies in between it waits for the fetch as ever.
 *
 * A transaction's records have their offsets before it is committed. Those who read ahead get them then, with the commit as a pledge, and work on them while
 * it is under way.
 */
import type { RecordMetadata } from 'kafkajs';
import { type LogRecord, type OutRecord, partitionId } from '../log.ts';
import { toOffset } from './offset.ts';

export interface LoopbackReader {
  /** Whether it takes what is not committed yet. */
  readonly readsAhead: boolean;
  /** Written and acknowledged, of one partition, at offsets that follow on each other. `pledge`: as in ConsumerHandlers; null where there is nothing to wait for. */
  overhear(records: readonly LogRecord[], pledge: Promise<void> | null): void;
}

export class Loopback {
  readonly #readers = new Map<string, Set<LoopbackReader>>();

  /** `topics`: without prefix, as in records. */
  attach(topics: readonly string[], reader: LoopbackReader): void {
    for (const topic of topics) {
      const readers = this.#readers.get(topic) ?? new Set();
      this.#readers.set(topic, readers.add(reader));
    }
  }

  detach(reader: LoopbackReader): void {
    for (const readers of this.#readers.values()) readers.delete(reader);
  }

  /** As records of the log, by partition, what somebody here may read of a request's records and their acknowledgement. */
  acknowledged(
    prefix: string,
    sent: readonly OutRecord[],
    acknowledgement: readonly RecordMetadata[],
  ): readonly (readonly LogRecord[])[] {
    const partitions = new Map<
      string,
      { readonly base: number; readonly appendMs: number; readonly records: LogRecord[] }
    >();
    for (const { topicName, partition, baseOffset, logAppendTime } of acknowledgement) {
      const topic = topicName.slice(prefix.length);
      const appendMs = Number(logAppendTime ?? -1);
      // A topic that keeps its producers' times does not say when it appended.
      if (baseOffset === undefined || appendMs < 0 || (this.#readers.get(topic)?.size ?? 0) === 0) continue;
      partitions.set(partitionId({ topic, partition }), { base: toOffset(baseOffset), appendMs, records: [] });
    }
    for (const { topic, partition, key, value, headers = {} } of sent) {
      const known = partitions.get(partitionId({ topic, partition }));
      if (known === undefined) continue;
      const { base, appendMs, records } = known;
      records.push({ topic, partition, offset: base + records.length, appendMs, key, value, headers });
    }
    return [...partitions.values()].map(({ records }) => records);
  }

  /** To all readers; `pledge`: to those alone who read ahead, before the records are committed. */
  offer(partitions: readonly (readonly LogRecord[])[], pledge: Promise<void> | null = null): void {
    for (const records of partitions) {
      for (const reader of this.#readers.get(records[0].topic) ?? []) {
        if (pledge === null || reader.readsAhead) reader.overhear(records, pledge);
      }
    }
  }
}
