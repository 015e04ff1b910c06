/**
 * Where a partition has nothing at a reader's position, kafkajs takes the group's committed position away and reads from the first record kept. That is
 * right, but for the commit, where unread records were deleted for their age. A position past the end says that the topic was made anew, or has lost
 * records: whoever reads on there has another log's state, and passes over what comes until the old position is reached. That reader ends.
 */
import OffsetManager from 'kafkajs/src/consumer/offsetManager/index.js';
import { LogError, partitionId, type TopicPartition } from '../log.ts';
import { notToBeTriedAgain } from './errors.ts';
import { toOffset } from './offset.ts';

interface Offsets {
  readonly cluster: {
    fetchTopicsOffset(
      topics: readonly {
        readonly topic: string;
        readonly partitions: readonly object[];
        readonly fromBeginning: boolean;
      }[],
    ): Promise<readonly { readonly partitions: readonly { readonly offset: string }[] }[]>;
  };
  nextOffset(topic: string, partition: number): object;
  seek(position: { readonly topic: string; readonly partition: number; readonly offset: string }): Promise<void>;
}

/** Changes kafkajs's offset manager for the whole process; further calls do nothing. A reader that ends does so with LogError `position-lost`. */
export function endWherePositionIsLost(): void {
  Object.assign(OffsetManager.prototype, {
    async setDefaultOffset(this: Offsets, { topic, partition }: TopicPartition): Promise<void> {
      const asked = [{ topic, partitions: [{ partition }], fromBeginning: true }];
      const offset = (await this.cluster.fetchTopicsOffset(asked))[0].partitions[0].offset;
      const position = toOffset(String(this.nextOffset(topic, partition)));
      if (position > toOffset(offset)) {
        const why = `${partitionId({ topic, partition })} was read up to ${position} and ends before that now: it was made anew, or has lost records`;
        throw notToBeTriedAgain(new LogError('position-lost', why));
      }
      await this.seek({ topic, partition, offset });
    },
  });
}
