/**
 * The interface of core.ts as a protocol over aura.consensus narrows it, and a few words more. Nothing but the log is durable: a
 * signed message is its own write-ahead record, and being in the log is being durable. A replica that dies between `send` and the
 * append has said nothing; one that starts again reads what it said from the log.
 */
import type { Block } from './block.ts';
import type { Certificate } from './certificate.ts';
import type { Event as CoreEvent, Machine, OfferedProposal } from './core.ts';
import type { Hash } from './encoding.ts';
import type { Equivocation } from './equivocation.ts';
import type { Message } from './message.ts';

export type { Check, Offer, OfferedProposal } from './core.ts';

/** What a protocol over the log says. */
export interface LogVocabulary {
  readonly message: Message;
  readonly record: never;
  readonly timer: TimerName;
  readonly proof: Certificate;
  readonly evidence: Equivocation;
}

export type TimerName = 'start' | 'view' | 'retry';

export type Event = CoreEvent<LogVocabulary>;

export type Effect =
  /** Append to the log, with acks=all, idempotently, in this order, outside any transaction. */
  | { readonly type: 'send'; readonly message: Message }
  /** Raise `timer` with this name and view after `ms`. Replaces the timer of the same name. */
  | { readonly type: 'setTimer'; readonly timer: TimerName; readonly view: number; readonly ms: number }
  | { readonly type: 'clearTimer'; readonly timer: TimerName }
  /** Its own incarnation was read from the log: it votes from now on. */
  | { readonly type: 'active'; readonly incarnation: number }
  /** Another process announced the same validator after this one. The replica does nothing more; end the process. */
  | { readonly type: 'fenced'; readonly by: number }
  /** Once a height, in order. */
  | { readonly type: 'committed'; readonly block: Block; readonly certificate: Certificate; readonly position: number }
  | { readonly type: 'equivocation'; readonly evidence: Equivocation }
  /** A proposal fell so far behind the decided ones that it can no longer be decided. */
  | { readonly type: 'dropped'; readonly proposal: OfferedProposal }
  /** The record at `position` counts for nothing: forged, void, stale, malformed or out of turn. For metrics. */
  | { readonly type: 'refused'; readonly position: number; readonly code: string };

export type ReplicaStatus = 'idle' | 'recovering' | 'active' | 'fenced';

export interface Replica extends Machine<LogVocabulary> {
  readonly status: ReplicaStatus;
  /** Offset of the next record of the log to hand in; after a restore, where to seek to. */
  readonly nextPosition: number;
  /** Offset in aura.proposals to read from after a start: nothing below it is open. */
  readonly proposalsFrom: number;
  step(event: Event): readonly Effect[];
}

/** Follows the log without a vote, as the learner does. */
export interface Follower {
  readonly position: number;
  /** The block that the record at `position` completed the decision of, if it did. */
  follow(position: number, message: Message): CommittedBlock | null;
  isSettled(offset: number, digest: Hash): boolean;
}

export interface CommittedBlock {
  readonly block: Block;
  readonly blockHash: Hash;
  readonly certificate: Certificate;
}
