/** What Tendermint's processes say, what they write to disk, and the bytes that a proposal's signature covers. */
import type { BallotCertificate, BallotEquivocation } from '../ballot.ts';
import type { Block } from '../block.ts';
import { ByteWriter, type Hash } from '../encoding.ts';
import type { Instance } from '../instance.ts';

export type Phase = 'PREVOTE' | 'PRECOMMIT';

export interface Proposal {
  readonly type: 'proposal';
  readonly from: number;
  readonly height: number;
  readonly round: number;
  readonly block: Block;
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
}

/** For one who missed it. Proves itself, so nobody signs it. */
export interface Decided {
  readonly type: 'decided';
  readonly from: number;
  readonly block: Block;
  readonly certificate: BallotCertificate;
}

export type TendermintMessage = Proposal | Vote | Status | Decided;

/**
 * What is on disk. Records of a height may be deleted once it is decided, but for the latest `decided` ones. Each is written before what
 * it makes possible is said: `proposed` before PROPOSAL, `voted` before the vote, `valid` (which holds the lock) before PRECOMMIT.
 */
export type TendermintRecord =
  | { readonly type: 'proposed'; readonly proposal: Proposal }
  | { readonly type: 'voted'; readonly vote: Vote }
  | { readonly type: 'valid'; readonly block: Block; readonly proof: BallotCertificate; readonly isLocked: boolean }
  | { readonly type: 'decided'; readonly block: Block; readonly certificate: BallotCertificate };

export type TendermintTimer = 'step' | 'resend';

export interface TendermintVocabulary {
  readonly message: TendermintMessage;
  readonly record: TendermintRecord;
  readonly timer: TendermintTimer;
  readonly proof: BallotCertificate;
  readonly evidence: BallotEquivocation;
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
