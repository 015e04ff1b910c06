/** Signatures that a replica is about to check, for an adapter that verifies those of several messages at once (../verify-ahead.ts). A hint. */
import { type BallotSignature, claimsOf } from '../ballot.ts';
import { hashBlock, isWellFormedBlock } from '../block.ts';
import { equalBytes } from '../encoding.ts';
import type { Claim } from '../signature.ts';
import type { Judge } from './judge.ts';
import type { Log } from './log.ts';
import type { PbftMessage, PrePrepare, Vote } from './message.ts';
import type { CurrentView } from './view.ts';

export class Claims {
  readonly #judge: Judge;
  readonly #view: CurrentView;
  readonly #log: Log;

  constructor(judge: Judge, view: CurrentView, log: Log) {
    this.#judge = judge;
    this.#view = view;
    this.#log = log;
  }

  /** See Machine.claims. */
  of(messages: readonly PbftMessage[]): readonly Claim[] {
    if (this.#view.isChanging) return [];
    // Votes of these messages that are about to be heard, by phase and height.
    const coming = new Map<string, readonly BallotSignature[]>();
    return messages.flatMap((message) => {
      if (message.type === 'prePrepare') return this.#ofPrePrepare(message);
      return message.type === 'vote' ? this.#ofVote(message, coming) : [];
    });
  }

  #ofPrePrepare({ from, view, block, signature }: PrePrepare): readonly Claim[] {
    const { instance, parameters } = this.#judge;
    const isDue = view === this.#view.number && from === this.#view.primaryOf(view);
    if (!isDue || !isWellFormedBlock(block, parameters.blockItemsMax)) return [];
    if (this.#log.find(block.height)?.accepted?.prePrepare.view === view) return [];
    const ballot = { phase: 'PREPARE', height: block.height, view, blockHash: hashBlock(instance, block) };
    return claimsOf(instance, ballot, [{ voter: from, signature }]);
  }

  #ofVote(message: Vote, coming: Map<string, readonly BallotSignature[]>): readonly Claim[] {
    const { instance, quorum } = this.#judge;
    const { from: voter, phase, height, view, blockHash, signature } = message;
    if (view !== this.#view.number) return [];
    const slot = this.#log.find(height);
    const accepted = slot?.accepted ?? null;
    if (slot === undefined || accepted === null || !equalBytes(accepted.blockHash, blockHash)) return [];
    const isDone = phase === 'PREPARE' ? slot.preparedIn >= view : slot.decided !== null;
    if (isDone || slot.tallies[phase].votes[voter] !== undefined) return [];
    // The vote that could complete the quorum brings all that wait for it.
    const place = `${phase} ${height}`;
    const others = [...(coming.get(place) ?? []), { voter, signature }];
    coming.set(place, others);
    const tally = slot.tallies[phase];
    if (tally.count(view, blockHash) + others.length !== quorum) return [];
    const waiting = [...tally.unchecked(view, blockHash, quorum), ...others];
    return claimsOf(instance, { phase, height, view, blockHash }, waiting);
  }
}
