/** Proposals that were read and that a validator of the process may still ask for, by offset. */
import type { Proposal } from '../../schemas/records.ts';
import type { ProposalProblem } from '../../src/interventions/proposal.ts';

export interface OpenProposal {
  readonly offset: number;
  /** The broker's time of the record. */
  readonly appendMs: number;
  readonly digest: Uint8Array;
  readonly proposal: Proposal;
  /** What is wrong with it whoever looks; null: nothing. */
  readonly problem: ProposalProblem | null;
}

/** Most that are held, whatever is asked for. */
const keptMax = 20_000;
const pruneMin = 256;

export class OpenProposals {
  readonly #byOffset = new Map<number, OpenProposal>();
  #pruneAt = pruneMin;
  #next = 0;

  /** Offset below which nothing will be read any more: what is not held there never will be. */
  get next(): number {
    return this.#next;
  }

  /** Records below `next` were read, held or not, or are gone from the topic. */
  readTo(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

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
