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

interface Seen {
  readonly incarnation: number;
  readonly vote: SignedVote;
}

/** Of one view, by validator. */
type Votes = Readonly<Record<Phase, Map<string, Seen>>>;

/** Watches votes go by. The caller hands it votes of the current and the previous view only, so it holds at most 4 n of them. */
export class EquivocationWatch {
  readonly #instance: Instance;
  readonly #scheme: SignatureScheme;
  #older: Votes = { PREPARE: new Map(), COMMIT: new Map() };
  #newer: Votes = { PREPARE: new Map(), COMMIT: new Map() };
  #view = 0;

  constructor(instance: Instance, scheme: SignatureScheme) {
    this.#instance = instance;
    this.#scheme = scheme;
  }

  /** `current` is the view that is open now. The vote may be forged: signatures are checked only when two votes differ. */
  observe(current: number, vote: Omit<Equivocation, 'instance' | 'votes'>, signed: SignedVote): Equivocation | null {
    if (current > this.#view) {
      this.#older = current === this.#view + 1 ? this.#newer : { PREPARE: new Map(), COMMIT: new Map() };
      this.#newer = { PREPARE: new Map(), COMMIT: new Map() };
      this.#view = current;
    }
    if (vote.view > current || vote.view < current - 1) return null;
    const votes = (vote.view === current ? this.#newer : this.#older)[vote.phase];
    const seen = votes.get(vote.validator);
    // A vote of an earlier incarnation is of no concern: the caller hands over those of the current one.
    if (seen === undefined || seen.incarnation !== vote.incarnation) {
      votes.set(vote.validator, { incarnation: vote.incarnation, vote: signed });
      return null;
    }
    if (equalBytes(seen.vote.blockHash, signed.blockHash)) return null;
    const { validator, incarnation, phase, view } = vote;
    const evidence = {
      instance: this.#instance.name,
      validator,
      incarnation,
      phase,
      view,
      votes: [seen.vote, signed],
    } as const;
    if (verifyEquivocation(this.#instance, this.#scheme, evidence)) return evidence;
    if (!this.#isSigned(vote, seen.vote)) votes.set(validator, { incarnation, vote: signed });
    return null;
  }

  #isSigned(
    { validator, incarnation, phase, view }: Omit<Equivocation, 'instance' | 'votes'>,
    vote: SignedVote,
  ): boolean {
    const index = this.#instance.set.indexOf(validator);
    if (index < 0 || !isCount(incarnation) || !isCount(view) || vote.blockHash.length !== HASH_BYTES) return false;
    const statement = voteStatement(this.#instance, incarnation, phase, view, vote.blockHash);
    return this.#scheme.verify(this.#instance.set.validators[index].publicKey, statement, vote.signature);
  }
}
