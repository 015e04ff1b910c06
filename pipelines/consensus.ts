/**
 * Agreement on proposals, in two halves. The validators (consensus/) read proposals, snapshots and each other's messages and vote, outside any
 * transaction: a signed vote is its own write-ahead record. The learner, here, has no vote: an exactly-once processor that turns what the log of
 * their messages proves into one decision a proposal.
 */
import type { Proposal } from '../schemas/records.ts';
import { createInstance } from '../src/consensus/instance.ts';
import { type HeldLimits, heldLimits, Learner } from '../src/consensus/learner.ts';
import { ed25519, type SignatureScheme, VerifiedSignatures } from '../src/consensus/signature.ts';
import { fromWire } from '../src/consensus/wire.ts';
import { cellKey } from '../src/fleet/ids.ts';
import { RetriableError } from '../src/streams/execution.ts';
import type { LogRecord } from '../src/streams/log.ts';
import { type Context, type Input, isFrom, type Processor, type Topic } from '../src/streams/processor.ts';
import { SchemaNotLoaded } from '../src/streams/schema/codec.ts';
import { CodecError } from '../src/streams/schema/codec-error.ts';
import type { StoreSpec } from '../src/streams/store.ts';
import { ambiguous, misplaced, tooLarge } from './consensus/acceptable-proposal.ts';
import type { Agreement } from './consensus/agreement.ts';
import { instanceName, protocolName } from './consensus/agreement.ts';
import type { Topics } from './topics.ts';

export { validators } from './consensus/validators.ts';

/** Proposals whose headers are kept until they are decided; the trace of others ends at their proposal. */
const causesMax = 10_000;

const noBytes = new Uint8Array(0);

/** The learner's state. Entries are kept for long and are small beside the buffers that they come in, so each is in one of its own. */
export const learnerEntries: StoreSpec<Uint8Array> = {
  name: 'learner',
  encode: (bytes) => bytes,
  decode: copyOf,
};

export interface LearnerOptions {
  /** Reads decided proposals out of turn: those passed over for want of room, and those that too many verdicts wait for. A partition, and offsets that ascend. */
  readonly readAgain: (partition: number, offsets: readonly number[]) => AsyncIterable<readonly LogRecord[]>;
  /** May be shared with others who verify the same. */
  readonly scheme?: SignatureScheme;
  readonly limits?: HeldLimits;
}

export function consensus(topics: Topics, agreement: Agreement, options: LearnerOptions): Processor {
  const { readAgain, scheme = new VerifiedSignatures(ed25519()), limits = heldLimits } = options;
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
        limits,
        summarize: (value: Uint8Array): Proposal => topics.proposals.codec.decode(value),
      };
      let learner = new Learner(config);
      const causes = new Map<number, Cause>();
      return {
        restored(context) {
          const store = context.store(learnerEntries);
          learner = Learner.restore(
            config,
            [...store.keys()].map((key) => [key, store.get(key) ?? new Uint8Array(0)] as const),
          );
        },
        async process(batch, context) {
          try {
            for (const record of batch) {
              take(record, context);
              if (learner.isCrowded) await takeMissing(record, context);
            }
            await takeMissing(batch[batch.length - 1], context);
          } catch (error) {
            throw await retriable(error);
          }
          const store = context.store(learnerEntries);
          for (const { key, value } of learner.drainChanges()) {
            if (value === null) store.delete(key);
            else store.put(key, copyOf(value));
          }
          if (causes.size <= learner.held) return;
          for (const offset of causes.keys()) if (!learner.holds(offset)) causes.delete(offset);
        },
      };

      /** So that nothing is missing at the end of a batch, and of what a transaction leaves. */
      async function takeMissing(last: Input, context: Context): Promise<void> {
        if (learner.missing.length === 0) return;
        for await (const records of again(learner.missing))
          for (const record of records) {
            if (record.value === null) continue;
            const cause = { ...record, topic: topics.proposals as Topic, key: '', bytes: noBytes };
            publish(learner.onProposal(record.offset, copyOf(record.value)), cause, causes, context);
          }
        for (const offset of learner.missing) {
          learner.giveUp(offset);
          const reason = `the proposal at offset ${offset} was decided and is gone from ${topics.proposals.name}: its decision cannot be published`;
          context.deadLetter(last, 'proposal-gone', reason);
        }
      }

      async function* again(offsets: readonly number[]): AsyncGenerator<readonly LogRecord[], void, undefined> {
        try {
          yield* readAgain(partition, offsets);
        } catch (cause) {
          throw new RetriableError('proposals that were decided cannot be read again', { cause });
        }
      }

      function take(record: Input, context: Context): void {
        if (isFrom(record, topics.proposals)) {
          const passedOver =
            tooLarge(record.bytes) ??
            ambiguous(topics.proposals, record.bytes, record.value) ??
            misplaced(record.value, partition, agreement.partitions);
          if (passedOver !== null) {
            context.deadLetter(record, passedOver.code, passedOver.reason);
            return;
          }
          publish(learner.onProposal(record.offset, copyOf(record.bytes)), record, causes, context);
          if (learner.holds(record.offset) && causes.size < causesMax) causes.set(record.offset, causeOf(record));
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
    },
  };

  function publish(
    decisions: ReturnType<Learner['onMessage']>,
    record: Input,
    causes: Map<number, Cause>,
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

/**
 * A proposal was readable when it came; that its schema has to be fetched again before it is published, or cannot be, is no fault of the record that
 * decides it. Given up, that vote would be missing in the learner's ledger, and nothing would be decided there any more.
 */
async function retriable(error: unknown): Promise<unknown> {
  try {
    if (error instanceof SchemaNotLoaded) await error.load();
    else if (!(error instanceof CodecError)) return error;
  } catch (cause) {
    return new RetriableError('the schema of a decided proposal cannot be fetched', { cause });
  }
  return new RetriableError('a decided proposal is to be read again', { cause: error });
}

/** What a decision takes over from the proposal that led to it: its headers and append time, and nothing of the buffer that it came in. */
type Cause = Input;

function causeOf(record: Input): Cause {
  const headers: Record<string, Uint8Array> = {};
  for (const [name, value] of Object.entries(record.headers)) headers[name] = copyOf(value);
  return { ...record, keyBytes: null, value: null, bytes: noBytes, headers };
}

/**
 * The same bytes in a buffer of their own. What is read lies in the buffer of a whole fetch, and small buffers lie in a pool of 64 KiB: whoever keeps one
 * of them keeps all of it.
 */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
