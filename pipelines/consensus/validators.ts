/** The validators that a process hosts: members of one consumer group, which gives each partition to one process that hosts the same ones. */
import type { Signer, VerifiedSignatures } from '../../src/consensus/signature.ts';
import type { Runtime } from '../../src/streams/runtime.ts';
import type { WorkerSpec } from '../../src/streams/worker.ts';
import type { Topics } from '../topics.ts';
import type { Agreement } from './agreement.ts';
import { ValidatorTask } from './validator-task.ts';

export interface ValidatorsOptions {
  readonly runtime: Runtime;
  readonly topics: Topics;
  readonly agreement: Agreement;
  /** The validators hosted here, by id. */
  readonly signers: ReadonlyMap<string, Signer>;
  /** May be shared with others who verify the same. */
  readonly scheme?: VerifiedSignatures;
}

export function validators(options: ValidatorsOptions): WorkerSpec {
  const { topics, signers } = options;
  const hosted = [...signers.keys()].sort().join('+');
  return {
    name: 'validators',
    group: `aura.validators-${hosted}`,
    unhurried: false,
    readsAhead: true,
    topics: [topics.proposals.name, topics.snapshots.name, topics.consensus.name],
    tables: [topics.policies.name],
    task: (partition, hooks) => new ValidatorTask(options, partition, hooks),
  };
}
