/** The replicated state machine: how far, and what was decided. Checkpoints are over its bytes, the same at every replica. */
import { type Block, hashBlock } from '../block.ts';
import { ByteReader, ByteWriter, type Hash } from '../encoding.ts';
import { DecidedWindow, readDecided } from '../hotstuff/decided-window.ts';
import type { Instance } from '../instance.ts';
import type { Rules } from './rules.ts';

export class StateMachine {
  readonly #instance: Instance;
  readonly #rules: Rules;
  readonly #decidedKept: number;
  #height = 0;
  #head: Hash;
  #decided: DecidedWindow;

  /** `decidedKept`: proposals that it remembers. */
  constructor(instance: Instance, rules: Rules, decidedKept: number) {
    this.#instance = instance;
    this.#rules = rules;
    this.#decidedKept = decidedKept;
    this.#head = instance.genesis;
    this.#decided = new DecidedWindow(decidedKept);
  }

  get height(): number {
    return this.#height;
  }

  /** Hash of the block at `height`. */
  get head(): Hash {
    return this.#head;
  }

  get decided(): DecidedWindow {
    return this.#decided;
  }

  /** See Machine.isSettled. */
  isSettled(offset: number, digest: Hash): boolean {
    return !this.#rules.mayDecide(this.#decided.isSettled(offset, digest));
  }

  /** Executes the block at `height + 1`; answers which of its items count for nothing. */
  apply(block: Block): number[] {
    const repeats: number[] = [];
    for (const [i, item] of block.items.entries()) {
      if (this.isSettled(item.offset, item.digest)) repeats.push(i);
      else this.#decided.add([item]);
    }
    this.#height = block.height;
    this.#head = hashBlock(this.#instance, block);
    return repeats;
  }

  encode(): Uint8Array {
    const decided = this.#decided;
    const writer = new ByteWriter(64 + 24 * decided.size).u64(this.#height).raw(this.#head);
    writer
      .u64(decided.floor + 1)
      .u64(decided.count)
      .u32(decided.size);
    decided.write(writer);
    return Uint8Array.from(writer.finish());
  }

  /**
   * Takes the place of all that was executed.
   * @throws ConsensusError BAD_ENCODING
   */
  restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const height = reader.u64();
    const head = reader.hash();
    const decided = new DecidedWindow(this.#decidedKept);
    const floor = reader.u64() - 1;
    const count = reader.u64();
    const entries = Array.from({ length: reader.u32() }, () => readDecided(reader));
    reader.end();
    decided.restore(floor, count, entries);
    this.#height = height;
    this.#head = head;
    this.#decided = decided;
  }
}
