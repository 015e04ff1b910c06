/** Whom and what a replica believes: signatures and certificates, by public keys alone. */
import { type Ballot, type BallotCertificate, type BallotSignature, checkBallots, isBallotSigned } from '../ballot.ts';
import type { Instance } from '../instance.ts';
import type { SignatureScheme } from '../signature.ts';
import { CHECKPOINT, type StableProof } from './message.ts';
import type { PbftParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

/** What all replicas judge by, the same at each. */
export interface Judge {
  readonly instance: Instance;
  readonly scheme: SignatureScheme;
  readonly parameters: PbftParameters;
  readonly rules: Rules;
  readonly quorum: number;
}

/** Whether the voter signed the ballot. */
export function isSigned({ instance, scheme, rules }: Judge, ballot: Ballot, by: BallotSignature): boolean {
  return rules.mayBelieve(isBallotSigned(instance, scheme, ballot, by));
}

/** Whether a quorum signed the certificate's ballot. */
export function isCertified({ instance, scheme, rules, quorum }: Judge, certificate: BallotCertificate): boolean {
  return checkBallots(instance, scheme, certificate, { quorum, mayCount: rules.mayCount }) === null;
}

/** Whether a quorum signed the state (4.3). */
export function isStableProved(judge: Judge, { height, digest, signatures }: StableProof): boolean {
  const ballot = { phase: CHECKPOINT, height, view: 0, blockHash: digest, signatures };
  return judge.rules.mayTrustState(isCertified(judge, ballot));
}
