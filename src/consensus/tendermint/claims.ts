/** Signatures that a process is about to check, for an adapter that verifies those of several messages at once (../verify-ahead.ts). A hint. */
import { claimsOf } from '../ballot.ts';
import { hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import { shorten } from '../hotstuff/decided-window.ts';
import type { Claim } from '../signature.ts';
import type { Chain } from './chain.ts';
import { isStatable, type Judge } from './judge.ts';
import { type Proposal, proposalStatement, type TendermintMessage, type Vote } from './message.ts';
import type { RoundState } from './round-state.ts';

export class Claims {
  readonly #judge: Judge;
  readonly #chain: Pick<Chain, 'next' | 'proposerOf'>;
  readonly #rounds: Pick<RoundState, 'find'>;

  constructor(judge: Judge, chain: Pick<Chain, 'next' | 'proposerOf'>, rounds: Pick<RoundState, 'find'>) {
    this.#judge = judge;
    this.#chain = chain;
    this.#rounds = rounds;
  }

  /** See Machine.claims. */
  of(messages: readonly TendermintMessage[]): readonly Claim[] {
    // Votes of these messages that are about to be heard, by phase, round and block.
    const coming = new Map<string, number>();
    return messages.flatMap((message) => {
      if (message.type !== 'vote' && message.type !== 'proposal') return [];
      if (message.height !== this.#chain.next || !isCount(message.round)) return [];
      return message.type === 'vote' ? this.#ofVote(message, coming) : this.#ofProposal(message);
    });
  }

  #ofVote({ from, phase, height, round, blockHash, signature }: Vote, coming: Map<string, number>): readonly Claim[] {
    const { instance, quorum } = this.#judge;
    if (instance.set.validators[from] === undefined) return [];
    const at = this.#rounds.find(round);
    const votes = at?.votes[phase];
    if (votes?.get(from) !== undefined || at?.isSpare(phase, blockHash) === true) return [];
    const place = `${phase} ${round} ${blockHash === null ? 'nil' : shorten(blockHash)}`;
    const others = coming.get(place) ?? 0;
    // A quorum before it: then it is spare, or of a height that is decided.
    if ((votes?.count(blockHash) ?? 0) + others >= quorum) return [];
    coming.set(place, others + 1);
    return claimsOf(instance, { phase, height, view: round, blockHash }, [{ voter: from, signature }]);
  }

  #ofProposal(message: Proposal): readonly Claim[] {
    const { instance, parameters } = this.#judge;
    const { from, round, block, validRound, signature } = message;
    const validator = instance.set.validators[from];
    const isDue = from === this.#chain.proposerOf(round) && (this.#rounds.find(round)?.proposal ?? null) === null;
    if (validator === undefined || !isDue || !isWellFormedBlock(block, parameters.blockItemsMax)) return [];
    if (!isStatable(validRound)) return [];
    const statement = proposalStatement(instance, message, hashBlock(instance, block));
    return [{ publicKey: validator.publicKey, message: statement, signature }];
  }
}
