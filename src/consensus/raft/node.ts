/**
 * One node of a Raft group, without I/O: events go in by its methods, and what is to be done comes out of `ready`. In the manner of
 * etcd's RawNode. Crash faults only: a node that lies, or a disk that does, is not survived.
 *
 *   for (;;) {
 *     node.step(message) | node.tick() | node.propose(data)
 *     while (node.hasReady) {
 *       const ready = node.ready();
 *       write ready.snapshot, ready.entries and ready.hardState; wait for the disk where ready.mustSync
 *       send ready.messages
 *       apply ready.snapshot, then ready.committed; for each change of membership node.applyChange(change)
 *       node.advance();
 *     }
 *   }
 */
import type { Configuration } from './confchange/configuration.ts';
import { campaign } from './election.ts';
import { RaftError } from './errors.ts';
import { forgetLeader } from './follower.ts';
import type { EntryId, Index, NodeId, Term } from './ids.ts';
import { onSnapshotReport, onUnreachable, sendHeartbeats, transferLeadership } from './leader.ts';
import type { ConfigurationChange, Entry, EntryBody, HardState, Snapshot } from './log/entry.ts';
import type { Storage } from './log/storage.ts';
import { applyChange } from './membership.ts';
import type { Message } from './message.ts';
import { type RaftOptionsGiven, raftOptions } from './options.ts';
import { type Outcome, Raft, type Role } from './raft.ts';
import { describeProgress, type Progress } from './tracker/progress.ts';

export type { Outcome, Role };

export interface SoftState {
  readonly leader: NodeId | null;
  readonly role: Role;
}

/** What is to be done, in the order of the fields. Everything null or empty is nothing to do. */
export interface Ready {
  /** Changed since the last time. Need not be stored. */
  readonly softState: SoftState | null;
  /** To be stored: replaces all of the log. */
  readonly snapshot: Snapshot | null;
  /** To be stored: replace whatever lies at their indexes and after. */
  readonly entries: readonly Entry[];
  /** To be stored. */
  readonly hardState: HardState | null;
  /**
   * Entries, term or vote changed: the disk must have them before the messages leave. False: only the commit index changed, which a node
   * may forget. A snapshot must be on the disk before the messages leave in any case.
   */
  readonly mustSync: boolean;
  readonly messages: readonly Message[];
  /**
   * To be applied to the replicated machine, once each, in order. They may be among `entries`, and come after `snapshot`. Where a change of
   * membership is among them, the newest hard state must be on the disk before it is applied: a node that came back without it would ask
   * voters who are none any more.
   */
  readonly committed: readonly Entry[];
}

export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly vote: NodeId | null;
  readonly leader: NodeId | null;
  readonly committed: Index;
  readonly applied: Index;
  readonly lastIndex: Index;
  readonly configuration: Configuration;
  /** By member; meaningful where the node leads. */
  readonly progress: ReadonlyMap<NodeId, Progress>;
}

/** What happens when the storage has what the last `ready` gave out. */
interface Written {
  readonly term: Term;
  readonly last: EntryId | null;
  readonly snapshot: Snapshot | null;
  readonly toSelf: readonly Message[];
  readonly committed: readonly Entry[];
}

export class RaftNode {
  readonly #raft: Raft;
  #softState: SoftState;
  #hardState: HardState;
  #written: Written | null = null;

  /**
   * @param storage what the node has stored before; it reads there, and the driver writes what `ready` says
   * @throws RaftError BAD_OPTION, BAD_STORAGE
   */
  constructor(options: RaftOptionsGiven, storage: Storage) {
    this.#raft = new Raft(raftOptions(options), storage);
    this.#softState = this.#currentSoftState;
    this.#hardState = this.#raft.hardState;
  }

  // ---- events

  /** Time passes: one tick. */
  tick(): void {
    this.#raft.tick();
  }

  /** Wants to be elected, whatever the time. */
  campaign(): void {
    campaign(this.#raft, this.#raft.options.preVote ? 'preElection' : 'election');
  }

  /** `ok` is no promise: it may be lost on the way to the leader, or with it. It is decided when it comes out of `ready`. */
  propose(data: Uint8Array): Outcome {
    return this.#propose({ type: 'normal', data });
  }

  /** One at a time: while another is not applied, an empty entry is appended in its place. */
  proposeChange(change: ConfigurationChange): Outcome {
    return this.#propose({ type: 'configuration', change });
  }

  #propose(entry: EntryBody): Outcome {
    return this.#raft.step({ type: 'propose', from: this.#raft.id, to: this.#raft.id, term: 0, entries: [entry] });
  }

