/** Who belongs to the group and who votes (Raft paper, section 6; learners: thesis 4.2.1). A value: changes make a new one. */
import { RaftError } from '../errors.ts';
import { type NodeId, sortedIds } from '../ids.ts';
import type { JointVoters } from '../quorum/joint.ts';

export interface Configuration {
  readonly voters: JointVoters;
  /** Get the log and do not vote. Ascending, disjoint from the voters. */
  readonly learners: readonly NodeId[];
  /** Voters of the outgoing set that become learners once it is left. */
  readonly learnersNext: readonly NodeId[];
  /** The leader leaves the joint state by itself as soon as it is in force. */
  readonly autoLeave: boolean;
}

export const EMPTY_CONFIGURATION: Configuration = {
  voters: { incoming: [], outgoing: [] },
  learners: [],
  learnersNext: [],
  autoLeave: false,
};

export function configurationOf(voters: readonly NodeId[], learners: readonly NodeId[] = []): Configuration {
  return {
    ...EMPTY_CONFIGURATION,
    voters: { incoming: sortedIds(voters), outgoing: [] },
    learners: sortedIds(learners),
  };
}

export function isJoint({ voters }: Configuration): boolean {
  return voters.outgoing.length > 0;
}

/** Everybody whose log the leader looks after, ascending. */
export function membersOf({ voters, learners }: Configuration): readonly NodeId[] {
  return sortedIds(new Set([...voters.incoming, ...voters.outgoing, ...learners]));
}

/** As in etcd's vectors: voters=(1 2)&&(1) learners=(3) learners_next=(1) autoleave */
export function describeConfiguration({ voters, learners, learnersNext, autoLeave }: Configuration): string {
  const set = (ids: readonly NodeId[]): string => `(${ids.join(' ')})`;
  const parts = [`voters=${set(voters.incoming)}${voters.outgoing.length > 0 ? `&&${set(voters.outgoing)}` : ''}`];
  if (learners.length > 0) parts.push(`learners=${set(learners)}`);
  if (learnersNext.length > 0) parts.push(`learners_next=${set(learnersNext)}`);
  if (autoLeave) parts.push('autoleave');
  return parts.join(' ');
}

/** @throws RaftError INVARIANT_BROKEN for a configuration that no sequence of allowed changes leads to. */
export function checkConfiguration(configuration: Configuration): void {
  const { voters, learners, learnersNext, autoLeave } = configuration;
  const refuse = (reason: string): never => {
    throw new RaftError(
      'INVARIANT_BROKEN',
      reason,
      describeConfiguration(configuration),
      'learners that do not vote; later learners that vote in the outgoing set only; neither these nor autoleave outside of a joint state',
    );
  };
  for (const id of learners)
    if (voters.incoming.includes(id) || voters.outgoing.includes(id)) refuse(`${id} is a learner and a voter`);
  for (const id of learnersNext)
    if (!voters.outgoing.includes(id) || voters.incoming.includes(id)) refuse(`${id} cannot become a learner`);
  if (!isJoint(configuration) && (learnersNext.length > 0 || autoLeave)) refuse('a joint state is half left');
}
