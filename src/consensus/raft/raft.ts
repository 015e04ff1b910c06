/**
 * The state of one node and the moves between its roles (Raft paper, figures 2 and 4). What a role does with a message is in
 * leader.ts, candidate.ts and follower.ts, which are this class cut into pieces: nobody else touches its fields. The way in is node.ts.
 *
 *   follower ──no leader for a while──► preCandidate ──a quorum would vote──► candidate ──a quorum voted──► leader
 *      ▲                                     │                                    │                           │
 *      └─────────────── a leader of this term, or any later term ◄───────────────┴────── no quorum active ◄──┘
 */
import { stepCandidate } from './candidate.ts';
import { type Configuration, membersOf } from './confchange/configuration.ts';
import { campaign, onRequestVote } from './election.ts';
import { RaftError } from './errors.ts';
import { stepFollower } from './follower.ts';
import type { Index, NodeId, Term } from './ids.ts';
import { propose, stepLeader, tickLeader } from './leader.ts';
import { type Entry, type EntryBody, type HardState, payloadBytes } from './log/entry.ts';
import { RaftLog } from './log/log.ts';
import type { Storage } from './log/storage.ts';
import { LEAVE_JOINT } from './membership.ts';
import type { Message, MessageBody } from './message.ts';
import type { RaftOptions } from './options.ts';
import { jointCommitted, jointVote } from './quorum/joint.ts';
import { Inflights } from './tracker/inflights.ts';
import { Progress } from './tracker/progress.ts';

export type Role = 'follower' | 'preCandidate' | 'candidate' | 'leader';

/** What became of something that was asked of a node. `dropped`: ask again later, perhaps somebody else. */
export type Outcome = 'ok' | 'dropped';

export class Raft {
  readonly id: NodeId;
  readonly options: RaftOptions;
  readonly log: RaftLog;
  /** By member of the configuration. */
  progress: ReadonlyMap<NodeId, Progress>;
  configuration: Configuration;

  term: Term;
  vote: NodeId | null;
  role: Role = 'follower';
  leader: NodeId | null = null;
  /** As candidate: who granted and who refused. */
  readonly votes = new Map<NodeId, boolean>();
  /** As leader: whom leadership is being handed to. */
  transferee: NodeId | null = null;
  /** As leader: where the newest change of membership lies in the log, or may lie. The next one waits until it is applied. */
  pendingConfiguration: Index = 0;
  /** As leader, bytes. */
  uncommittedBytes = 0;

  /** Ticks since a leader was heard of, or as leader since the quorum was checked. */
  electionElapsed = 0;
  heartbeatElapsed = 0;
  /** Drawn for each term; before doublings. */
  electionTimeout = 0;

  /** To be sent, in order. */
  messages: Message[] = [];
  /** To be sent once everything before them is on stable storage: they promise that it is. Those to itself are a leader's own count. */
  messagesAfterAppend: Message[] = [];