  /** False: an answer from somebody who is no member, which is ignored. */
  step(message: Message): boolean {
    const { type, from } = message;
    const isReply = type === 'appendEntriesReply' || type === 'heartbeatReply' || type === 'requestVoteReply';
    if (isReply && !this.#raft.progress.has(from)) return false;
    this.#raft.step(message);
    return true;
  }

  forgetLeader(): void {
    forgetLeader(this.#raft);
  }

  transferLeadership(target: NodeId): Outcome {
    if (this.#raft.role === 'leader') transferLeadership(this.#raft, target);
    else
      return this.#raft.step({ type: 'transferLeadership', from: this.#raft.id, to: this.#raft.id, term: 0, target });
    return 'ok';
  }

  reportUnreachable(id: NodeId): void {
    onUnreachable(this.#raft, id);
  }

  reportSnapshot(id: NodeId, delivered: boolean): void {
    onSnapshotReport(this.#raft, id, delivered);
  }

  /** As leader, lets everybody hear of it before the next tick. */
  heartbeat(): void {
    if (this.#raft.role === 'leader') sendHeartbeats(this.#raft);
  }

  /** Ticks without a leader until the next election, until it is drawn again. For tests. */
  setElectionTimeout(ticks: number): void {
    this.#raft.electionTimeout = ticks;
  }

  /** To be called for each change among the committed entries, with the newest hard state on disk. */
  applyChange(change: ConfigurationChange): Configuration {
    applyChange(this.#raft, change);
    return this.#raft.configuration;
  }

  // ---- what is to be done

  get hasReady(): boolean {
    const { messages, messagesAfterAppend, log, hardState } = this.#raft;
    return (
      messages.length > 0 ||
      messagesAfterAppend.length > 0 ||
      log.unstable.hasNextEntries ||
      log.hasNextCommitted ||
      log.unstable.nextSnapshot !== null ||
      !sameHardState(hardState, this.#hardState) ||
      !sameSoftState(this.#currentSoftState, this.#softState)
    );
  }

  /** Takes out all that is to be done. @throws RaftError OUT_OF_TURN before `advance` was called for the last one */
  ready(): Ready {
    if (this.#written !== null)
      throw new RaftError(
        'OUT_OF_TURN',
        'ready was called twice',
        'ready',
        'advance, once the last ready is carried out',
      );
    const raft = this.#raft;
    const { log, hardState, id } = raft;
    const softState = this.#currentSoftState;
    const entries = log.unstable.nextEntries;
    const snapshot = log.unstable.nextSnapshot;
    const committed = log.nextCommitted(raft.options.committedBytesMax);
    const ready: Ready = {
      softState: sameSoftState(softState, this.#softState) ? null : softState,
      snapshot,
      entries,
      hardState: sameHardState(hardState, this.#hardState) ? null : hardState,
      mustSync: raft.options.rules.mustSync(hardState, this.#hardState, entries.length),
      messages: [...raft.messages, ...raft.messagesAfterAppend.filter(({ to }) => to !== id)],
      committed,
    };
    this.#written = {
      term: raft.term,
      last: log.unstable.entries.length > 0 ? log.lastId : null,
      snapshot,
      toSelf: raft.messagesAfterAppend.filter(({ to }) => to === id),
      committed,
    };
    this.#softState = softState;
    this.#hardState = hardState;
    raft.messages = [];
    raft.messagesAfterAppend = [];
    log.unstable.handOut();
    const last = committed.at(-1);
    if (last !== undefined) log.handOutTo(last.index);
    return ready;
  }

  /** The last `ready` was carried out. */
  advance(): void {
    const raft = this.#raft;
    const written = this.#written;
    if (written === null)
      throw new RaftError('OUT_OF_TURN', 'advance was called without ready', 'advance', 'ready, then advance');
    this.#written = null;
    for (const message of written.toSelf) raft.step(message);
    // In a later term the entry may have been replaced by one that is not written: the next ready says.
    if (written.last !== null && written.term === raft.term) raft.log.unstable.stableTo(written.last);
    if (written.snapshot !== null) {
      raft.log.unstable.stableSnapshotTo(written.snapshot.index);
      raft.appliedTo(written.snapshot.index, []);
    }
    const last = written.committed.at(-1);
    if (last !== undefined) raft.appliedTo(last.index, written.committed);
  }

  get #currentSoftState(): SoftState {
    return { leader: this.#raft.leader, role: this.#raft.role };
  }

  get status(): RaftStatus {
    const { id, role, term, vote, leader, log, configuration, progress } = this.#raft;
    const { committed, applied, lastIndex } = log;
    return { id, role, term, vote, leader, committed, applied, lastIndex, configuration, progress };
  }

  /** All that decides what it will do, as plain data. */
  inspect(): unknown {
    const { role, term, vote, leader, votes, transferee, pendingConfiguration, configuration, progress, log } =
      this.#raft;
    const { electionElapsed, heartbeatElapsed, electionTimeout } = this.#raft;
    return {
      role,
      term,
      vote,
      leader,
      votes,
      transferee,
      pendingConfiguration,
      configuration,
      progress: [...progress].map(([id, of]) => `${id}: ${describeProgress(of)}`),
      committed: log.committed,
      applied: log.applied,
      unstable: log.unstable.entries,
      clock: [electionElapsed, heartbeatElapsed, electionTimeout],
    };
  }
}

function sameSoftState(a: SoftState, b: SoftState): boolean {
  return a.leader === b.leader && a.role === b.role;
}

function sameHardState(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote && a.commit === b.commit;
}
