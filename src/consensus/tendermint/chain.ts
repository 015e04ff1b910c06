/** What is decided (h_p and decision_p of Algorithm 1): the head on which the next block builds, and the latest blocks, for those who missed them. */
import { type BallotCertificate, sameHash } from '../ballot.ts';
import { type Block, hashBlock, isCount } from '../block.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import { DecidedWindow, shorten } from '../hotstuff/decided-window.ts';
import type { Instance } from '../instance.ts';
import { type Decided, parentOf } from './message.ts';
import type { TendermintParameters } from './parameters.ts';
import type { Rules } from './rules.ts';
import { Turns } from './turns.ts';

/** A block and what proves that it is decided. */
export type DecidedBlock = Omit<Decided, 'type' | 'from'>;

export class Chain {
  readonly #instance: Instance;
  readonly #rules: Rules;
  readonly #blocksKept: number;
  readonly #turns: Turns;
  readonly #blocks = new Map<number, DecidedBlock>();
  readonly decided: DecidedWindow;
  #height = 0;
  #head: Hash;
  /** What decided the head here; null below height 1. Others may have decided it in another round. */
  #last: BallotCertificate | null = null;
  /** What a new block of this process names as its parent. */
  #parent: Hash;

  constructor(instance: Instance, rules: Rules, parameters: TendermintParameters) {
    this.#instance = instance;
    this.#rules = rules;
    this.#blocksKept = parameters.blocksKept;
    this.#turns = new Turns(instance.set, parameters.benchHeights, rules);
    this.decided = new DecidedWindow(parameters.decidedKept);
    this.#head = instance.genesis;
    this.#parent = instance.genesis;
  }

  /** Last decided height. */
  get height(): number {
    return this.#height;
  }

  /** The height that is being decided (h_p). */
  get next(): number {
    return this.#height + 1;
  }

  /** For a new block: what it names as its parent. */
  get parent(): Hash {
    return this.#parent;
  }

  /** For a new block: what proves the round that it names. */
  get last(): BallotCertificate | null {
    return this.#last;
  }

  /** The block at a height; undefined where it is not kept. */
  find(height: number): DecidedBlock | undefined {
    return this.#blocks.get(height);
  }

  /** Index of the process that proposes in a round of the next height. */
  proposerOf(round: number): number {
    return this.#turns.proposerOf(this.next, round);
  }

  /** Whom a block of the next height blames when it names that round for the head; see turns.ts. */
  blame(lastRound: number): number | null {
    return this.#turns.blame(lastRound);
  }

  /** See Machine.isSettled. */
  isSettled(offset: number, digest: Hash): boolean {
    return !this.#rules.mayDecide(this.decided.isSettled(offset, digest));
  }

  /** Whether it holds each proposal once, and none that is decided. */
  isUndecided({ items }: Block): boolean {
    return (
      this.#rules.mayDecide(!areDistinct(items)) && !items.some(({ offset, digest }) => this.isSettled(offset, digest))
    );
  }

  /** Whether a proposed block names the head and the round that `last` says it was decided in. Not whether that is proved. */
  isOnHead({ parent }: Block, last: BallotCertificate | null): boolean {
    if (last === null || this.#height === 0) return last === null && equalBytes(parent, this.#parent);
    const { phase, height, view, blockHash } = last;
    if (phase !== 'PRECOMMIT' || height !== this.#height || !isCount(view) || !sameHash(blockHash, this.#head))
      return false;
    return equalBytes(parent, view === this.#last?.view ? this.#parent : parentOf(this.#head, view));
  }

  /** That the head was decided in the same round here is proof enough. */
  isKnown(last: BallotCertificate | null): boolean {
    return last === null || last.view === this.#last?.view;
  }

  /** Whether a decided block names the head and that round for it. */
  isFollowedBy({ parent }: Block, lastRound: number): boolean {
    return equalBytes(parent, this.#height === 0 ? this.#parent : parentOf(this.#head, lastRound));
  }

  /** The block of the next height is decided. */
  append(decision: DecidedBlock, blamed: number | null): void {
    const { block, certificate } = decision;
    this.#turns.record(block.height, blamed);
    this.#height = block.height;
    this.#head = hashBlock(this.#instance, block);
    this.#last = certificate;
    this.#parent = parentOf(this.#head, certificate.view);
    this.decided.add(block.items);
    this.#blocks.set(block.height, decision);
    this.#blocks.delete(block.height - this.#blocksKept);
  }

  inspect(): { readonly turns: unknown; readonly decided: unknown } {
    return { turns: this.#turns.inspect(), decided: this.decided.entries() };
  }
}

function areDistinct(items: Block['items']): boolean {
  if (items.length === 1) return true;
  const digests = new Set(items.map(({ digest }) => shorten(digest)));
  const offsets = new Set(items.map(({ offset }) => offset));
  return digests.size === items.length && offsets.size === items.length;
}
