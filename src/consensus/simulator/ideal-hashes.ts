/**
 * Hashes for the simulator: numbers given out as they are asked for, so that equal blocks have equal ones and no two others ever do.
 * Cheap because nothing is hashed. Worth nothing outside.
 */
import { type Block, type Item, sameVerdict } from '../block.ts';
import { equalBytes, HASH_BYTES, type Hash } from '../encoding.ts';
import type { BlockHashes } from '../instance.ts';

interface Given {
  readonly block: Block;
  readonly hash: Hash;
}

export class IdealHashes implements BlockHashes {
  /** By view: the replicas ask of the same objects again and again, a block never changes, and few views have more than one. */
  readonly #byView = new Map<number, Given[]>();
  #count = 0;
  /** The block that was asked for last: everyone comes to it at about the same time. */
  #block: Block | null = null;
  #hash: Hash = new Uint8Array(0);

  hashBlock(block: Block): Hash {
    if (this.#block !== block) {
      this.#hash = this.#find(block);
      this.#block = block;
    }
    return this.#hash;
  }

  #find(block: Block): Hash {
    let given = this.#byView.get(block.view);
    if (given === undefined) {
      given = [];
      this.#byView.set(block.view, given);
    }
    for (const one of given) if (one.block === block) return one.hash;
    const hash = given.find((one) => equalBlocks(one.block, block))?.hash ?? this.next();
    given.push({ block, hash });
    return hash;
  }

  /** The hash of something that was never hashed before. */
  next(): Hash {
    return numbered(++this.#count);
  }
}

/** In all that a hash covers. */
function equalBlocks(a: Block, b: Block): boolean {
  if (a.height !== b.height || a.view !== b.view || a.items.length !== b.items.length) return false;
  return equalBytes(a.parent, b.parent) && a.items.every((item, i) => equalItems(item, b.items[i]));
}

function equalItems(a: Item, b: Item): boolean {
  return sameVerdict(a, b) && a.reason === b.reason;
}

/** The first four bytes say which; they differ early, so that the first digits tell hashes apart in a schedule. */
function numbered(count: number): Hash {
  const hash = new Uint8Array(HASH_BYTES);
  const scattered = Math.imul(count, 0x9e3779b1);
  for (let i = 0; i < 4; i++) hash[i] = scattered >>> (8 * i);
  return hash;
}
