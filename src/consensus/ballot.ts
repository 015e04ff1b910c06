/**
 * Signed votes of the protocols that run over links: a validator's word for one block (or for none) at a height, in a view and a
 * phase. The height is part of it, because these protocols decide several heights in one view.
 */
import { isCount } from './block.ts';
import type { CertificateRefusal } from './certificate.ts';
import { ByteWriter, equalBytes, HASH_BYTES, type Hash } from './encoding.ts';
import type { Instance } from './instance.ts';
import { type Claim, type SignatureScheme, type Signer, verifyAll } from './signature.ts';

export interface Ballot {
  /** The protocol's name of the phase, ASCII. */
  readonly phase: string;
  readonly height: number;
  /** View or round. */
  readonly view: number;
  /** Null: for no block. */
  readonly blockHash: Hash | null;
}

export interface BallotSignature {
  /** Index in instance.set.validators. */
  readonly voter: number;
  readonly signature: Uint8Array;
}

/** A quorum's ballots, alike. */
export interface BallotCertificate extends Ballot {
  readonly signatures: readonly BallotSignature[];
}

/** Two ballots of one voter, phase, height and view for different blocks. An honest validator signs one, restarts included. */
export interface BallotEquivocation extends BallotSignature {
  readonly instance: string;
  readonly ballots: readonly [Ballot, Ballot];
  readonly otherSignature: Uint8Array;
}

const NO_BLOCK = new Uint8Array(HASH_BYTES);

export function ballotStatement(instance: Instance, { phase, height, view, blockHash }: Ballot): Uint8Array {
  return new ByteWriter(256)
    .text('aura.ballot')
    .raw(instance.domain)
    .text(phase)
    .u64(height)
    .u64(view)
    .u8(blockHash === null ? 0 : 1)
    .raw(blockHash ?? NO_BLOCK)
    .finish();
}

export function signBallot(instance: Instance, signer: Signer, ballot: Ballot): Uint8Array {
  return signer.sign(ballotStatement(instance, ballot));
}

/** Never throws for a hostile ballot. */
export function isBallotSigned(
  instance: Instance,
  scheme: SignatureScheme,
  ballot: Ballot,
  { voter, signature }: BallotSignature,
): boolean {
  const validator = instance.set.validators[voter];
  if (validator === undefined || !hasStatement(ballot)) return false;
  return scheme.verify(validator.publicKey, ballotStatement(instance, ballot), signature);
}

/** What the signatures should be of: nothing where a voter is unknown, or nobody can have signed the ballot. */
export function claimsOf(instance: Instance, ballot: Ballot, signatures: readonly BallotSignature[]): readonly Claim[] {
  if (!hasStatement(ballot)) return [];
  const message = ballotStatement(instance, ballot);
  return signatures.flatMap(({ voter, signature }) => {
    const validator = instance.set.validators[voter];
    return validator === undefined ? [] : [{ publicKey: validator.publicKey, message, signature }];
  });
}

/** Whether each of these signed the ballot, in their order. Never throws for a hostile ballot. */
export function areBallotsSigned(
  instance: Instance,
  scheme: SignatureScheme,
  ballot: Ballot,
  signatures: readonly BallotSignature[],
): readonly boolean[] {
  const claims = claimsOf(instance, ballot, signatures);
  if (claims.length === signatures.length) return verifyAll(scheme, claims);
  return signatures.map((one) => isBallotSigned(instance, scheme, ballot, one));
}

function hasStatement({ height, view, blockHash }: Ballot): boolean {
  return isCount(height) && isCount(view) && (blockHash === null || blockHash.length === HASH_BYTES);
}

export interface BallotRules {
  /** Votes that make a certificate. */
  readonly quorum: number;
  /** A validator counts once in a certificate. */
  mayCount(alreadyCounted: boolean): boolean;
}

/** Checks that a quorum signed these ballots: null when it did, else why the certificate counts for nothing. */
export function checkBallots(
  instance: Instance,
  scheme: SignatureScheme,
  certificate: BallotCertificate,
  { quorum, mayCount }: BallotRules,
): CertificateRefusal | null {
  const { signatures } = certificate;
  if (signatures.length < quorum) return 'TOO_FEW_SIGNERS';
  const seen = new Set<number>();
  for (const { voter } of signatures) {
    if (instance.set.validators[voter] === undefined) return 'UNKNOWN_SIGNER';
    if (!mayCount(seen.has(voter))) return 'DUPLICATE_SIGNER';
    seen.add(voter);
  }
  return areBallotsSigned(instance, scheme, certificate, signatures).every(Boolean) ? null : 'BAD_SIGNATURE';
}

/** Never throws for hostile evidence. */
export function verifyBallotEquivocation(
  instance: Instance,
  scheme: SignatureScheme,
  { voter, signature, otherSignature, ballots: [one, other], ...evidence }: BallotEquivocation,
): boolean {
  const isOneSlot = one.phase === other.phase && one.height === other.height && one.view === other.view;
  if (evidence.instance !== instance.name || !isOneSlot || sameHash(one.blockHash, other.blockHash)) return false;
  return (
    isBallotSigned(instance, scheme, one, { voter, signature }) &&
    isBallotSigned(instance, scheme, other, { voter, signature: otherSignature })
  );
}

export function sameHash(a: Hash | null, b: Hash | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
