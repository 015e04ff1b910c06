/** From a committed block to one Decision a proposal, each with its own proof. */
import type { Decision } from '../../schemas/records.ts';
import { type Block, itemsTree } from './block.ts';
import type { Certificate } from './certificate.ts';
import type { Instance } from './instance.ts';
import { merklePath, rootOf } from './merkle.ts';
import { buffer } from './wire.ts';

/** What a Decision repeats out of its proposal. */
export interface ProposalSummary {
  readonly id: string;
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly expiresMs: number;
}

/** A decision whose proposal is still to be put in. */
export type Verdict = Pick<Decision, 'verdict' | 'reason' | 'dryRun' | 'decidedMs' | 'certificate'> & {
  readonly digest: Uint8Array;
};

/** The verdicts of a block, in the order of its items. `certificate` is its commit certificate. */
export function verdictsOf(instance: Instance, block: Block, certificate: Certificate): Verdict[] {
  const tree = itemsTree(block);
  const itemsRoot = rootOf(tree);
  return block.items.map(({ offset, digest, verdict, reason, dryRun, decidedMs }, itemIndex) => ({
    verdict,
    reason,
    dryRun,
    decidedMs,
    digest,
    certificate: {
      protocol: instance.protocol,
      instance: instance.name,
      validatorSet: buffer(instance.set.hash),
      view: certificate.view,
      signatures: certificate.signatures.map((vote) => ({ ...vote, signature: buffer(vote.signature) })),
      height: block.height,
      parent: buffer(block.parent),
      blockView: block.view,
      itemsRoot: buffer(itemsRoot),
      itemCount: block.items.length,
      itemIndex,
      itemPath: merklePath(tree, itemIndex).map(buffer),
      proposalOffset: offset,
    },
  }));
}

/** `proposal`: the value of the aura.proposals record, whose sha256 is the verdict's digest; `summary`: what it says, decoded. */
export function toDecision(verdict: Verdict, proposal: Uint8Array, summary: ProposalSummary): Decision {
  const { id, tenant, fleet, cell, kind, targets, expiresMs } = summary;
  const { digest: _digest, ...proven } = verdict;
  return { proposalId: id, tenant, fleet, cell, kind, targets, expiresMs, proposal: buffer(proposal), ...proven };
}
