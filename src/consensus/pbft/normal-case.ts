/** The normal case (4.2) of one view: the primary proposes, replicas vote PREPARE, then COMMIT, and what a quorum committed is decided. */
import { type Block, hashBlock, isWellFormedBlock } from '../block.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import type { Pool } from '../hotstuff/pool.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { Author } from './author.ts';
import type { Checkpoints } from './checkpoints.ts';
import { isSigned, type Judge } from './judge.ts';
import type { Log } from './log.ts';
import type { NewView, PbftVocabulary, Phase, PrePrepare } from './message.ts';
import type { Slot } from './slot.ts';
import type { StateMachine } from './state.ts';
import type { CurrentView } from './view.ts';
import type { Votes } from './votes.ts';

export interface NormalCaseParts {
  readonly judge: Judge;
  readonly author: Author;
  readonly view: CurrentView;
  readonly log: Log;
  readonly votes: Pick<Votes, 'hasQuorum' | 'certify' | 'accuse'>;
  readonly state: Pick<StateMachine, 'height' | 'decided'>;
  readonly checkpoints: Pick<Checkpoints, 'isBehind'>;
  readonly pool: Pick<Pool, 'hasReady' | 'pick' | 'compare' | 'contest'>;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class NormalCase {
  readonly #parts: NormalCaseParts;
  /** Highest height that this replica proposed, or must not propose again. */
  #proposedThrough = 0;

  constructor(parts: NormalCaseParts) {
    this.#parts = parts;
  }

  get proposedThrough(): number {
    return this.#proposedThrough;
  }

  /** A primary with something to propose gives it the next height; blocks follow each other without waiting, up to inFlightMax. */
  propose(): void {
    const { judge, author, view, log, state, checkpoints, pool, outbox } = this.#parts;
    const { instance, parameters } = judge;
    if (view.isChanging || view.primaryOf(view.number) !== author.index || checkpoints.isBehind) return;
    if (!pool.hasReady) return;
    for (;;) {
      const height = Math.max(state.height, this.#proposedThrough) + 1;
      if (height > state.height + parameters.inFlightMax || height > log.high) return;
      const taken = this.#underWay();
      const items = pool.pick(parameters.blockItemsMax, state.decided.overdue, (offset) => taken.has(offset));
      if (items.length === 0) return;
      const block = { height, parent: instance.genesis, view: view.number, items };
      const blockHash = hashBlock(instance, block);
      const message = author.prePrepare(view.number, block, blockHash);
      this.#proposedThrough = height;
      this.#accept(log.at(height), message, blockHash, false);
      outbox.say(message);
    }
  }

  onPrePrepare(message: PrePrepare): Refusal {
    const { judge, view: current, log, votes } = this.#parts;
    const { instance, parameters, rules } = judge;
    const { from, view, block, signature } = message;
    if (view !== current.number || current.isChanging || from !== current.primaryOf(view)) return null;
    if (!isWellFormedBlock(block, parameters.blockItemsMax) || block.view !== view) return 'BAD_BLOCK';
    const { height } = block;
    if (!equalBytes(block.parent, instance.genesis) || !log.isInWindow(height)) return null;
    const slot = log.at(height);
    const blockHash = hashBlock(instance, block);
    const known = slot.accepted;
    if (known !== null && known.prePrepare.view === view) {
      if (equalBytes(known.blockHash, blockHash)) return null;
      const before = { blockHash: known.blockHash, signature: known.prePrepare.signature };
      votes.accuse({ voter: from, phase: 'PREPARE', height, view }, before, { blockHash, signature });
      if (!rules.mayAccept(true)) return null;
    }
    if (!isSigned(judge, { phase: 'PREPARE', height, view, blockHash }, { voter: from, signature }))
      return 'BAD_SIGNATURE';
    this.#accept(slot, message, blockHash, false);
    return null;
  }

  /** Does what is due at each height: vote PREPARE, vote COMMIT, decide. */
  progress(): void {
    const { view, log } = this.#parts;
    if (view.isChanging) return;
    for (const slot of log.slots()) this.#progress(slot);
  }

  /** The view is entered: goes on with what its new view calls for (4.4). */
  takeCalled(newView: NewView): void {
    const { judge, log } = this.#parts;
    this.#proposedThrough = reach(newView);
    for (const prePrepare of newView.prePrepares) {
      const { height } = prePrepare.block;
      if (height > log.low) this.#accept(log.at(height), prePrepare, hashBlock(judge.instance, prePrepare.block), true);
    }
  }

  /** The view is left: what was not prepared in it gives its proposals back. */
  abandon(): void {
    const { log, state, pool } = this.#parts;
    for (const { height, accepted, preparedIn } of log.slots()) {
      if (accepted === null || height <= state.height || preparedIn >= accepted.prePrepare.view) continue;
      pool.contest(accepted.prePrepare.block, state.decided.count);
    }
  }

  /** The log was read from disk: what it holds is not proposed again. */
  resume(): void {
    const { view, log } = this.#parts;
    this.#proposedThrough = view.newView === null ? 0 : reach(view.newView);
    for (const [{ height }] of log.acceptedIn(view.number, this.#proposedThrough)) {
      this.#proposedThrough = Math.max(this.#proposedThrough, height);
    }
  }

  /** Offsets in blocks that are accepted in this view and not executed. What an abandoned view left behind is free again. */
  #underWay(): Set<number> {
    const { view, log, state } = this.#parts;
    const taken = new Set<number>();
    for (const [, { prePrepare }] of log.acceptedIn(view.number, state.height)) {
      for (const { offset } of prePrepare.block.items) taken.add(offset);
    }
    return taken;
  }

  #accept(slot: Slot, prePrepare: PrePrepare, blockHash: Hash, isCalledFor: boolean): void {
    const { author, outbox } = this.#parts;
    slot.accepted = { prePrepare, blockHash, isCalledFor };
    const { from, view, signature } = prePrepare;
    slot.tallies.PREPARE.votes[from] = { view, blockHash, signature, isChecked: true };
    // No vote for it yet: it is the first of its view.
    slot.votedIn = Math.min(slot.votedIn, view - 1);
    if (from !== author.index) return;
    // The primary's pre-prepare is its PREPARE vote.
    slot.votedIn = view;
    outbox.persistVote({ type: 'accepted', prePrepare });
  }

  #progress(slot: Slot): void {
    const { judge, votes, outbox } = this.#parts;
    const view = this.#parts.view.number;
    const { accepted } = slot;
    if (accepted === null || accepted.prePrepare.view !== view) return;
    const { blockHash, prePrepare } = accepted;
    const { block } = prePrepare;
    if (slot.votedIn < view && judge.rules.mayApprove(accepted.isCalledFor || this.#agrees(block))) {
      slot.votedIn = view;
      outbox.persistVote({ type: 'accepted', prePrepare });
      this.#vote(slot, 'PREPARE', blockHash);
    }
    if (slot.preparedIn < view && votes.hasQuorum(slot, 'PREPARE', blockHash)) {
      const certificate = votes.certify(slot, 'PREPARE', blockHash);
      slot.prepared = { block, certificate };
      outbox.persistVote({ type: 'prepared', block, certificate });
      this.#vote(slot, 'COMMIT', blockHash);
    }
    if (slot.decided === null && slot.preparedIn === view && votes.hasQuorum(slot, 'COMMIT', blockHash)) {
      slot.decided = { block, certificate: votes.certify(slot, 'COMMIT', blockHash) };
    }
  }

  /** External validity. Items that are decided already will count for nothing, so nobody need agree on them. */
  #agrees(block: Block): boolean {
    const { state, pool } = this.#parts;
    const items = block.items.filter(({ offset, digest }) => !state.decided.isSettled(offset, digest));
    return pool.compare({ ...block, items }) === 'agree';
  }

  #vote(slot: Slot, phase: Phase, blockHash: Hash): void {
    const { author, view, outbox } = this.#parts;
    const vote = author.vote(phase, slot.height, view.number, blockHash);
    const { signature } = vote;
    slot.tallies[phase].votes[author.index] = { view: view.number, blockHash, signature, isChecked: true };
    outbox.say(vote);
  }
}

/** Highest height that a new view proposes or knows to be stable: its primary goes on above. */
function reach({ prePrepares, viewChanges }: NewView): number {
  const stable = viewChanges.map((change) => change.stable?.height ?? 0);
  return Math.max(0, ...stable, ...prePrepares.map(({ block }) => block.height));
}
