/** The commands of etcd's quorum vectors: `committed cfg=(1,2) cfgj=(2,3) idx=(5,_,7)` and `vote … votes=(y,n,_)`, _ being nothing known. */
import { type NodeId, sortedIds } from '../ids.ts';
import { describeAcked } from '../quorum/describe.ts';
import { jointCommitted, jointVote, votersOf } from '../quorum/joint.ts';
import type { VoteResult } from '../quorum/majority.ts';
import type { Case } from './datadriven.ts';

const voteNames: Readonly<Record<VoteResult, string>> = { won: 'VoteWon', lost: 'VoteLost', pending: 'VotePending' };

export function runQuorumCase({ command, options, line }: Case): string {
  const incoming = idsOf(options.get('cfg'));
  const outgoing = idsOf(options.get('cfgj'));
  const voters = { incoming: sortedIds(incoming), outgoing: sortedIds(outgoing) };
  const everybody = [...new Set([...incoming, ...outgoing])];
  if (command === 'committed') {
    const acked = assigned(everybody, options.get('idx') ?? [], Number);
    const index = jointCommitted(voters, acked);
    return `${describeAcked(votersOf(voters), acked)}${index === Number.POSITIVE_INFINITY ? '∞' : index}`;
  }
  if (command === 'vote') {
    const votes = assigned(everybody, options.get('votes') ?? [], (word) => word === 'y');
    return voteNames[jointVote(voters, votes)];
  }
  throw new SyntaxError(`line ${line}: unknown command ${command}; valid: committed, vote`);
}

/** `zero` is a set of nobody that is told on purpose. */
function idsOf(words: readonly string[] = []): readonly NodeId[] {
  return words.filter((word) => word !== 'zero').map(Number);
}

/** Values go to the voters in the order in which these were named. */
function assigned<T>(ids: readonly NodeId[], words: readonly string[], parse: (word: string) => T): Map<NodeId, T> {
  const values = new Map<NodeId, T>();
  for (const [i, word] of words.entries()) if (word !== '_') values.set(ids[i], parse(word));
  return values;
}
