/**
 * What a record of aura.proposals must be to be agreed on at all. Validators and learner pass over alike what is not: a validator that offered it could have
 * it decided, and then either nobody could publish the decision, or its readers could take it for another.
 */
import type { Proposal } from '../../schemas/records.ts';
import { equalBytes } from '../../src/consensus/encoding.ts';
import { cellKey } from '../../src/fleet/ids.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { avroBody, headerBytes } from '../../src/streams/schema/codec.ts';

/**
 * A proposal in order takes at most 88 KB (256 targets, ids of 128 characters, three texts of 1,000). The decision on a larger one, which holds all of it and
 * its targets once more, might be larger than the log takes.
 */
export const proposalBytesMax = 128 * 1024;

export interface PassedOver {
  readonly code: 'proposal-too-large' | 'proposal-ambiguous' | 'proposal-misplaced';
  readonly reason: string;
}

/** Asked before anything is decoded. */
export function tooLarge({ length }: Uint8Array): PassedOver | null {
  if (length <= proposalBytesMax) return null;
  return { code: 'proposal-too-large', reason: `it has ${length} bytes; valid is at most ${proposalBytesMax}` };
}

/**
 * Signatures are over bytes, and the registry says what bytes mean: whoever may register a schema could have an ESCALATE approved that reads as a RESTART
 * where it is acted on. So it must say the same in the schema that AURA ships, which is what those who act read it by.
 */
export function ambiguous(topic: Topic<Proposal>, bytes: Uint8Array, proposal: Proposal): PassedOver | null {
  const own = topic.codec.encode(proposal);
  if (equalBytes(own.subarray(0, headerBytes), bytes.subarray(0, headerBytes))) return null;
  if (equalBytes(avroBody(own), avroBody(bytes))) return null;
  const reason = `its schema is ${Buffer.from(bytes).readUInt32BE(1)}, by which it says another thing than by ${topic.codec.name}'s own`;
  return { code: 'proposal-ambiguous', reason };
}

/**
 * Each partition decides on the cells that it holds. A decision on another's would count for nobody (genuine-decisions.ts), and whoever may write proposals
 * could fill this partition's blocks with them, as its validators wait for snapshots that come to the other.
 */
export function misplaced({ tenant, fleet, cell }: Proposal, partition: number, partitions: number): PassedOver | null {
  const own = partitionOf(Buffer.from(cellKey(tenant, fleet, cell)), partitions);
  if (own === partition) return null;
  return {
    code: 'proposal-misplaced',
    reason: `its cell's partition is ${own} of ${partitions}, by Kafka's murmur2 of TENANT/FLEET/CELL; it lies in ${partition}`,
  };
}