  constructor(options: RaftOptions, storage: Storage) {
    this.id = options.id;
    this.options = options;
    this.log = new RaftLog(storage, options.rules, options.applied);
    const { hardState, configuration } = storage;
    if (hardState.commit > this.log.lastIndex)
      throw new RaftError(
        'BAD_STORAGE',
        'the commit index is beyond the log',
        hardState.commit,
        `up to ${this.log.lastIndex}`,
      );
    this.term = hardState.term;
    this.vote = hardState.vote;
    this.log.commitTo(hardState.commit);
    this.configuration = configuration;
    this.progress = this.freshProgress(configuration);
    this.becomeFollower(this.term, null);
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote, commit: this.log.committed };
  }

  get isLearner(): boolean {
    return this.progress.get(this.id)?.isLearner ?? false;
  }

  /** Whether it may ask to be elected: a voter that is not busy restoring a snapshot. */
  get isPromotable(): boolean {
    return this.progress.has(this.id) && !this.isLearner && this.log.unstable.snapshot === null;
  }

  // ---- the moves

  becomeFollower(term: Term, leader: NodeId | null): void {
    this.#reset(term);
    this.role = 'follower';
    this.leader = leader;
  }

  /** Neither term nor vote change: asking costs nothing. */
  becomePreCandidate(): void {
    this.votes.clear();
    this.role = 'preCandidate';
    this.leader = null;
  }

  becomeCandidate(): void {
    this.#reset(this.term + 1);
    this.vote = this.id;
    this.role = 'candidate';
  }

  becomeLeader(): void {
    this.#reset(this.term);
    this.role = 'leader';
    this.leader = this.id;
    const own = this.progress.get(this.id);
    if (own !== undefined) {
      own.becomeReplicate();
      own.recentActive = true;
    }
    // There may be a change of membership among what it has not applied yet.
    this.pendingConfiguration = this.log.lastIndex;
    // An entry of its own term, with which everything before it commits (paper, section 8). It has no size, so it is not dropped.
    this.append([{ type: 'normal', data: new Uint8Array(0) }]);
  }

  /** A vote is for a term: it is kept within one, and forgotten with it. */
  #reset(term: Term): void {
    if (this.term !== term) this.vote = null;
    this.term = term;
    this.leader = null;
    this.electionElapsed = 0;
    this.heartbeatElapsed = 0;
    const { electionTicks, random } = this.options;
    this.electionTimeout = electionTicks + random(electionTicks, term);
    this.transferee = null;
    this.votes.clear();
    this.pendingConfiguration = 0;
    this.uncommittedBytes = 0;
    this.progress = this.freshProgress(this.configuration);
  }

  /** Of everybody in the configuration, as at the beginning of a term. */
  freshProgress(configuration: Configuration): ReadonlyMap<NodeId, Progress> {
    const last = this.log.lastIndex;
    const { inflightMessagesMax } = this.options;
    return new Map(
      membersOf(configuration).map((id) => {
        const progress = new Progress(
          last + 1,
          new Inflights(inflightMessagesMax),
          configuration.learners.includes(id),
        );
        if (id === this.id) progress.match = last;
        return [id, progress];
      }),
    );
  }

  // ---- time

  /** The shortest election timeout, as long as a leader's lease. */
  get electionTicks(): number {
    return this.options.electionTicks * this.#patience;
  }

  /** 2 to the number of terms that were in vain, as far as this node knows: since the one of the newest committed entry. */
  get #patience(): number {
    const inVain = this.term - 1 - (this.log.term(this.log.committed) ?? 0);
    return 2 ** Math.min(Math.max(inVain, 0), this.options.electionDoublingsMax);
  }

  tick(): void {
    if (this.role === 'leader') {
      tickLeader(this);
      return;
    }
    this.electionElapsed += 1;
    if (!this.isPromotable || this.electionElapsed < this.electionTimeout * this.#patience) return;
    this.electionElapsed = 0;
    campaign(this, this.options.preVote ? 'preElection' : 'election');
  }

  // ---- messages

  step(message: Message): Outcome {
    if (message.term !== 0 && message.term !== this.term && !this.#meetsTerm(message)) return 'ok';
    if (message.type === 'requestVote') {
      onRequestVote(this, message);
      return 'ok';
    }
    if (this.role === 'leader') return stepLeader(this, message);
    if (this.role === 'follower') return stepFollower(this, message);
    return stepCandidate(this, message);
  }

  /** A message of another term (paper, 5.1). False: nothing more is done with it. */
  #meetsTerm(message: Message): boolean {
    const { type, from, term } = message;
    if (term < this.term) {
      this.#onLowerTerm(message);
      return false;
    }
    if (type === 'requestVote') {
      const hasLease = this.options.checkQuorum && this.leader !== null && this.electionElapsed < this.electionTicks;
      if (hasLease && !message.transfer) return false;
      if (message.preVote) return true;
    }
    // The term of a grant is one that the voter does not have either.
    if (type === 'requestVoteReply' && message.preVote && message.granted) return true;
    const isLeader = type === 'appendEntries' || type === 'heartbeat' || type === 'installSnapshot';
    this.becomeFollower(term, isLeader ? from : null);
    return true;
  }

  #onLowerTerm(message: Message): void {
    const { type, from } = message;
    const { checkQuorum, preVote } = this.options;
    // Somebody whose requests for votes are ignored may have a higher term than the leader, and would never hear it. This answer makes the
    // leader step down and catch up with the term.
    if ((checkQuorum || preVote) && (type === 'heartbeat' || type === 'appendEntries'))
      this.send(from, { type: 'appendEntriesReply', index: 0, rejection: null });
    // So that a candidate of a lower term and log does not keep asking.
    else if (type === 'requestVote' && message.preVote)
      this.send(from, { type: 'requestVoteReply', preVote: true, granted: false });
  }

  send(to: NodeId, body: MessageBody): void {
    this.sendInTerm(to, this.term, body);
  }

  sendInTerm(to: NodeId, term: Term, body: MessageBody): void {
    const message: Message = { from: this.id, to, term, ...body };
    // Votes and acknowledgements are promises about what is stored.
    const promises = body.type === 'requestVoteReply' || body.type === 'appendEntriesReply';
    (promises ? this.messagesAfterAppend : this.messages).push(message);
  }

  // ---- the leader's log

  /** Appends to its own log and counts itself once that is written. False: there is too much uncommitted. */
  append(bodies: readonly EntryBody[]): boolean {
    const bytes = bodies.reduce((sum, body) => sum + payloadBytes(body), 0);
    if (bytes > 0 && this.uncommittedBytes > 0 && this.uncommittedBytes + bytes > this.options.uncommittedBytesMax)
      return false;
    this.uncommittedBytes += bytes;
    const first = this.log.lastIndex + 1;
    this.log.append(bodies.map((body, i): Entry => ({ term: this.term, index: first + i, ...body })));
    const index = this.log.lastIndex;
    this.send(this.id, { type: 'appendEntriesReply', index, rejection: null });
    return true;
  }

  /** Commits what a quorum has stored. True: more than before. */
  commit(): boolean {
    const { rules } = this.options;
    const acked = { get: (id: NodeId) => this.progress.get(id)?.match };
    return this.log.commitByQuorum(jointCommitted(this.configuration.voters, acked, rules.quorum), this.term);
  }

  /** Whether a quorum, itself included, was heard of lately. */
  get isQuorumActive(): boolean {
    const active = { get: (id: NodeId) => id === this.id || (this.progress.get(id)?.recentActive ?? false) };
    return jointVote(this.configuration.voters, active, this.options.rules.quorum) === 'won';
  }

  // ---- what the driver reports

  appliedTo(index: Index, entries: readonly Entry[]): void {
    this.log.appliedTo(Math.max(index, this.log.applied));
    const bytes = entries.reduce((sum, entry) => sum + payloadBytes(entry), 0);
    this.uncommittedBytes = Math.max(0, this.uncommittedBytes - bytes);
    const { autoLeave } = this.configuration;
    if (autoLeave && this.role === 'leader' && this.log.applied >= this.pendingConfiguration)
      // Dropped while leadership is handed over: then the next leader does it.
      propose(this, [LEAVE_JOINT]);
  }
}
