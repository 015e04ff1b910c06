/** Proposals that were offered and are not decided, with what this replica's own check says of each. Not agreed on. */
import type { Item } from '../block.ts';
import type { Check, OfferedProposal } from '../core.ts';
import { type Hash, hex } from '../encoding.ts';

interface Open {
  readonly proposal: OfferedProposal;
  readonly digest: string;
  /** Null while the check waits. */
  readonly item: Item | null;
}

export class OpenProposals {
  /** By offset, in the order of the first offers. */
  readonly #open = new Map<number, Open>();
  readonly #digests = new Map<string, number>();

  get size(): number {
    return this.#open.size;
  }

  /** A copy of an open proposal at another offset is left out: deciding the first settles both. */
  offer(proposal: OfferedProposal, check: Check): void {
    const { offset } = proposal;
    const digest = hex(proposal.digest);
    const first = this.#digests.get(digest);
    if (first !== undefined && first !== offset) return;
    this.#open.set(offset, { proposal, digest, item: itemOf(proposal, check) });
    this.#digests.set(digest, offset);
  }

  /** Items for a block, at most `max`, oldest first; `isTaken`: those at these offsets are in another block already. */
  pick(max: number, isTaken: (offset: number) => boolean): readonly Item[] {
    const items: Item[] = [];
    for (const { item } of this.#open.values()) {
      if (items.length === max) break;
      if (item !== null && !isTaken(item.offset)) items.push(item);
    }
    return items;
  }

  /** Takes out what is settled and returns it, in order. */
  takeSettled(isSettled: (offset: number, digest: Hash) => boolean): readonly OfferedProposal[] {
    const settled: OfferedProposal[] = [];
    for (const [offset, { proposal, digest }] of this.#open) {
      if (!isSettled(offset, proposal.digest)) continue;
      settled.push(proposal);
      this.#open.delete(offset);
      this.#digests.delete(digest);
    }
    return settled;
  }

  inspect(): unknown {
    return [...this.#open.values()].map(({ item, digest }) => ({ item, digest }));
  }
}

function itemOf({ offset, digest, decidedMs }: OfferedProposal, check: Check): Item | null {
  if (check.verdict === 'wait') return null;
  const { dryRun } = check;
  if (check.verdict === 'approve') return { offset, digest, verdict: 'APPROVED', reason: '', dryRun, decidedMs };
  return { offset, digest, verdict: 'REJECTED', reason: check.reason, dryRun, decidedMs };
}
