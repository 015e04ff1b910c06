/** Algorithm 1, but for line 49 (deciding.ts): carries out every rule whose condition holds. Line numbers are the paper's. */
import { type Block, hashBlock } from '../block.ts';
import type { Hash } from '../encoding.ts';
import type { Pool } from '../hotstuff/pool.ts';
import type { Outbox } from '../outbox.ts';
import type { Author } from './author.ts';
import type { Chain } from './chain.ts';
import type { Deciding } from './deciding.ts';
import type { Judge } from './judge.ts';
import type { Phase, Proposal, TendermintVocabulary } from './message.ts';
import type { ProofOfLock } from './proof-of-lock.ts';
import type { Round } from './round.ts';
import type { Awaited, RoundState } from './round-state.ts';

export interface AlgorithmParts {
  readonly judge: Judge;
  readonly author: Author;
  readonly chain: Pick<Chain, 'next' | 'parent' | 'last' | 'proposerOf' | 'decided'>;
  readonly rounds: RoundState;
  readonly lock: ProofOfLock;
  readonly deciding: Pick<Deciding, 'mayOpen' | 'decide'>;
  readonly pool: Pick<Pool, 'hasReady' | 'pick' | 'compare' | 'contest'>;
  readonly outbox: Outbox<TendermintVocabulary>;
}

export class Algorithm {
  readonly #parts: AlgorithmParts;

  constructor(parts: AlgorithmParts) {
    this.#parts = parts;
  }

  /** Carries out every rule whose condition holds, until none does. */
  advance(): void {
    const { rounds, deciding } = this.#parts;
    if (rounds.step === 'idle' && deciding.mayOpen) this.#startRound(0);
    while (deciding.decide() || this.#skip() || this.#actInRound());
  }

  /** Lines 57, 61 and 65. */
  onTimeout(awaited: Awaited | null): void {
    if (awaited === 'PROPOSAL') this.#vote('PREVOTE', null);
    else if (awaited === 'PREVOTE') this.#vote('PRECOMMIT', null);
    else if (awaited === 'PRECOMMIT') this.#startRound(this.#parts.rounds.round + 1);
  }

  /** Line 11. What the round before came to nothing with gives its proposals back. */
  #startRound(round: number): void {
    const { chain, rounds, lock, pool } = this.#parts;
    const left = rounds.find(rounds.round)?.proposal;
    if (rounds.step !== 'idle' && left && lock.valid?.round !== rounds.round)
      pool.contest(left.message.block, chain.decided.count);
    rounds.enter(round);
  }

  /** Line 55. */
  #skip(): boolean {
    const { judge, rounds } = this.#parts;
    const ahead = rounds.aheadBy(judge.rules.skipQuorum(judge.instance.set));
    if (ahead === null) return false;
    this.#startRound(ahead);
    return true;
  }

  /** What is to be done in the current round; true when something was done. */
  #actInRound(): boolean {
    const { judge, rounds } = this.#parts;
    const { step } = rounds;
    if (step === 'idle') return false;
    const at = rounds.at(rounds.round);
    if (step === 'propose') return this.#propose(at) || this.#prevoteProposal(at);
    const { proposal, votes } = at;
    if (proposal !== null && !at.isValidSeen && votes.PREVOTE.count(proposal.blockHash) >= judge.quorum) {
      this.#onProofOfLock(at, proposal.message, proposal.blockHash);
      return true;
    }
    if (step === 'prevote' && votes.PREVOTE.count(null) >= judge.quorum) {
      // Line 44.
      this.#vote('PRECOMMIT', null);
      return true;
    }
    return false;
  }

  /** Lines 14 to 19. A proposer that has nothing to propose yet may come to it while the step lasts. */
  #propose(at: Round): boolean {
    const { judge, author, chain, rounds, lock, outbox } = this.#parts;
    const round = at.number;
    if (chain.proposerOf(round) !== author.index || rounds.proposedIn >= round || at.proposal !== null) return false;
    const valid = judge.rules.proposesValid() ? lock.valid : null;
    const block = valid?.block ?? this.#freshBlock(round);
    if (block === null) return false;
    const blockHash = valid?.blockHash ?? hashBlock(judge.instance, block);
    const last = valid === null ? chain.last : valid.last;
    const proof = valid?.proof ?? null;
    const proposed = { height: chain.next, round, block, last, validRound: valid?.round ?? -1, proof };
    const message = author.proposal(proposed, blockHash);
    rounds.onProposed();
    at.proposal = { message, blockHash };
    rounds.heardFrom(author.index, round);
    outbox.persist({ type: 'proposed', proposal: message });
    outbox.say(message);
    return true;
  }

  #freshBlock(round: number): Block | null {
    const { judge, chain, pool } = this.#parts;
    const items = pool.hasReady ? pool.pick(judge.parameters.blockItemsMax, chain.decided.overdue) : [];
    return items.length === 0 ? null : { height: chain.next, parent: chain.parent, view: round, items };
  }

  /** Lines 22 to 33. While this process' own check waits, so does its prevote. */
  #prevoteProposal({ proposal }: Round): boolean {
    if (proposal === null) return false;
    const { judge, lock, pool } = this.#parts;
    const { message, blockHash } = proposal;
    const isFree = lock.isFreeFor(message, blockHash);
    // A block that a quorum prevoted was found valid by honest checks; asking again could strand it when a check has changed since.
    const isKnownValid = message.proof !== null || lock.isLockedOn(blockHash);
    const agreement = isKnownValid ? 'agree' : pool.compare(message.block);
    if (judge.rules.mayPrevote(isFree) && judge.rules.mayApprove(agreement === 'agree'))
      this.#vote('PREVOTE', blockHash);
    else if (!isFree || agreement === 'disagree') this.#vote('PREVOTE', null);
    else return false;
    return true;
  }

  /** Line 36. */
  #onProofOfLock(at: Round, { block, last }: Proposal, blockHash: Hash): void {
    const { judge, chain, rounds, lock, outbox } = this.#parts;
    at.isValidSeen = true;
    const proof = at.certify('PREVOTE', chain.next, blockHash, judge.quorum);
    const valid = { round: at.number, block, last, blockHash, proof };
    const precommits = rounds.step === 'prevote';
    const isLocked = precommits && judge.rules.locks();
    lock.learn(valid);
    if (isLocked) lock.lock(valid);
    outbox.persist({ type: 'valid', block, last, proof, isLocked });
    if (precommits) this.#vote('PRECOMMIT', blockHash);
  }

  #vote(phase: Phase, blockHash: Hash | null): void {
    const { author, chain, rounds, lock, outbox } = this.#parts;
    const { round } = rounds;
    const vote = author.vote(phase, chain.next, round, blockHash);
    rounds.onVoted(phase);
    rounds.at(round).votes[phase].add(vote);
    rounds.heardFrom(author.index, round);
    outbox.persistVote({ type: 'voted', vote });
    outbox.say(vote);
    if (phase === 'PREVOTE' && blockHash === null && lock.isLocked && lock.valid !== null) {
      const { block, last, proof } = lock.valid;
      outbox.say({ type: 'locked', from: author.index, block, last, proof });
    }
  }
}
