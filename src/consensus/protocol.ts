/**
 * What every protocol here looks like from outside: a state machine that is stepped by events and answers with effects.
 *
 * A replica has no clock, network, disk or randomness. Its state is a mutable object behind `step`, for speed; nothing is shared
 * between replicas, and the same events give the same effects, byte for byte. Effects are to be carried out in their order.
 *
 * Nothing else is durable: a signed message is its own write-ahead record, and being in the log is being durable. A replica
 * that dies between `send` and the append has said nothing; one that starts again reads what it said from the log.
 */
import type { Block } from './block.ts';
import type { Certificate } from './certificate.ts';
import type { Hash } from './encoding.ts';
import type { Equivocation } from './equivocation.ts';
import type { Message } from './message.ts';

/** A record of aura.proposals, as far as agreement is concerned. */
export interface OfferedProposal {
  /** Offset of the record in its partition. */
  readonly offset: number;
  /** sha256 of the record's value. */
  readonly digest: Hash;
  /** Event time of the proposal, ms since 1970, at least 0. */
  readonly decidedMs: number;
}

/** What the validator's own check against evidence and policy says. The check must settle: every `wait` ends in one of the others. */
export type Check =
  | { readonly verdict: 'approve'; readonly dryRun: boolean }
  | { readonly verdict: 'reject'; readonly dryRun: boolean; readonly reason: string }
  | { readonly verdict: 'wait' };

export interface Offer {
  readonly proposal: OfferedProposal;
  readonly check: Check;
}

export type TimerName = 'start' | 'view' | 'retry';

export type Event =
  /** The replica is to announce itself. `nonce`: 16 bytes, drawn afresh for each start. */
  | { readonly type: 'start'; readonly nonce: Uint8Array }
  /** The record at `position` of the log. Positions rise; gaps are allowed; each once. */
  | { readonly type: 'message'; readonly position: number; readonly message: Message }
  /** A proposal was read or its check has changed. Offsets rise on first offers. */
  | ({ readonly type: 'offered' } & Offer)
  /** The same for several at once: a leader proposes them in one block, where after the first alone it would not wait for the others. */
  | { readonly type: 'offeredTogether'; readonly offers: readonly Offer[] }
  | { readonly type: 'timer'; readonly timer: TimerName; readonly view: number };

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

export interface Replica {
  readonly status: ReplicaStatus;
  /** Offset of the next record of the log to hand in; after a restore, where to seek to. */
  readonly nextPosition: number;
  /** Offset in aura.proposals to read from after a start: nothing below it is open. */
  readonly proposalsFrom: number;
  /** Offered and undecided. Stop reading proposals while this is high. */
  readonly openProposals: number;
  /** Whether a record of aura.proposals needs no check any more: it is decided, or a copy of one that is, or too old. */
  isSettled(offset: number, digest: Hash): boolean;
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
