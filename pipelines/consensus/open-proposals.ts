/** Proposals that were read and that a validator of the process may still ask for, by offset. */
import type { Proposal } from '../../schemas/records.ts';

export interface OpenProposal {
  readonly offset: number;
  readonly digest: Uint8Array;
  readonly proposal: Proposal;
}

/** Most that are held, whatever is asked for. */
const keptMax = 20_000;
const pruneMin = 256;

export class OpenProposals {
  readonly #byOffset = new Map<number, OpenProposal>();
  #pruneAt = pruneMin;

  add(proposal: OpenProposal): void {
    this.#byOffset.set(proposal.offset, proposal);
    if (this.#byOffset.size > keptMax) this.#byOffset.delete(this.#byOffset.keys().next().value ?? proposal.offset);
  }

  get(offset: number): OpenProposal | undefined {
    return this.#byOffset.get(offset);
  }

  get size(): number {
    return this.#byOffset.size;
  }

  /** Drops those that `isDone` says nobody will ask for again; looks through them when they have doubled since it last did. */
  prune(isDone: (proposal: OpenProposal) => boolean): void {
    if (this.#byOffset.size < this.#pruneAt) return;
    for (const [offset, proposal] of this.#byOffset) if (isDone(proposal)) this.#byOffset.delete(offset);
    this.#pruneAt = Math.max(pruneMin, 2 * this.#byOffset.size);
  }
}
