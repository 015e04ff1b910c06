/**
 * Two different votes of one validator, incarnation, phase and view: proof that its key was misused, which anyone can check from
 * the public keys. An honest validator cannot be framed: it signs one vote a view and phase in each incarnation, and the
 * incarnation is signed too (a vote still in flight from a killed process carries another number).
 */
import { isCount } from './block.ts';
import { equalBytes, HASH_BYTES, type Hash } from './encoding.ts';
import type { Instance } from './instance.ts';
import { type Phase, voteStatement } from './message.ts';
import type { SignatureScheme } from './signature.ts';

export interface SignedVote {
  readonly blockHash: Hash;
  readonly signature: Uint8Array;
}

export interface Equivocation {
  readonly instance: string;
  readonly validator: string;
  readonly incarnation: number;
  readonly phase: Phase;
  readonly view: number;
  readonly votes: readonly [SignedVote, SignedVote];
}

/** Never throws for hostile evidence. */
export function verifyEquivocation(instance: Instance, scheme: SignatureScheme, evidence: Equivocation): boolean {
  const { validator, incarnation, phase, view, votes } = evidence;
  const index = instance.set.indexOf(validator);
  if (index < 0 || evidence.instance !== instance.name || equalBytes(votes[0].blockHash, votes[1].blockHash))
    return false;
  if (!isCount(incarnation) || !isCount(view) || votes.some((vote) => vote.blockHash.length !== HASH_BYTES))
    return false;
  const { publicKey } = instance.set.validators[index];
  return votes.every((vote) =>
    scheme.verify(publicKey, voteStatement(instance, incarnation, phase, view, vote.blockHash), vote.signature),
  );
}

/** A vote that was seen: of two alike, the first is kept. Overwritten by the next in its place. */
interface Seen {
  view: number;
  incarnation: number;
  blockHash: Hash;
  signature: Uint8Array;
}

/** Of the two latest views, and of its two phases. */
const SLOTS = 4;

/** Watches votes go by. The caller hands it votes of the current and the previous view only, so it holds at most 4 n of them. */
export class EquivocationWatch {
  readonly #instance: Instance;
  readonly #scheme: SignatureScheme;
  /** By validator, parity of the view, and phase. */
  readonly #seen: (Seen | null)[];

  constructor(instance: Instance, scheme: SignatureScheme) {
    this.#instance = instance;
    this.#scheme = scheme;
    this.#seen = new Array<Seen | null>(SLOTS * instance.set.size).fill(null);
  }

  /**
   * `current` is the view that is open now, `voter` the validator's index. The vote may be forged: signatures are checked only when two
   * votes differ.
   */
  observe(
    current: number,
    voter: number,
    incarnation: number,
    phase: Phase,
    view: number,
    blockHash: Hash,
    signature: Uint8Array,
  ): Equivocation | null {
    if (view > current || view < current - 1) return null;
    const slot = SLOTS * voter + 2 * (view % 2) + (phase === 'PREPARE' ? 0 : 1);
    const seen = this.#seen[slot];
    // A vote of an earlier incarnation is of no concern: the caller hands over those of the current one.
    if (seen === null) {
      this.#seen[slot] = { view, incarnation, blockHash, signature };
      return null;
    }
    if (seen.view !== view || seen.incarnation !== incarnation) {
      keep(seen, view, incarnation, blockHash, signature);
      return null;
    }
    if (equalBytes(seen.blockHash, blockHash)) return null;
    const { name, set } = this.#instance;
    const { id: validator } = set.validators[voter];
    const first = { blockHash: seen.blockHash, signature: seen.signature };
    const votes = [first, { blockHash, signature }] as const;
    const evidence = { instance: name, validator, incarnation, phase, view, votes };
    if (verifyEquivocation(this.#instance, this.#scheme, evidence)) return evidence;
    if (!this.#isSigned(voter, incarnation, phase, view, first)) keep(seen, view, incarnation, blockHash, signature);
    return null;
  }

  #isSigned(voter: number, incarnation: number, phase: Phase, view: number, vote: SignedVote): boolean {
    if (!isCount(incarnation) || !isCount(view) || vote.blockHash.length !== HASH_BYTES) return false;
    const statement = voteStatement(this.#instance, incarnation, phase, view, vote.blockHash);
    return this.#scheme.verify(this.#instance.set.validators[voter].publicKey, statement, vote.signature);
  }
}

function keep(seen: Seen, view: number, incarnation: number, blockHash: Hash, signature: Uint8Array): void {
  seen.view = view;
  seen.incarnation = incarnation;
  seen.blockHash = blockHash;
  seen.signature = signature;
}
