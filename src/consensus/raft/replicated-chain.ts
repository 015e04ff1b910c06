/**
 * The machine that the log drives: entries with items become blocks, each on the hash of the one below, and a proposal counts once. It is
 * a function of the committed entries and nothing else, so it is the same at every replica.
 */
import { type Block, hashBlock, type Item, readItem, writeItem } from '../block.ts';
import { ByteReader, ByteWriter, type Hash } from '../encoding.ts';
import { DecidedWindow, readDecided } from '../hotstuff/decided-window.ts';
import type { Instance } from '../instance.ts';
import type { Term } from './ids.ts';

export class ReplicatedChain {
  readonly #instance: Instance;
  readonly #decidedKept: number;
  #decided: DecidedWindow;
  height = 0;
  /** Hash of the block at `height`. */
  head: Hash;

  /** @param decidedKept how many decided proposals are remembered, so that they are not decided again */
  constructor(instance: Instance, decidedKept: number) {
    this.#instance = instance;
    this.#decidedKept = decidedKept;
    this.#decided = new DecidedWindow(decidedKept);
    this.head = instance.genesis;
  }

  /** Proposals at or below it are decided, or too old to be. */
  get floor(): number {
    return this.#decided.floor;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return this.#decided.isSettled(offset, digest);
  }

  /**
   * An entry with these items was committed. Two leaders may both have proposed something: what an earlier entry decided is left out.
   * Null: nothing remains.
   */
  apply(term: Term, proposed: readonly Item[]): Block | null {
    const items = proposed.filter(({ offset, digest }) => !this.isSettled(offset, digest));
    if (items.length === 0) return null;
    const block: Block = { height: this.height + 1, parent: this.head, view: term, items };
    this.#decided.add(items);
    this.height = block.height;
    this.head = hashBlock(this.#instance, block);
    return block;
  }

  /** All of it, as a snapshot's data. */
  encode(): Uint8Array {
    const { size } = this.#decided;
    const writer = new ByteWriter(64 + 24 * size)
      .u64(this.height)
      .raw(this.head)
      // The floor is -1 before anything is forgotten.
      .u64(this.#decided.floor + 1)
      .u64(this.#decided.count)
      .u32(size);
    this.#decided.write(writer);
    return writer.finish();
  }

  /** Takes over what `encode` gave. @throws ConsensusError BAD_ENCODING */
  restore(data: Uint8Array): void {
    const reader = new ByteReader(data);
    const height = reader.u64();
    const head = reader.hash();
    const floor = reader.u64() - 1;
    const count = reader.u64();
    const entries = Array.from({ length: reader.u32() }, () => readDecided(reader));
    this.height = height;
    this.head = head;
    this.#decided = new DecidedWindow(this.#decidedKept);
    this.#decided.restore(floor, count, entries);
  }

  inspect(): unknown {
    return { height: this.height, head: this.head, floor: this.floor, decided: this.#decided.entries() };
  }
}

/** An entry's data. */
export function encodeItems(items: readonly Item[]): Uint8Array {
  const writer = new ByteWriter(16 + 80 * items.length).u32(items.length);
  for (const item of items) writeItem(writer, item);
  return writer.finish();
}

/** Of a leader's empty entry: none. @throws ConsensusError BAD_ENCODING */
export function decodeItems(data: Uint8Array): readonly Item[] {
  if (data.length === 0) return [];
  const reader = new ByteReader(data);
  return Array.from({ length: reader.u32() }, () => readItem(reader));
}
