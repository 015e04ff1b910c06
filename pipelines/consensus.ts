/**
 * Agreement on proposals, in two halves. The validators (consensus/) read proposals, snapshots and each other's messages and vote, outside any
 * transaction: a signed vote is its own write-ahead record. The learner, here, has no vote: an exactly-once processor that turns what the log of
 * their messages proves into one decision a proposal.
 */
import type { Proposal } from '../schemas/records.ts';
import { createInstance } from '../src/consensus/instance.ts';
import { Learner } from '../src/consensus/learner.ts';
import { ed25519, VerifiedSignatures } from '../src/consensus/signature.ts';
import { fromWire } from '../src/consensus/wire.ts';
import { cellKey } from '../src/fleet/ids.ts';
import { type Context, type Input, isFrom, type Processor } from '../src/streams/processor.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import type { Agreement } from './consensus/agreement.ts';
import { instanceName, protocolName } from './consensus/agreement.ts';
import type { Topics } from './topics.ts';

export { validators } from './consensus/validators.ts';

/** Proposals whose headers are kept until they are decided; the trace of others ends at their proposal. */
const causesMax = 10_000;

/** The learner's state. */
export const learnerEntries: StoreSpec<Uint8Array> = {
  name: 'learner',
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};

export function consensus(topics: Topics, agreement: Agreement): Processor {
  const scheme = new VerifiedSignatures(ed25519());
  return {
    name: 'consensus',
    inputs: [topics.consensus, topics.proposals],
    tables: [],
    outputs: [topics.decisions],
    stores: [learnerEntries as StoreSpec],
    task: (partition) => {
      const config = {
        instance: createInstance(protocolName, instanceName(agreement, partition), agreement.set),
        parameters: agreement.parameters,
        scheme,
        summarize: (value: Uint8Array): Proposal => topics.proposals.codec.decode(value),
      };
      let learner = new Learner(config);
      const causes = new Map<number, Input>();
      return {
        restored(context) {
          const store = context.store(learnerEntries);
          learner = Learner.restore(
            config,
            [...store.keys()].map((key) => [key, store.get(key) ?? new Uint8Array(0)] as const),
          );
        },
        process(batch, context) {
          for (const record of batch) {
            if (isFrom(record, topics.proposals)) {
              if (causes.size < causesMax) causes.set(record.offset, record);
              publish(learner.onProposal(record.offset, record.bytes), record, causes, context);
            } else if (isFrom(record, topics.consensus)) {
              const message = fromWire(record.value);
              if (message === null)
                context.deadLetter(
                  record,
                  'message-malformed',
                  'it has no body, several, or words this program does not know',
                );
              else publish(learner.onMessage(record.offset, message), record, causes, context);
            }
          }
          const store = context.store(learnerEntries);
          for (const { key, value } of learner.drainChanges()) {
            if (value === null) store.delete(key);
            else store.put(key, value);
          }
        },
      };
    },
  };

  function publish(
    decisions: ReturnType<Learner['onMessage']>,
    record: Input,
    causes: Map<number, Input>,
    context: Context,
  ): void {
    for (const decision of decisions) {
      const { proposalOffset } = decision.certificate;
      context.emit(
        topics.decisions,
        cellKey(decision.tenant, decision.fleet, decision.cell),
        decision,
        causes.get(proposalOffset) ?? record,
      );
      causes.delete(proposalOffset);
    }
  }
}
