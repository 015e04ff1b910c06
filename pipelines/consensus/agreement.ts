/** What all validators and learners of a deployment must agree on beforehand. */
import type { AgreedParameters, LocalParameters } from '../../src/consensus/hotstuff/parameters.ts';
import type { ValidatorSet } from '../../src/consensus/validator-set.ts';

export interface Agreement {
  /** Names the deployment in what is signed, so that a vote for one counts in no other. */
  readonly cluster: string;
  readonly set: ValidatorSet;
  readonly parameters: AgreedParameters & LocalParameters;
  /** Of aura.proposals. A process whose number is not the topic's does not start, so those that run have the same. */
  readonly partitions: number;
}

export const protocolName = 'hotstuff-2';

/** Each partition of aura.proposals has its own run of the protocol. */
export function instanceName({ cluster }: Pick<Agreement, 'cluster'>, partition: number): string {
  return `${cluster}/aura.proposals/${partition}`;
}
