/**
 * What every protocol here looks like from outside: a state machine that is stepped by events and answers with effects.
 *
 * A machine has no clock, network, disk or randomness. Its state is a mutable object behind `step`, for speed; nothing is shared
 * between machines, and the same events give the same effects. The signature scheme and the check of external validity come in as
 * arguments: the first with the configuration, the second with every offer.
 *
 * Effects are to be carried out in their order, and that order says what must be durable when: nothing that comes after a
 * `persist` may happen (no message leave, no commit be told) before its records are on disk. A machine that starts again is made
 * from the records that reached the disk, in their order. The simulator crashes replicas in between and holds them to it.
 *
 * Replicas talk over one of two channels:
 *   links   every message may be lost, delayed, repeated or overtaken; `send` names a receiver or means all others;
 *   log     one totally ordered broadcast (aura.consensus): `send` appends, everyone reads all of it in the same order, its own
 *           records too. Being in the log is being durable, so a protocol on a log never uses `persist`.
 */
import type { Block } from './block.ts';
import type { Hash } from './encoding.ts';
import type { Claim } from './signature.ts';

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

/** The words that one protocol uses where others use their own. */
export interface Vocabulary {
  /** What replicas say to each other. */
  readonly message: object;
  /** What a replica writes to its own disk. */
  readonly record: unknown;
  /** Names of its timers; one runs under each name. */
  readonly timer: string;
  /** What proves a commit to somebody else; null where crash faults alone are tolerated. */
  readonly proof: unknown;
  /** What proves that a key was misused. */
  readonly evidence: unknown;
}

export type Event<V extends Vocabulary> =
  /** The replica is to begin, once, after it was made from what survived. `nonce`: 16 bytes, drawn afresh for each start. */
  | { readonly type: 'start'; readonly nonce: Uint8Array }
  /**
   * `position`: on a log, the record's place (they rise; gaps are allowed; each once); on links 0. A message names its sender
   * itself, and where lies are tolerated its signature proves it.
   */
  | { readonly type: 'message'; readonly position: number; readonly message: V['message'] }
  /**
   * On a log, where machines share a process and one writer: what one of them has just said, which the log will hold ahead of all that this machine says
   * from now on, or not at all. The record itself comes later, as a message.
   */
  | { readonly type: 'overheard'; readonly message: V['message'] }
  /** A proposal was read or its check has changed. Offsets rise on first offers. */
  | ({ readonly type: 'offered' } & Offer)
  /** The same for several at once: a leader proposes them in one block, where after the first alone it would not wait for the others. */
  | { readonly type: 'offeredTogether'; readonly offers: readonly Offer[] }
  /** `view`: as it was set. */
  | { readonly type: 'timer'; readonly timer: V['timer']; readonly view: number };

export type Effect<V extends Vocabulary> =
  /** Write to disk before anything that comes after it. After a crash a part of the records, from the first on, may be there. */
  | { readonly type: 'persist'; readonly records: readonly V['record'][] }
  /** Send to the replica with index `to`, or to all others; on a log, append. */
  | { readonly type: 'send'; readonly message: V['message']; readonly to?: number }
  /** Raise `timer` with this name and view after `ms`. Replaces the timer of the same name. */
  | { readonly type: 'setTimer'; readonly timer: V['timer']; readonly view: number; readonly ms: number }
  | { readonly type: 'clearTimer'; readonly timer: V['timer'] }
  /** Once a height, in order, from the machine's `height` at its making on. */
  | {
      readonly type: 'committed';
      readonly block: Block;
      readonly certificate: V['proof'];
      /** Indexes of items that an earlier block has decided: they count for nothing. Absent when there are none. */
      readonly repeats?: readonly number[];
    }
  /** The state was taken over from others: what led up to `height` will not be told one by one. `head`: see Machine. */
  | { readonly type: 'restored'; readonly height: number; readonly head: Hash }
  | { readonly type: 'equivocation'; readonly evidence: V['evidence'] }
  /** A proposal fell so far behind the decided ones that it can no longer be decided. */
  | { readonly type: 'dropped'; readonly proposal: OfferedProposal }
  /** It takes part from now on. */
  | { readonly type: 'active' }
  /** Another process speaks as the same validator. The replica does nothing more; end the process. */
  | { readonly type: 'fenced'; readonly by: number }
  /** A message counts for nothing: forged, void, stale, malformed or out of turn. For metrics. */
  | { readonly type: 'refused'; readonly code: string };

export interface Machine<V extends Vocabulary> {
  /** Height of the last block that it committed or took over. */
  readonly height: number;
  /** Views (rounds, terms) that it has entered, over all heights; never falls. What liveness is counted in. */
  readonly view: number;
  /** Offered and undecided. Stop offering while this is high. */
  readonly openProposals: number;
  /** Whether a proposal needs no check any more: it is decided, or a copy of one that is, or too old. */
  isSettled(offset: number, digest: Hash): boolean;
  step(event: Event<V>): readonly Effect<V>[];
  /**
   * Signatures that stepping these messages now, in this order, would check if all are valid: for an adapter that verifies those of several messages
   * at once beforehand. A hint: some may be missing or too many, and the step checks all the same. Left out where there are none.
   */
  claims?(messages: readonly V['message'][]): readonly Claim[];
  /** All that decides what it will do, as plain data (maps, sets, arrays, numbers, strings, bytes). For exploring states and for tests. */
  inspect(): unknown;
}
