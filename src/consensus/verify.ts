/**
 * Whether a decision was really made: from the public keys alone, with no broker, registry or AURA at hand. For consumers, and
 * for anyone who looks at a decision later. Imports node:crypto and files beside this one, nothing else.
 */
import type { Decision } from '../../schemas/records.ts';
import { hashHeader, isCount, isWellFormed, itemLeaf } from './block.ts';
import { type CertificateRefusal, checkCertificate } from './certificate.ts';
import type { ProposalSummary } from './decision.ts';
import { equalBytes, HASH_BYTES, sha256 } from './encoding.ts';
import { createInstance, type Instance } from './instance.ts';
import { verifyPath } from './merkle.ts';
import { ed25519, type SignatureScheme } from './signature.ts';
import { createValidatorSet, type Validator, type ValidatorSet } from './validator-set.ts';

export type { Decision, ProposalSummary, Validator };

export type DecisionRefusal =
  | CertificateRefusal
  /** The certificate names another set of validators than the one given. */
  | 'WRONG_VALIDATOR_SET'
  | 'WRONG_INSTANCE'
  /** The item (proposal bytes, verdict, reason, dryRun, decidedMs, offset) is not in the block that was signed. */
  | 'NOT_IN_BLOCK';

export type Verification =
  | {
      readonly ok: true;
      readonly verdict: 'APPROVED' | 'REJECTED';
      /** Approved and not a dry run. Whether it has expired is for the caller's clock to say. */
      readonly mayAct: boolean;
      /** Who signed, in the certificate's order. */
      readonly signers: readonly string[];
      readonly height: number;
    }
  | { readonly ok: false; readonly reason: DecisionRefusal };

export interface VerifyOptions {
  /** The instances that the caller takes decisions from; any, when left out. */
  readonly instances?: readonly string[];
  readonly scheme?: SignatureScheme;
}

/**
 * Checks that a quorum of `validators` (all of them, in any order; for many decisions, a set made once) committed this decision. Binds `proposal`, `verdict`, `reason`,
 * `dryRun`, `decidedMs` and the certificate. It does not bind proposalId, tenant, fleet, cell, kind, targets and expiresMs: those
 * are copies out of `proposal`, and checkCopies compares them. Never throws for a hostile decision.
 *
 * @throws ConsensusError BAD_VALIDATOR_SET when `validators` themselves are malformed.
 */
export function verifyDecision(
  decision: Decision,
  validators: readonly Validator[] | ValidatorSet,
  options: VerifyOptions = {},
): Verification {
  const set = 'quorum' in validators ? validators : createValidatorSet(validators);
  const { certificate, verdict, reason, dryRun, decidedMs } = decision;
  const { protocol, height, parent, blockView, itemsRoot, itemCount, itemIndex, itemPath } = certificate;
  if (!equalBytes(certificate.validatorSet, set.hash)) return refused('WRONG_VALIDATOR_SET');
  if (options.instances?.includes(certificate.instance) === false) return refused('WRONG_INSTANCE');
  if (certificate.instance.length < 1 || certificate.instance.length > 512) return refused('WRONG_INSTANCE');
  if (verdict === 'UNKNOWN') return refused('MALFORMED');

  const digest = sha256(decision.proposal);
  const item = { offset: certificate.proposalOffset, digest, verdict, reason, dryRun, decidedMs };
  const hashes = [parent, itemsRoot, ...itemPath];
  const counts = [height, blockView, itemCount, itemIndex];
  if (!isWellFormed(item) || !counts.every(isCount) || hashes.some(({ length }) => length !== HASH_BYTES)) {
    return refused('MALFORMED');
  }
  if (!verifyPath(itemLeaf(item), itemIndex, itemCount, itemPath, itemsRoot)) return refused('NOT_IN_BLOCK');

  const instance = instanceOf(protocol, certificate.instance, set);
  const blockHash = hashHeader(instance, { height, parent, view: blockView, itemsRoot, itemCount });
  const commit = { phase: 'COMMIT', view: certificate.view, blockHash, signatures: certificate.signatures } as const;
  const refusal = checkCertificate(instance, options.scheme ?? ed25519(), commit, { phase: 'COMMIT', blockHash });
  if (refusal !== null) return refused(refusal);
  const signers = certificate.signatures.map(({ validator }) => validator);
  return { ok: true, verdict, mayAct: verdict === 'APPROVED' && !dryRun, signers, height };
}

/** Names of the decision's fields that differ from the proposal, which the caller has decoded from `decision.proposal`. Empty: all agree. */
export function checkCopies(decision: Decision, summary: ProposalSummary): string[] {
  const differing: string[] = [];
  if (decision.proposalId !== summary.id) differing.push('proposalId');
  for (const field of ['tenant', 'fleet', 'cell', 'kind', 'expiresMs'] as const) {
    if (decision[field] !== summary[field]) differing.push(field);
  }
  const { targets } = summary;
  const sameTargets =
    decision.targets.length === targets.length && decision.targets.every((target, i) => target === targets[i]);
  return sameTargets ? differing : [...differing, 'targets'];
}

let latest: Instance | null = null;

/** The latest is kept: decisions come many of one instance in a row. */
function instanceOf(protocol: string, name: string, set: ValidatorSet): Instance {
  if (latest === null || latest.set !== set || latest.protocol !== protocol || latest.name !== name)
    latest = createInstance(protocol, name, set);
  return latest;
}

function refused(reason: DecisionRefusal): Verification {
  return { ok: false, reason };
}
