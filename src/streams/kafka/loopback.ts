/**
 * What this process has written goes to its own readers at once, without the way back through the broker: for a transaction that way is the writing of its
 * markers and a fetch that waits for them, 2 to 4 ms where cores are few.
 *
 * The order in a partition is kept by one rule, which is the reader's: it takes records handed over only where the first of them is the very next one that it
 * would have read, and passes over what it then fetches a second time. Where anything else lies in between it waits for the fetch as ever.
 */
import type { RecordMetadata } from 'kafkajs';
import type { LogRecord, OutRecord } from '../log.ts';
import { toOffset } from './offset.ts';

export interface LoopbackReader {
  /** Written, acknowledged, and committed if in a transaction; of one partition, at offsets that follow on each other. */
  overhear(records: readonly LogRecord[]): void;
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
    const partitions: LogRecord[][] = [];
    for (const { topicName, partition, baseOffset, logAppendTime } of acknowledgement) {
      const topic = topicName.slice(prefix.length);
      const appendMs = Number(logAppendTime ?? -1);
      // A topic that keeps its producers' times does not say when it appended.
      if (baseOffset === undefined || appendMs < 0 || (this.#readers.get(topic)?.size ?? 0) === 0) continue;
      const base = toOffset(baseOffset);
      const records: LogRecord[] = [];
      for (const { topic: sentTo, partition: of, key, value, headers = {} } of sent) {
        if (of !== partition || sentTo !== topic) continue;
        records.push({ topic, partition, offset: base + records.length, appendMs, key, value, headers });
      }
      if (records.length > 0) partitions.push(records);
    }
    return partitions;
  }

  offer(partitions: readonly (readonly LogRecord[])[]): void {
    for (const records of partitions) {
      for (const reader of this.#readers.get(records[0].topic) ?? []) reader.overhear(records);
    }
  }
}
