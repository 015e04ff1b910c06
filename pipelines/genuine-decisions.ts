/**
 * Anybody may write to aura.decisions. What is decided by this installation's validators is told by their signatures alone, so whoever inside AURA lets
 * a record of it count asks here first: the planner, the outcomes and the sinks, as an actuator outside does (examples/consumer.ts).
 */
import type { Decision, Proposal } from '../schemas/records.ts';
import { ed25519, type SignatureScheme, VerifiedSignatures } from '../src/consensus/signature.ts';
import { checkCopies, type DecisionRefusal, verifyDecision } from '../src/consensus/verify.ts';
import { proposalId } from '../src/interventions/proposal.ts';
import type { SinkWorkerOptions } from '../src/sinks/sink-task.ts';
import { RetriableError } from '../src/streams/execution.ts';
import type { Context, Input } from '../src/streams/processor.ts';
import { whenLoaded } from '../src/streams/schema/codec.ts';
import { CodecError } from '../src/streams/schema/codec-error.ts';
import { tooLarge } from './consensus/acceptable-proposal.ts';
import { type Agreement, instanceName } from './consensus/agreement.ts';
import type { Topics } from './topics.ts';

interface Refused {
  readonly code:
    | 'decision-not-signed'
    | 'decision-of-others'
    | 'decision-copies-differ'
    | 'decision-id-invalid'
    | 'proposal-id-invalid'
    | 'decision-unreadable';
  /** What was found and what would be valid. */
  readonly reason: string;
}

export class GenuineDecisions {
  readonly #topics: Pick<Topics, 'proposals' | 'decisions'>;
  readonly #agreement: Pick<Agreement, 'cluster' | 'set'>;
  readonly #scheme: SignatureScheme;

  /** `scheme`: those who read the same decisions in one process share a memory of verified signatures, so that each costs one verification. */
  constructor(
    topics: Pick<Topics, 'proposals' | 'decisions'>,
    agreement: Pick<Agreement, 'cluster' | 'set'>,
    scheme: SignatureScheme = new VerifiedSignatures(ed25519()),
  ) {
    this.#topics = topics;
    this.#agreement = agreement;
    this.#scheme = scheme;
  }

  /** Whether the record counts; one that does not goes to the dead letters. Throws RetriableError where the proposal's schema cannot be fetched. */
  async admit(record: Input<Decision>, context: Context): Promise<boolean> {
    const refused = await this.refuse(record.value, record.partition);
    if (refused !== null) context.deadLetter(record, refused.code, refused.reason);
    return refused === null;
  }

  /** Why a record of a partition of aura.decisions does not count; null: it does. Never throws for a hostile decision. */
  async refuse(decision: Decision, partition: number): Promise<Refused | null> {
    const { proposal, certificate } = decision;
    // Each partition of aura.proposals decides on the cells that it holds; what another one says of them is no verdict on them.
    const instance = instanceName(this.#agreement, partition);
    const large = tooLarge(proposal);
    if (large !== null)
      return { code: 'decision-not-signed', reason: `no validator signs a proposal so large: ${large.reason}` };
    const verified = verifyDecision(decision, this.#agreement.set, { instances: [instance], scheme: this.#scheme });
    if (!verified.ok) return refusedAs(verified.reason, certificate, instance);
    let summary: Proposal;
    try {
      summary = await whenLoaded(() => this.#topics.proposals.codec.decode(proposal));
    } catch (error) {
      if (error instanceof CodecError)
        return { code: 'decision-unreadable', reason: `its proposal cannot be read: ${error.message}` };
      throw new RetriableError('the schema of a decided proposal cannot be fetched', { cause: error });
    }
    const differing = checkCopies(decision, summary);
    if (differing.length === 0) return refusedForId(summary, 'decision-id-invalid');
    return {
      code: 'decision-copies-differ',
      reason: `${differing.join(', ')} differ from the proposal that was signed`,
    };
  }

  /** For sinks, which keep one row an id: a proposal that does not own its id must not take the place of the one that does. */
  readonly refuseOf: NonNullable<SinkWorkerOptions['refuse']> = async (topic, partition, value) => {
    if (topic === this.#topics.decisions.name) return await this.refuse(value as Decision, partition);
    return topic === this.#topics.proposals.name ? refusedForId(value as Proposal, 'proposal-id-invalid') : null;
  };
}

/** Validators sign that they reject a proposal under another one's id: to be taken for a verdict on that one, it must not count. */
function refusedForId(proposal: Proposal, code: Refused['code']): Refused | null {
  const id = proposalId(proposal);
  if (proposal.id === id) return null;
  return {
    code,
    reason: `the proposal calls itself ${proposal.id.slice(0, 200)}; valid is ${id}`,
  };
}

function refusedAs(why: DecisionRefusal, { instance, validatorSet }: Decision['certificate'], own: string): Refused {
  switch (why) {
    case 'WRONG_INSTANCE':
      return { code: 'decision-of-others', reason: `${why}: it names ${instance.slice(0, 200)}; valid here is ${own}` };
    case 'WRONG_VALIDATOR_SET': {
      const named = Buffer.from(validatorSet.subarray(0, 8)).toString('hex');
      return {
        code: 'decision-of-others',
        reason: `${why}: its validators are not those of aura.validators; it names ${named}`,
      };
    }
    default:
      return { code: 'decision-not-signed', reason: `${why}: valid is what a quorum of the validators signed` };
  }
}
