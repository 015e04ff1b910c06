/** Proposals that were read and are not decided yet, by offset; shared by the validators of a process. */
import type { Proposal } from '../../schemas/records.ts';

export interface OpenProposal {
  readonly offset: number;
  readonly digest: Uint8Array;
  readonly proposal: Proposal;
}

/** Decided ones are kept for a while: a validator that lags needs what they say. */
const keptMax = 20_000;

export class OpenProposals {
  readonly #byOffset = new Map<number, OpenProposal>();

  add(proposal: OpenProposal): void {
    this.#byOffset.set(proposal.offset, proposal);
    if (this.#byOffset.size > keptMax) this.#byOffset.delete(this.#byOffset.keys().next().value ?? proposal.offset);
  }

  get(offset: number): OpenProposal | undefined {
    return this.#byOffset.get(offset);
  }

  /** In the order of their offsets. */
  values(): IterableIterator<OpenProposal> {
    return this.#byOffset.values();
  }
}
