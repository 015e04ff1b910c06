/** Whom and what a process believes: signatures and certificates, by public keys alone. */
import { type BallotCertificate, checkBallots, isBallotSigned } from '../ballot.ts';
import { hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import type { Instance } from '../instance.ts';
import type { SignatureScheme } from '../signature.ts';
import { type Phase, type Proposal, proposalStatement, type Vote } from './message.ts';
import type { TendermintParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

/** What all processes judge by, the same at each. */
export interface Judge {
  readonly instance: Instance;
  readonly scheme: SignatureScheme;
  readonly parameters: TendermintParameters;
  readonly rules: Rules;
  readonly quorum: number;
}

/** Whether a quorum signed the certificate's ballot, of this phase. */
export function isProved(judge: Judge, certificate: BallotCertificate, phase: Phase): boolean {
  const { instance, scheme, rules, quorum } = judge;
  if (certificate.phase !== phase) return false;
  return checkBallots(instance, scheme, certificate, { quorum, mayCount: rules.mayCount }) === null;
}

export function isVoteSigned({ instance, scheme, rules }: Judge, vote: Vote): boolean {
  const { from, phase, height, round, blockHash, signature } = vote;
  const ballot = { phase, height, view: round, blockHash };
  return rules.mayBelieve(isBallotSigned(instance, scheme, ballot, { voter: from, signature }));
}

export function isProposalSigned({ instance, scheme, parameters, rules }: Judge, message: Proposal): boolean {
  const { from, block, validRound, signature } = message;
  if (!isStatable(validRound)) return false;
  if (!isWellFormedBlock(block, parameters.blockItemsMax)) return false;
  const { publicKey } = instance.set.validators[from];
  const signed = proposalStatement(instance, message, hashBlock(instance, block));
  return rules.mayBelieve(scheme.verify(publicKey, signed, signature));
}

/** Whether a proposal's statement can hold it: one more than the round, which is -1 for none. */
export function isStatable(validRound: number): boolean {
  return isCount(validRound + 1);
}
