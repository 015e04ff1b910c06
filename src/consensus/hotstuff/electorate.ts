/**
 * Whose votes bind and who leads: the one thing in which the protocols that share this ledger differ. Here by heads and turns;
 * by reputation in ../weighted. An electorate is a function of the log, like the ledger it belongs to.
 */
import type { ByteReader, ByteWriter, Hash } from '../encoding.ts';
import type { ValidatorSet } from '../validator-set.ts';
import { leaderOf, recordFailure, recordSuccess, type Standing } from './reputation.ts';
import type { Rules } from './rules.ts';

export interface Electorate {
  /** Whether these votes bind. `places`: of a tally, one a vote; the voter's index is the place modulo n. */
  isQuorum(places: Places): boolean;
  /** Index of the leader of `view` while the block at `height` is being decided. */
  leaderOf(view: number, height: number): number;
  /** The share of the view timeout that this leader is waited for, above 0 and at most 1. */
  patience(leader: number): number;
  /** What a block on top of `head` names as its parent: the head, and whatever else its voters must agree on. */
  anchor(head: Hash): Hash;
  /** The block at `height` is committed; `signers` made its certificate. Nothing that a vote is counted by may change elsewhere. */
  onCommit(height: number, leader: number, signers: Places): void;
  /** The view that `leader` led at `height` came to nothing. */
  onFailure(height: number, leader: number): void;
  /** What outsiders need beside the signatures to check a certificate for a block on top of `head`, asked before onCommit. */
  endorse(head: Hash): Endorsement | undefined;
  /** Its own state, beside the standings. Equal states give equal bytes. */
  write(writer: ByteWriter): void;
  /** @throws ConsensusError BAD_ENCODING */
  read(reader: ByteReader): void;
}

/** In the order of the log, none twice. */
export type Places = readonly number[];

/** What a block's parent is the hash of, where votes weigh by reputation: with it anyone can check the weights of a certificate. */
export interface Endorsement {
  /** Hash of the block below. */
  readonly below: Hash;
  /** Indexes of the validators whose votes weigh more at this height, ascending. */
  readonly heavy: readonly number[];
  /** Indexes of those whose votes decided the block below, in the order of the log. Counts from the next height on. */
  readonly signedBelow: readonly number[];
}

/** A protocol of this family. */
export interface Variant {
  /** As instances name it. */
  readonly protocol: string;
  createElectorate(set: ValidatorSet, rules: Rules, standings: readonly Standing[]): Electorate;
}

export const PROTOCOL = 'hotstuff-2';

export const HOTSTUFF_VARIANT: Variant = Object.freeze({
  protocol: PROTOCOL,
  createElectorate: (set, rules, standings) => byHeads(rules.quorum(set), standings),
} satisfies Variant);

/** Every head counts once, and the live ones lead in turn. */
function byHeads(quorum: number, standings: readonly Standing[]): Electorate {
  return {
    isQuorum: ({ length }) => length >= quorum,
    leaderOf: (view, height) => leaderOf(standings, view, height),
    patience: () => 1,
    anchor: (head) => head,
    onCommit: (_height, leader) => recordSuccess(standings, leader),
    onFailure: (height, leader) => recordFailure(standings, leader, height),
    endorse: () => undefined,
    write: () => undefined,
    read: () => undefined,
  };
}
