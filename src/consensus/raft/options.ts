/** How a node is set up. Times are in ticks, whose length is the driver's business. */
import { RaftError } from './errors.ts';
import type { Index, NodeId, Term } from './ids.ts';
import { RULES, type Rules } from './rules.ts';

export interface RaftOptions {
  readonly id: NodeId;
  /** A follower that heard of no leader for this long, plus up to as much again by chance, wants to be elected. Above heartbeatTicks. */
  readonly electionTicks: number;
  /**
   * Election timeouts double with every term, after the first, in which nothing was committed, up to so many times. Ours: the paper asks for
   * timeouts well above the network's round trip, and this finds such ones. 0: as in the paper.
   */
  readonly electionDoublingsMax: number;
  /** A leader is heard of at least this often. At least 1. */
  readonly heartbeatTicks: number;
  /** A whole number from 0 to below the bound, differing by node and term: with equal timeouts candidates would tie for ever (paper, 5.2). */
  readonly random: (bound: number, term: Term) => number;
  /** Ask before an election whether it can be won: a node that comes back does not disturb a leader that works (thesis, 9.6). */
  readonly preVote: boolean;
  /** A leader that hears from no quorum steps down, and nobody votes against a leader heard of lately (thesis, 6.2 and 4.2.3). */
  readonly checkQuorum: boolean;
  /** Entries in one message: at least one, then up to so many bytes. */
  readonly messageBytesMax: number;
  /** Committed entries handed out at once: at least one, then up to so many bytes. */
  readonly committedBytesMax: number;
  /** Messages with entries on their way to one follower. At least 1. */
  readonly inflightMessagesMax: number;
  /** Proposals are dropped while a leader has more than this uncommitted. */
  readonly uncommittedBytesMax: number;
  /** Reads are answered by the leader's lease, so followers do not forget it before the lease is over. Needs checkQuorum. */
  readonly leaseReads: boolean;
  /** A leader that is no voter any more steps down when it learns so. */
  readonly stepDownOnRemoval: boolean;
  /** Already applied by the machine before this start. */
  readonly applied: Index;
  readonly rules: Rules;
}

export type RaftOptionsGiven = Pick<RaftOptions, 'id' | 'random'> & Partial<RaftOptions>;

/**
 * Fills in the rest: 10 and 1 ticks, 4 doublings, pre-vote and check quorum on, 1 MiB a message, 256 messages on their way.
 * @throws RaftError BAD_OPTION
 */
export function raftOptions(given: RaftOptionsGiven): RaftOptions {
  const options: RaftOptions = {
    electionTicks: 10,
    electionDoublingsMax: 4,
    heartbeatTicks: 1,
    preVote: true,
    checkQuorum: true,
    messageBytesMax: 1 << 20,
    committedBytesMax: 1 << 20,
    inflightMessagesMax: 256,
    uncommittedBytesMax: 1 << 26,
    leaseReads: false,
    stepDownOnRemoval: false,
    applied: 0,
    rules: RULES,
    ...given,
  };
  if (options.leaseReads && !options.checkQuorum)
    throw new RaftError('BAD_OPTION', 'a lease needs checkQuorum', options.checkQuorum, 'checkQuorum: true');
  need('id', options.id, 1);
  need('heartbeatTicks', options.heartbeatTicks, 1);
  need('electionTicks', options.electionTicks, options.heartbeatTicks + 1);
  need('electionDoublingsMax', options.electionDoublingsMax, 0);
  need('inflightMessagesMax', options.inflightMessagesMax, 1);
  need('applied', options.applied, 0);
  return options;
}

function need(name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new RaftError('BAD_OPTION', `${name} is out of range`, value, `a whole number of at least ${min}`);
}
