import type { RecordMetadata } from 'kafkajs';
import { LogError, type OutRecord } from '../log.ts';

/**
 * kafkajs leaves records out of its requests without a word: those for a partition that is not in its metadata, and those whose partition moves, while it
 * tries again, to a broker that has answered already. Each record's partition is to be acknowledged.
 *
 * @throws LogError partition-unknown
 */
export function assertAcknowledged(
  prefix: string,
  sent: readonly OutRecord[],
  acknowledgement: readonly RecordMetadata[],
): void {
  const partitions = new Map<string, Set<number>>();
  for (const { topicName, partition } of acknowledgement) {
    const acknowledged = partitions.get(topicName) ?? new Set();
    partitions.set(topicName, acknowledged.add(partition));
  }
  for (const { topic, partition } of sent) {
    if (partitions.get(prefix + topic)?.has(partition) === true) continue;
    throw new LogError(
      'partition-unknown',
      `${prefix}${topic}: what was sent to partition ${partition} went nowhere; the topic does not have it, or its leader has just moved`,
    );
  }
}
