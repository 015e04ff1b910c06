/** Who votes in a deployment, and which of its validators this process hosts. */
import type { Topics } from '../../pipelines/topics.ts';
import { createParameters } from '../consensus/hotstuff/parameters.ts';
import { ed25519Signer } from '../consensus/signature.ts';
import { createValidatorSet } from '../consensus/validator-set.ts';
import type { Log } from '../streams/log.ts';
import type { PipelineOptions } from './assembly.ts';
import type { Config } from './config/config.ts';
import { CliError } from './errors.ts';
import { readKeyPairs } from './key-files.ts';
import { readTable } from './tables.ts';

type Voters = NonNullable<PipelineOptions['validators']>;

/** Who votes, for a process that only reads what they decide. Throws CliError `validators-missing`. */
export async function agreementOf(config: Config, log: Log, topics: Topics): Promise<Voters['agreement']> {
  const members = [...(await readTable(log, topics.validators)).values()];
  if (members.length === 0)
    throw new CliError(
      'validators-missing',
      'aura.validators is empty: nobody votes, and no decision could be checked',
      'aura keys generate, then aura keys publish; or aura run --prepare',
    );
  return {
    cluster: config.cluster,
    set: createValidatorSet(members),
    parameters: createParameters(),
    partitions: config.partitions,
  };
}

/** Throws CliError: `validators-missing` where nobody votes, `keys-missing`, or `key-invalid` where a key is not the published one. */
export async function votersOf(config: Config, log: Log, topics: Topics): Promise<Voters> {
  const agreement = await agreementOf(config, log, topics);
  const pairs = await readKeyPairs(config.keysDir, config.validators ?? null);
  for (const [id, { publicKey }] of pairs) {
    const member = agreement.set.validators.find((candidate) => candidate.id === id);
    if (member !== undefined && Buffer.from(publicKey).equals(member.publicKey)) continue;
    throw new CliError(
      'key-invalid',
      `the key of ${id} in ${config.keysDir} is ${member === undefined ? 'of nobody' : 'not the one'} in aura.validators`,
      'aura keys publish makes it known; AURA_VALIDATORS names the validators to host here',
    );
  }
  return { agreement, signers: new Map([...pairs].map(([id, pair]) => [id, ed25519Signer(pair)])) };
}
