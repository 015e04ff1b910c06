/** What PBFT's replicas say, what they write to disk, and the bytes that their signatures cover. Sections: Castro and Liskov 1999. */
import type { BallotCertificate, BallotEquivocation, BallotSignature } from '../ballot.ts';
import type { Block } from '../block.ts';
import { ByteWriter, type Hash, sha256 } from '../encoding.ts';
import type { Instance } from '../instance.ts';

export type Phase = 'PREPARE' | 'COMMIT';
/** Phase of the ballots over the state's digest. */
export const CHECKPOINT = 'CHECKPOINT';

/** 4.2: the primary's block for a height. `signature` is of its PREPARE ballot. */
export interface PrePrepare {
  readonly type: 'prePrepare';
  readonly from: number;
  readonly view: number;
  readonly block: Block;
  readonly signature: Uint8Array;
}

/** 4.2: PREPARE and COMMIT. */
export interface Vote {
  readonly type: 'vote';
  readonly from: number;
  readonly phase: Phase;
  readonly height: number;
  readonly view: number;
  readonly blockHash: Hash;
  readonly signature: Uint8Array;
}

/** 4.3. `digest`: sha256 of the state after `height`. */
export interface CheckpointVote {
  readonly type: 'checkpoint';
  readonly from: number;
  readonly height: number;
  readonly digest: Hash;
  readonly signature: Uint8Array;
}

/** That a quorum signed the state after a height; null stands for the empty state before the first. */
export interface StableProof {
  readonly height: number;
  readonly digest: Hash;
  readonly signatures: readonly BallotSignature[];
}

/** 4.4: a block, and that a quorum prepared it. */
export interface Prepared {
  readonly block: Block;
  readonly certificate: BallotCertificate;
}

/** 4.4: the sender votes no more in views below `view`. */
export interface ViewChange {
  readonly type: 'viewChange';
  readonly from: number;
  readonly view: number;
  readonly stable: StableProof | null;
  /** What it has prepared above `stable`, by rising height: of each height the latest. */
  readonly prepared: readonly Prepared[];
  readonly signature: Uint8Array;
}

/** 4.4. `prePrepares`: what `viewChanges` call for, signed by the new primary. */
export interface NewView {
  readonly type: 'newView';
  readonly from: number;
  readonly view: number;
  readonly viewChanges: readonly ViewChange[];
  readonly prePrepares: readonly PrePrepare[];
  readonly signature: Uint8Array;
}

/** Where the sender stands; whoever can tell it what it missed does. Not signed: a forged one costs some messages. */
export interface Status {
  readonly type: 'status';
  readonly from: number;
  readonly view: number;
  readonly isChanging: boolean;
  /** Executed through. */
  readonly height: number;
  /** Of its last stable checkpoint. */
  readonly low: number;
  /** What it has of the heights above `height` whose block it accepted in this view; at most the window. Of the others, nothing. */
  readonly held: readonly Held[];
}

/** Who voted for the block that the sender accepted at a height, as far as it has heard. */
export interface Held {
  readonly height: number;
  readonly prepares: readonly number[];
  readonly commits: readonly number[];
}

/** For one who missed it. Proves itself, so nobody signs it. */
export interface Decided {
  readonly type: 'decided';
  readonly from: number;
  readonly block: Block;
  readonly certificate: BallotCertificate;
}

/** 5.3 of the journal version: state transfer. Proves itself. */
export interface State {
  readonly type: 'state';
  readonly from: number;
  readonly proof: StableProof;
  readonly state: Uint8Array;
}

export type PbftMessage = PrePrepare | Vote | CheckpointVote | ViewChange | NewView | Status | Decided | State;

/**
 * What is on disk. Records before the last `stable` may be deleted, but for the last of `view` and `newView`. Each is written before
 * what it makes possible is said: `accepted` before PREPARE, `prepared` before COMMIT, `view` before VIEW-CHANGE, `newView` before
 * votes in it.
 */
export type PbftRecord =
  | { readonly type: 'accepted'; readonly prePrepare: PrePrepare }
  | ({ readonly type: 'prepared' } & Prepared)
  | { readonly type: 'committed'; readonly block: Block; readonly certificate: BallotCertificate }
  | { readonly type: 'stable'; readonly proof: StableProof; readonly state: Uint8Array }
  | { readonly type: 'view'; readonly view: number }
  | { readonly type: 'newView'; readonly newView: NewView };

export type PbftTimer = 'progress' | 'resend';

export interface PbftVocabulary {
  readonly message: PbftMessage;
  readonly record: PbftRecord;
  readonly timer: PbftTimer;
  readonly proof: BallotCertificate;
  readonly evidence: BallotEquivocation;
}

export function viewChangeStatement(instance: Instance, message: Omit<ViewChange, 'signature'>): Uint8Array {
  const { view, stable, prepared } = message;
  const writer = new ByteWriter(512).text('aura.pbft.view-change').raw(instance.domain).u64(view);
  writer.u64(stable?.height ?? 0);
  if (stable !== null) writer.raw(stable.digest);
  writer.u32(prepared.length);
  for (const { certificate } of prepared) {
    writer.u64(certificate.height).u64(certificate.view);
    if (certificate.blockHash !== null) writer.raw(certificate.blockHash);
  }
  return writer.finish();
}

export function newViewStatement(instance: Instance, message: Omit<NewView, 'signature'>): Uint8Array {
  const { view, viewChanges } = message;
  const writer = new ByteWriter(512).text('aura.pbft.new-view').raw(instance.domain).u64(view).u32(viewChanges.length);
  for (const { from, signature } of viewChanges) writer.u32(from).raw(sha256(signature));
  return writer.finish();
}
