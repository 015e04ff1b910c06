/** View changes (4.4): what one must prove, and what a new view must propose because of them. Pure functions of messages. */
import { checkBallots } from '../ballot.ts';
import { type Block, hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import { equalBytes } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import type { SignatureScheme } from '../signature.ts';
import { CHECKPOINT, type Prepared, type StableProof, type ViewChange, viewChangeStatement } from './message.ts';
import type { PbftParameters } from './parameters.ts';
import type { Rules } from './rules.ts';

export interface Judge {
  readonly instance: Instance;
  readonly scheme: SignatureScheme;
  readonly parameters: PbftParameters;
  readonly rules: Rules;
  readonly quorum: number;
}

/** A block with nothing in it, for a height at which nothing can have been decided. Everyone makes the same. */
export function emptyBlock(instance: Instance, height: number, view: number): Block {
  return { height, parent: instance.genesis, view, items: [] };
}

export function isStableProved(judge: Judge, { height, digest, signatures }: StableProof): boolean {
  const { instance, scheme, rules, quorum } = judge;
  const ballot = { phase: CHECKPOINT, height, view: 0, blockHash: digest, signatures };
  return rules.mayTrustState(checkBallots(instance, scheme, ballot, { quorum, mayCount: rules.mayCount }) === null);
}

function isPrepared(judge: Judge, { block, certificate }: Prepared): boolean {
  const { instance, scheme, parameters, rules, quorum } = judge;
  const { phase, height, view, blockHash } = certificate;
  if (phase !== 'PREPARE' || blockHash === null || block.height !== height || block.view > view) return false;
  if (block.items.length > 0 && !isWellFormedBlock(block, parameters.blockItemsMax)) return false;
  if (!isCount(block.height) || !isCount(block.view) || !equalBytes(block.parent, instance.genesis)) return false;
  if (!equalBytes(hashBlock(instance, block), blockHash)) return false;
  const refusal = checkBallots(instance, scheme, certificate, { quorum, mayCount: rules.mayCount });
  return rules.mayBelievePrepared(refusal === null);
}

/** Whether a view change is signed and proves what it says. */
export function isValidViewChange(judge: Judge, message: ViewChange): boolean {
  const { instance, scheme, parameters, rules } = judge;
  const { from, view, stable, prepared, signature } = message;
  const validator = instance.set.validators[from];
  if (validator === undefined || !isCount(view) || view < 1) return false;
  if (stable !== null && (!isCount(stable.height) || stable.height < 1 || stable.digest.length !== 32)) return false;
  let height = stable?.height ?? 0;
  const top = height + parameters.window;
  for (const { certificate } of prepared) {
    if (!isCount(certificate.height) || certificate.height <= height || certificate.height > top) return false;
    if (!isCount(certificate.view) || certificate.view >= view) return false;
    height = certificate.height;
  }
  const statement = viewChangeStatement(instance, message);
  if (!rules.mayBelieve(scheme.verify(validator.publicKey, statement, signature))) return false;
  return (stable === null || isStableProved(judge, stable)) && prepared.every((one) => isPrepared(judge, one));
}

export interface Called {
  readonly stable: StableProof | null;
  /** One block for each height from the stable checkpoint up to the highest prepared one. */
  readonly blocks: readonly Block[];
}

/** What valid view changes for `view` call for: of each height the block prepared in the highest view, or an empty one. */
export function callFor({ instance, rules }: Judge, view: number, viewChanges: readonly ViewChange[]): Called {
  let stable: StableProof | null = null;
  const best = new Map<number, Prepared>();
  let top = 0;
  for (const change of viewChanges) {
    if (change.stable !== null && change.stable.height > (stable?.height ?? 0)) stable = change.stable;
    for (const prepared of change.prepared) {
      const { height, view: preparedIn } = prepared.certificate;
      const known = best.get(height);
      if (known === undefined || rules.isBetter(preparedIn, known.certificate.view)) best.set(height, prepared);
      top = Math.max(top, height);
    }
  }
  const blocks: Block[] = [];
  for (let height = (stable?.height ?? 0) + 1; height <= top; height++) {
    blocks.push(best.get(height)?.block ?? emptyBlock(instance, height, view));
  }
  return { stable, blocks };
}
