/** What the models of the protocols over links share: a second opinion on certificates, and lies about ballots. */
import { type BallotCertificate, isBallotSigned } from '../ballot.ts';
import { type Block, hashBlock, type Item } from '../block.ts';
import type { Vocabulary } from '../core.ts';
import { equalBytes } from '../encoding.ts';
import type { LieTools, Saying, World } from './model.ts';

/** Why `certificate` is no quorum's `phase` for `block`; null when it is one. */
export function refuteBallots(
  { instance, scheme }: World,
  block: Block,
  certificate: BallotCertificate,
  phase: string,
): string | null {
  const { height, blockHash, signatures } = certificate;
  const voters = new Set(signatures.map(({ voter }) => voter));
  if (certificate.phase !== phase || height !== block.height) return `${certificate.phase} of height ${height}`;
  if (blockHash === null || !equalBytes(blockHash, hashBlock(instance, block))) return 'of another block';
  if (voters.size < instance.set.quorum) return `by ${voters.size} validators`;
  for (const one of signatures) {
    if (!isBallotSigned(instance, scheme, certificate, one)) return `a forged vote of ${one.voter}`;
  }
  return null;
}

/** Says `message` to some and `other` to the rest. */
export function twoFaced<V extends Vocabulary>(
  saying: Saying<V['message']>,
  other: V['message'] | null,
  replicas: number,
  { random }: LieTools<V>,
): readonly Saying<V['message']>[] {
  if (other === null) return [saying];
  if (saying.to !== undefined) return [random.chance(0.5) ? saying : { message: other, to: saying.to }];
  return Array.from({ length: replicas }, (_, to) => ({ message: random.chance(0.5) ? saying.message : other, to }));
}

export function turned(item: Item): Item {
  return item.verdict === 'APPROVED'
    ? { ...item, verdict: 'REJECTED', reason: 'A_LIE' }
    : { ...item, verdict: 'APPROVED', reason: '' };
}
