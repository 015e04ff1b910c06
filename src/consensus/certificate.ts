/** A quorum's votes for one block, and what makes them count. */
import type { ByteReader, ByteWriter, Hash } from './encoding.ts';
import { equalBytes } from './encoding.ts';
import type { Endorsement } from './hotstuff/electorate.ts';
import type { Instance } from './instance.ts';
import { type Phase, voteStatement } from './message.ts';
import type { SignatureScheme } from './signature.ts';

export interface VoteSignature {
  readonly validator: string;
  /** Part of what is signed. */
  readonly incarnation: number;
  readonly signature: Uint8Array;
}

export interface Certificate {
  readonly phase: Phase;
  readonly view: number;
  readonly blockHash: Hash;
  readonly signatures: readonly VoteSignature[];
  /** Only where votes weigh by reputation (weighted/), and only as it is made: it is not encoded. */
  readonly endorsement?: Endorsement;
}

export type CertificateRefusal =
  | 'WRONG_PHASE'
  | 'WRONG_BLOCK'
  | 'MALFORMED'
  | 'TOO_FEW_SIGNERS'
  | 'DUPLICATE_SIGNER'
  | 'UNKNOWN_SIGNER'
  | 'BAD_SIGNATURE';

/**
 * Checks that a quorum of `instance.set` signed this phase, view and block, in this instance: null when it did, else why it counts
 * for nothing. One bad signature spoils the whole certificate: an honest maker had no reason to put it there. Votes of another
 * instance, phase, view, block or validator set fail as BAD_SIGNATURE, because all of these are signed. `heads`: how many make it.
 */
export function checkCertificate(
  instance: Instance,
  scheme: SignatureScheme,
  certificate: Certificate,
  expected: { readonly phase: Phase; readonly blockHash: Hash },
  heads: number = instance.set.quorum,
): CertificateRefusal | null {
  const { phase, view, blockHash, signatures } = certificate;
  if (phase !== expected.phase) return 'WRONG_PHASE';
  if (!equalBytes(blockHash, expected.blockHash)) return 'WRONG_BLOCK';
  if (!Number.isSafeInteger(view) || view < 0) return 'MALFORMED';
  if (signatures.length < heads) return 'TOO_FEW_SIGNERS';
  const seen = new Set<number>();
  for (const { validator, incarnation } of signatures) {
    const index = instance.set.indexOf(validator);
    if (index < 0) return 'UNKNOWN_SIGNER';
    if (seen.has(index)) return 'DUPLICATE_SIGNER';
    if (!Number.isSafeInteger(incarnation) || incarnation < 0) return 'MALFORMED';
    seen.add(index);
  }
  for (const { validator, incarnation, signature } of signatures) {
    const { publicKey } = instance.set.validators[instance.set.indexOf(validator)];
    const statement = voteStatement(instance, incarnation, phase, view, blockHash);
    if (!scheme.verify(publicKey, statement, signature)) return 'BAD_SIGNATURE';
  }
  return null;
}

export function writeCertificate(writer: ByteWriter, certificate: Certificate): void {
  const { phase, view, blockHash, signatures } = certificate;
  writer
    .u8(phase === 'PREPARE' ? 1 : 2)
    .u64(view)
    .raw(blockHash);
  writeSignatures(writer, signatures);
}

export function readCertificate(reader: ByteReader): Certificate {
  const phase = reader.u8() === 1 ? 'PREPARE' : 'COMMIT';
  const view = reader.u64();
  const blockHash = reader.hash();
  return { phase, view, blockHash, signatures: readSignatures(reader) };
}

export function writeSignatures(writer: ByteWriter, signatures: readonly VoteSignature[]): void {
  writer.u32(signatures.length);
  for (const { validator, incarnation, signature } of signatures)
    writer.text(validator).u64(incarnation).blob(signature);
}

export function readSignatures(reader: ByteReader): VoteSignature[] {
  const count = reader.u32();
  const signatures: VoteSignature[] = [];
  for (let i = 0; i < count; i++) {
    signatures.push({ validator: reader.text(), incarnation: reader.u64(), signature: reader.blob() });
  }
  return signatures;
}
