/**
 * A certificate of the weighted protocol, checked from the public keys alone. Which votes were heavy need not be believed: the block's
 * parent is a hash over it, a vote is over the block's hash, and of 2f + 1 signers f + 1 are honest and vote only under the true weights.
 */
import { type BlockHeader, hashHeader } from '../block.ts';
import { type Certificate, type CertificateRefusal, checkCertificate } from '../certificate.ts';
import type { Instance } from '../instance.ts';
import type { SignatureScheme } from '../signature.ts';
import { isEndorsed } from './electorate.ts';
import { createWeights } from './weights.ts';

export type WeightedRefusal =
  | CertificateRefusal
  /** The certificate does not say under which weights it was made. */
  | 'NO_WEIGHTS'
  /** Not the weights that the block names, or not as many heavy ones as there are. */
  | 'WRONG_WEIGHTS'
  | 'TOO_LITTLE_WEIGHT';

/**
 * Null when votes that bind decided the block with this header, else why the certificate counts for nothing. Never throws for a hostile one.
 * `faulty`: as in weightedVariant.
 * @throws ConsensusError BAD_PARAMETER for a `faulty` that the set cannot bear.
 */
export function checkWeightedCertificate(
  instance: Instance,
  scheme: SignatureScheme,
  header: BlockHeader,
  certificate: Certificate,
  faulty: number = instance.set.faulty,
): WeightedRefusal | null {
  const { set } = instance;
  const weights = createWeights(set.size, faulty);
  const { endorsement, signatures } = certificate;
  if (endorsement === undefined) return 'NO_WEIGHTS';
  const indexes = [...endorsement.heavy, ...endorsement.signedBelow];
  if (!indexes.every((index) => Number.isSafeInteger(index) && index >= 0 && index < set.size)) return 'WRONG_WEIGHTS';
  const heavy = new Set(endorsement.heavy);
  if (heavy.size !== weights.heavyCount || heavy.size !== endorsement.heavy.length) return 'WRONG_WEIGHTS';
  if (!isEndorsed(header.parent, endorsement)) return 'WRONG_WEIGHTS';
  const expected = { phase: 'COMMIT', blockHash: hashHeader(instance, header) } as const;
  const refusal = checkCertificate(instance, scheme, certificate, expected, weights.heads);
  if (refusal !== null) return refusal;
  let weight = 0;
  for (const { validator } of signatures) weight += heavy.has(set.indexOf(validator)) ? weights.heavy : weights.light;
  return weight < weights.quorum ? 'TOO_LITTLE_WEIGHT' : null;
}
