/** Which proposals are heard (the conditions of lines 22 and 28): the proposer's, on the head, with what they name proved. */
import { sameHash } from '../ballot.ts';
import { hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import type { Refusal } from '../outbox.ts';
import type { Chain } from './chain.ts';
import { isProposalSigned, isProved, type Judge } from './judge.ts';
import type { Locked, Proposal } from './message.ts';
import type { ProofOfLock } from './proof-of-lock.ts';
import type { RoundState } from './round-state.ts';

export interface ProposalsParts {
  readonly judge: Judge;
  readonly chain: Pick<Chain, 'next' | 'last' | 'proposerOf' | 'isOnHead' | 'isUndecided' | 'isKnown'>;
  readonly rounds: Pick<RoundState, 'at' | 'isFarAhead' | 'heardFrom'>;
  readonly lock: Pick<ProofOfLock, 'validRound' | 'learn'>;
}

export class Proposals {
  readonly #parts: ProposalsParts;

  constructor(parts: ProposalsParts) {
    this.#parts = parts;
  }

  /** Of the height that is being decided. */
  onProposal(message: Proposal): Refusal {
    const { judge, chain, rounds } = this.#parts;
    const { from, round, block, proof } = message;
    if (from !== chain.proposerOf(round)) return 'NOT_PROPOSER';
    if (rounds.isFarAhead(round)) return null;
    if (!this.#isFitting(message)) return 'BAD_BLOCK';
    const at = rounds.at(round);
    const blockHash = hashBlock(judge.instance, block);
    const known = at.proposal?.blockHash ?? null;
    if (known !== null && (sameHash(known, blockHash) || !at.isWanted(blockHash, judge.instance.set.faulty)))
      return null;
    if (!isProposalSigned(judge, message)) return 'BAD_SIGNATURE';
    if (proof !== null && !judge.rules.mayBelieveLock(isProved(judge, proof, 'PREVOTE'))) return 'UNPROVED';
    if (!this.#isLastProved(message)) return 'UNPROVED';
    rounds.heardFrom(from, round);
    at.proposal = { message: { ...message, last: this.#proofOf(message) }, blockHash };
    return null;
  }

  /** Whoever proposes next shall propose that block; otherwise all would wait for the turn of the one that is locked. */
  onLocked({ block, last, proof }: Locked): Refusal {
    const { judge, chain, lock } = this.#parts;
    const { height, view: round, blockHash } = proof;
    if (height !== chain.next || blockHash === null || round <= lock.validRound) return null;
    // As if it were proposed in the round after its proof.
    const proposed = { height, round: round + 1, block, last, validRound: round, proof };
    if (!this.#isFitting(proposed)) return 'BAD_BLOCK';
    if (!judge.rules.mayBelieveLock(isProved(judge, proof, 'PREVOTE')) || !this.#isLastProved(proposed))
      return 'UNPROVED';
    lock.learn({ round, block, last: this.#proofOf(proposed), blockHash, proof });
    return null;
  }

  /** Structure: the block fits on the last decided one, and the proof-of-lock is about it. Not whether it is proved. */
  #isFitting(proposed: Omit<Proposal, 'type' | 'from' | 'signature'>): boolean {
    const { height, round, block, last, validRound, proof } = proposed;
    const { judge, chain } = this.#parts;
    if (!isWellFormedBlock(block, judge.parameters.blockItemsMax) || block.height !== height) return false;
    if (!chain.isOnHead(block, last) || !chain.isUndecided(block)) return false;
    if (proof === null) return validRound === -1 && block.view === round;
    if (!isCount(validRound) || validRound >= round || block.view > validRound) return false;
    const { phase, blockHash } = proof;
    const isAbout = phase === 'PREVOTE' && proof.height === height && proof.view === validRound;
    return isAbout && sameHash(blockHash, hashBlock(judge.instance, block));
  }

  #isLastProved({ last }: Pick<Proposal, 'last'>): boolean {
    const { judge, chain } = this.#parts;
    return last === null || chain.isKnown(last) || isProved(judge, last, 'PRECOMMIT');
  }
  /**
   * What proves it here. Where it is known nobody looked at the signatures that came: passed on or proposed again with those, the block would be refused
   * by whoever decided the head in another round, for ever.
   */
  #proofOf({ last }: Pick<Proposal, 'last'>): Proposal['last'] {
    const { chain } = this.#parts;
    return chain.isKnown(last) ? chain.last : last;
  }
}
