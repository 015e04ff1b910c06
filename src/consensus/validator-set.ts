/** Who votes, and how many votes bind. */
import { ByteWriter, type Hash, hex, sha256 } from './encoding.ts';
import { ConsensusError } from './errors.ts';
import { PUBLIC_KEY_BYTES } from './keys.ts';

export interface Validator {
  /** Unique name, 1 to 128 characters. */
  readonly id: string;
  /** Raw ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface ValidatorSet {
  /** Ordered by id (by UTF-16 code units); a validator's index is its place here. */
  readonly validators: readonly Validator[];
  /** n */
  readonly size: number;
  /** f, the number of validators that may lie: floor((n - 1) / 3). */
  readonly faulty: number;
  /** Votes that bind: two quorums share an honest validator. 2f + 1 for n = 3f + 1. */
  readonly quorum: number;
  /** sha256 over the ordered ids and keys. */
  readonly hash: Hash;
  /** The validator's index, or -1 for a stranger. */
  indexOf(id: string): number;
}

export const VALIDATORS_MAX = 256;

/** @throws ConsensusError BAD_VALIDATOR_SET for an empty set, a repeated id or key, or a malformed member. */
export function createValidatorSet(members: readonly Validator[]): ValidatorSet {
  const size = members.length;
  if (size < 1 || size > VALIDATORS_MAX) {
    throw new ConsensusError('BAD_VALIDATOR_SET', 'wrong number of validators', size, `1 to ${VALIDATORS_MAX}`);
  }
  const validators = [...members].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const indexes = new Map<string, number>();
  const keys = new Set<string>();
  const writer = new ByteWriter(64 * size).text('aura.validators').u32(size);
  for (const [index, { id, publicKey }] of validators.entries()) {
    if (id.length < 1 || id.length > 128) {
      throw new ConsensusError('BAD_VALIDATOR_SET', 'wrong validator id', id.slice(0, 140), '1 to 128 characters');
    }
    if (publicKey.length !== PUBLIC_KEY_BYTES) {
      throw new ConsensusError('BAD_VALIDATOR_SET', `wrong key of ${id}`, publicKey.length, '32 bytes');
    }
    if (indexes.has(id)) throw new ConsensusError('BAD_VALIDATOR_SET', 'repeated id', id, 'unique ids');
    const key = hex(publicKey);
    if (keys.has(key)) throw new ConsensusError('BAD_VALIDATOR_SET', `repeated key of ${id}`, key, 'unique keys');
    indexes.set(id, index);
    keys.add(key);
    writer.text(id).raw(publicKey);
  }
  const faulty = Math.floor((size - 1) / 3);
  return Object.freeze({
    validators,
    size,
    faulty,
    quorum: Math.ceil((size + faulty + 1) / 2),
    hash: sha256(writer.finish()),
    indexOf: (id: string) => indexes.get(id) ?? -1,
  });
}
