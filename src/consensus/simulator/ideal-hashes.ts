/**
 * Hashes for the simulator: numbers given out as they are asked for, so that equal blocks have equal ones and no two others ever do.
 * Cheap because nothing is hashed. Worth nothing outside.
 */
import type { Block } from '../block.ts';
import { HASH_BYTES, type Hash } from '../encoding.ts';
import type { BlockHashes } from '../instance.ts';

export class IdealHashes implements BlockHashes {
  /** By object: the replicas ask the same of the same one, and a block never changes. */
  readonly #known = new Map<Block, Hash>();
  readonly #byContent = new Map<string, Hash>();
  #count = 0;
  /** The block that was asked for last: everyone comes to it at about the same time. */
  #block: Block | null = null;
  #hash: Hash = new Uint8Array(0);

  hashBlock(block: Block): Hash {
    if (this.#block !== block) {
      this.#hash = this.#known.get(block) ?? this.#give(block);
      this.#block = block;
    }
    return this.#hash;
  }

  #give(block: Block): Hash {
    const content = contentOf(block);
    let hash = this.#byContent.get(content);
    if (hash === undefined) {
      hash = this.next();
      this.#byContent.set(content, hash);
    }
    this.#known.set(block, hash);
    return hash;
  }

  /** The hash of something that was never hashed before. */
  next(): Hash {
    return numbered(++this.#count);
  }
}

/** All of a block, spelled so that different blocks give different texts: what has no fixed form comes with its length. */
function contentOf({ height, parent, view, items }: Block): string {
  let content = `block ${height} ${view} ${textOf(parent)}`;
  for (const { offset, digest, verdict, reason, dryRun, decidedMs } of items) {
    content += `|${offset} ${verdict} ${dryRun} ${decidedMs} ${reason.length} ${reason} ${textOf(digest)}`;
  }
  return content;
}

function textOf(bytes: Uint8Array): string {
  return `${bytes.length} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')}`;
}

/** The first four bytes say which; they differ early, so that the first digits tell hashes apart in a schedule. */
function numbered(count: number): Hash {
  const hash = new Uint8Array(HASH_BYTES);
  const scattered = Math.imul(count, 0x9e3779b1);
  for (let i = 0; i < 4; i++) hash[i] = scattered >>> (8 * i);
  return hash;
}
