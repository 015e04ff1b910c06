/** View changes (4.4): what one must prove, and what a new view must propose because of them. Pure functions of messages. */
import { type Block, hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import { equalBytes } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import { isCertified, isSigned, isStableProved, type Judge } from './judge.ts';
import {
  type NewView,
  newViewStatement,
  type Prepared,
  type StableProof,
  type ViewChange,
  viewChangeStatement,
} from './message.ts';

/** A block with nothing in it, for a height at which nothing can have been decided. Everyone makes the same. */
export function emptyBlock(instance: Instance, height: number, view: number): Block {
  return { height, parent: instance.genesis, view, items: [] };
}

function isPrepared(judge: Judge, { block, certificate }: Prepared): boolean {
  const { instance, parameters, rules } = judge;
  const { phase, height, view, blockHash } = certificate;
  if (phase !== 'PREPARE' || blockHash === null || block.height !== height || block.view > view) return false;
  if (block.items.length > 0 && !isWellFormedBlock(block, parameters.blockItemsMax)) return false;
  if (!isCount(block.height) || !isCount(block.view) || !equalBytes(block.parent, instance.genesis)) return false;
  if (!equalBytes(hashBlock(instance, block), blockHash)) return false;
  return rules.mayBelievePrepared(isCertified(judge, certificate));
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

interface Verdict {
  readonly refusal: 'BAD_SIGNATURE' | 'BAD_NEW_VIEW' | null;
  /** The stable checkpoint that the view changes know of. */
  readonly stable: StableProof | null;
}

/** Whether a new view is signed, made of a quorum of valid view changes, and proposes what they call for. `from`: the view's primary. */
export function proveNewView(judge: Judge, message: NewView): Verdict {
  const { instance, scheme, rules, quorum } = judge;
  const { from, view, viewChanges, prePrepares, signature } = message;
  const { publicKey } = instance.set.validators[from];
  // The statement names the senders: there is none of a number that is no index.
  if (viewChanges.some((change) => instance.set.validators[change.from] === undefined))
    return { refusal: 'BAD_NEW_VIEW', stable: null };
  const isItSigned = scheme.verify(publicKey, newViewStatement(instance, message), signature);
  if (!rules.mayBelieve(isItSigned)) return { refusal: 'BAD_SIGNATURE', stable: null };
  const senders = new Set(viewChanges.map((change) => change.from));
  const isQuorum = senders.size >= quorum && senders.size === viewChanges.length;
  const isProved = isQuorum && viewChanges.every((one) => one.view === view && isValidViewChange(judge, one));
  const { stable, blocks } = callFor(judge, view, isProved ? viewChanges : []);
  const isCalledFor =
    isProved &&
    blocks.length === prePrepares.length &&
    // Taken for another view's, it would leave the height open to another block of this primary; in another's mouth it would be that one's vote.
    prePrepares.every((one) => one.from === from && one.view === view) &&
    blocks.every((block, i) => isSameBlock(judge, block, prePrepares[i].block));
  if (!rules.mayEnter(isCalledFor)) return { refusal: 'BAD_NEW_VIEW', stable };
  for (const { block, signature: own } of prePrepares) {
    const ballot = { phase: 'PREPARE', height: block.height, view, blockHash: hashBlock(instance, block) };
    if (!isSigned(judge, ballot, { voter: from, signature: own })) return { refusal: 'BAD_SIGNATURE', stable };
  }
  return { refusal: null, stable };
}

/** `block` is well-formed or empty; `other` may be anything. */
function isSameBlock({ instance, parameters }: Judge, block: Block, other: Block): boolean {
  if (other.height !== block.height || other.view !== block.view || other.items.length !== block.items.length)
    return false;
  if (other.items.length > 0 && !isWellFormedBlock(other, parameters.blockItemsMax)) return false;
  return equalBytes(other.parent, block.parent) && equalBytes(hashBlock(instance, block), hashBlock(instance, other));
}
