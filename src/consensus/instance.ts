/** One run of one protocol among one set of validators: each partition of aura.proposals has its own. */
import type { Block } from './block.ts';
import { ByteWriter, type Hash, sha256 } from './encoding.ts';
import { ConsensusError } from './errors.ts';
import type { ValidatorSet } from './validator-set.ts';

/** Hashes blocks in another way than by sha256: where nobody outside checks them, and nobody inside can choose their bytes. */
export interface BlockHashes {
  /** Equal blocks give equal hashes, and others never the same. 32 bytes. */
  hashBlock(block: Block): Hash;
}

export interface Instance {
  /** Name and version of the protocol, as in 'hotstuff-2'. */
  readonly protocol: string;
  /** Unique among all that these keys vote in: cluster, topic and partition, as in 'prod/aura.proposals/3'. */
  readonly name: string;
  readonly set: ValidatorSet;
  /** The prefix of everything hashed or signed in this instance: text(protocol), text(name), raw(set.hash). */
  readonly domain: Uint8Array;
  /** Parent of the first block. */
  readonly genesis: Hash;
  /** Null: sha256, as everywhere but in the simulator. */
  readonly hashes: BlockHashes | null;
}

export function createInstance(
  protocol: string,
  name: string,
  set: ValidatorSet,
  hashes: BlockHashes | null = null,
): Instance {
  if (name.length < 1 || name.length > 512) {
    throw new ConsensusError('BAD_PARAMETER', 'wrong instance name', name.slice(0, 80), '1 to 512 characters');
  }
  const domain = new ByteWriter(128).text(protocol).text(name).raw(set.hash).finish();
  const genesis = sha256(new ByteWriter(160).text('aura.genesis').raw(domain).finish());
  return Object.freeze({ protocol, name, set, domain, genesis, hashes });
}
