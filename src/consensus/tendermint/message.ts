/** What Tendermint's processes say, what they write to disk, and the bytes that a proposal's signature covers. */
import type { BallotCertificate, BallotEquivocation } from '../ballot.ts';
import type { Block } from '../block.ts';
import { ByteWriter, type Hash, sha256 } from '../encoding.ts';
import type { Instance } from '../instance.ts';

export type Phase = 'PREVOTE' | 'PRECOMMIT';

export interface Proposal {
  readonly type: 'proposal';
  readonly from: number;
  readonly height: number;
  readonly round: number;
  readonly block: Block;
  /** The precommits that decided the block below, in the round that the block names; null at height 1. */
  readonly last: BallotCertificate | null;
  /** Round of the proof-of-lock; -1: the block is new. */
  readonly validRound: number;
  /** The proof-of-lock itself: a quorum's prevotes for the block in `validRound`. Null: the block is new. */
  readonly proof: BallotCertificate | null;
  readonly signature: Uint8Array;
}

export interface Vote {
  readonly type: 'vote';
  readonly from: number;
  readonly phase: Phase;
  readonly height: number;
  readonly round: number;
  /** Null: nil. */
  readonly blockHash: Hash | null;
  readonly signature: Uint8Array;
}

/** Where the sender stands; whoever can tell it what it missed does. Not signed: a forged one costs some messages. */
export interface Status {
  readonly type: 'status';
  readonly from: number;
  /** The height it is deciding. */
  readonly height: number;
  readonly round: number;
  /** What it has of that height, by round; of those that are not named, nothing. */
  readonly held: readonly Held[];
}

export interface Held {
  readonly round: number;
  /** Hash of the block that it takes for the proposal; null: it has none, or one that others must be wrong about. */
  readonly proposal: Hash | null;
  /** Whose votes it has. */
  readonly prevotes: readonly number[];
  readonly precommits: readonly number[];
}

/** For one who missed it. Proves itself, so nobody signs it. */
export interface Decided {
  readonly type: 'decided';
  readonly from: number;
  readonly block: Block;
  readonly certificate: BallotCertificate;
  /** Round in which the block below was decided, as the block names it; 0 at height 1. */
  readonly lastRound: number;
}

/** The block that the sender is locked on, with its proof-of-lock: why it prevotes nil. Proves itself, so nobody signs it. */
export interface Locked {
  readonly type: 'locked';
  readonly from: number;
  readonly block: Block;
  readonly last: BallotCertificate | null;
  readonly proof: BallotCertificate;
}

export type TendermintMessage = Proposal | Vote | Status | Decided | Locked;

/**
 * What is on disk. Records of a height may be deleted once it is decided, but for the latest `decided` ones. Each is written before what
 * it makes possible is said: `proposed` before PROPOSAL, `voted` before the vote, `valid` (which holds the lock) before PRECOMMIT.
 */
export type TendermintRecord =
  | { readonly type: 'proposed'; readonly proposal: Proposal }
  | { readonly type: 'voted'; readonly vote: Vote }
  | {
      readonly type: 'valid';
      readonly block: Block;
      readonly last: BallotCertificate | null;
      readonly proof: BallotCertificate;
      readonly isLocked: boolean;
    }
  | {
      readonly type: 'decided';
      readonly block: Block;
      readonly certificate: BallotCertificate;
      readonly lastRound: number;
      /** Whom the block blames; see turns.ts. */
      readonly blamed: number | null;
    };

export type TendermintTimer = 'step' | 'resend';

export interface TendermintVocabulary {
  readonly message: TendermintMessage;
  readonly record: TendermintRecord;
  readonly timer: TendermintTimer;
  readonly proof: BallotCertificate;
  readonly evidence: BallotEquivocation;
}

/** What a block names as its parent: the block below and the round in which that was decided, so that all agree on whose turn was in vain. */
export function parentOf(head: Hash, decidedIn: number): Hash {
  return sha256(new ByteWriter(96).text('aura.tendermint.parent').raw(head).u64(decidedIn).finish());
}

export function proposalStatement(
  instance: Instance,
  { height, round, validRound }: Pick<Proposal, 'height' | 'round' | 'validRound'>,
  blockHash: Hash,
): Uint8Array {
  const writer = new ByteWriter(256).text('aura.tendermint.proposal').raw(instance.domain);
  return writer
    .u64(height)
    .u64(round)
    .u64(validRound + 1)
    .raw(blockHash)
    .finish();
}
