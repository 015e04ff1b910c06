/**
 * Two partition assigners for kafkajs, which brings only a round robin over single partitions.
 * `coPartitioned`: partition p of every topic goes to one member, members keep what they can from run to run by the order of their ids.
 * `fixed`: a group of one that reads the partitions it was made for; kafkajs has no consumer without a group.
 */
import { AssignerProtocol, type Assignment, type PartitionAssigner } from 'kafkajs';
import type { TopicPartition } from '../log.ts';

const version = 1;

export const coPartitioned: PartitionAssigner = ({ cluster }) => ({
  name: 'aura-co-partitioned',
  version,
  async assign({ members, topics }) {
    const sorted = members.map(({ memberId }) => memberId).sort();
    return sorted.map((memberId, index) => {
      const assignment: Assignment = {};
      for (const topic of topics) {
        assignment[topic] = cluster
          .findTopicPartitionMetadata(topic)
          .map(({ partitionId }) => partitionId)
          .filter((partition) => partition % sorted.length === index)
          .sort((a, b) => a - b);
      }
      return {
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
      };
    });
  },
  protocol: ({ topics }) => protocol('aura-co-partitioned', topics),
});

export function fixed(partitions: readonly TopicPartition[]): PartitionAssigner {
  return () => ({
    name: 'aura-fixed',
    version,
    async assign({ members }) {
      const assignment: Assignment = {};
      for (const { topic, partition } of partitions) assignment[topic] = [...(assignment[topic] ?? []), partition];
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) }),
      }));
    },
    protocol: ({ topics }) => protocol('aura-fixed', topics),
  });
}

function protocol(name: string, topics: string[]) {
  return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }) };
}
