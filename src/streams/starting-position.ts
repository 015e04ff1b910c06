/** Where reading begins, by what its owner remembers. */
import { LogError, type Position, partitionId, type TopicPartition } from './log.ts';

/** Of a partition: the first offset kept and the offset after its last record. */
interface Bounds {
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The position that `owner` remembers; where it remembers none, the first record kept. Throws LogError `position-lost` for one past the end: the topic was made
 * anew or has lost records, and a broker's client would begin again at the first record, or pass over all that come until the end is there, on
 * state that has seen what was there before.
 */
export function startingPosition(
  owner: string,
  at: TopicPartition,
  offset: number | null,
  bounds: readonly Bounds[],
): Position {
  const { low, high } = bounds.find(({ partition }) => partition === at.partition) ?? { low: 0, high: 0 };
  const position = { topic: at.topic, partition: at.partition, offset: offset ?? low };
  if (offset === null || offset <= high) return position;
  throw new LogError(
    'position-lost',
    `${owner} stands at ${offset} of ${partitionId(at)}, which ends at ${high}; valid is a position up to there`,
  );
}
