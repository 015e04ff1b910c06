/** What was missed, in place of the paper's gossip: a process that stands still says where, and is told what it lacks. */
import { sameHash } from '../ballot.ts';
import { hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import type { Hash } from '../encoding.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { Chain } from './chain.ts';
import type { Deciding } from './deciding.ts';
import { isProved, type Judge } from './judge.ts';
import type { Decided, Held, Status, TendermintVocabulary } from './message.ts';
import type { Round } from './round.ts';
import type { RoundState } from './round-state.ts';

const NOTHING = { proposal: null, prevotes: [], precommits: [] } as const;
/** Blocks that one status is answered with. */
const DECIDED_SENT = 16;

export interface CatchingUpParts {
  readonly judge: Judge;
  /** Index of this process. */
  readonly self: number;
  readonly chain: Pick<Chain, 'height' | 'next' | 'find' | 'isFollowedBy'>;
  readonly rounds: Pick<RoundState, 'round' | 'find' | 'held'>;
  readonly deciding: Pick<Deciding, 'commit'>;
  readonly outbox: Outbox<TendermintVocabulary>;
}

export class CatchingUp {
  readonly #parts: CatchingUpParts;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /** Says where this process stands. */
  ask(): void {
    const { rounds, outbox } = this.#parts;
    outbox.say(this.#status(rounds.round));
  }

  /** A proposer showed its block to some alone: those who precommitted it are asked at once, before the wait for it ends. */
  askVoters(at: Round, blockHash: Hash): void {
    const { judge, outbox } = this.#parts;
    const isHeard = at.proposal !== null && sameHash(at.proposal.blockHash, blockHash);
    const votes = at.votes.PRECOMMIT;
    const { faulty } = judge.instance.set;
    if (isHeard || faulty === 0 || votes.count(blockHash) !== faulty + 1) return;
    const status = this.#status(at.number);
    for (const vote of votes.all()) if (sameHash(vote.blockHash, blockHash)) outbox.tell(vote.from, status);
  }

  onStatus({ from, height, round, held }: Status): Refusal {
    const { self, chain, rounds, outbox } = this.#parts;
    if (from === self || !isCount(height) || !isCount(round)) return null;
    for (let next = height, sent = 0; next <= chain.height && sent < DECIDED_SENT; next++, sent++) {
      const decided = chain.find(next);
      if (decided === undefined) return 'TOO_FAR_BEHIND';
      outbox.tell(from, { type: 'decided', from: self, ...decided });
    }
    if (height !== chain.next || round > rounds.round) return null;
    for (const number of new Set([round, rounds.round])) {
      const at = rounds.find(number);
      const there = held.find((one) => one.round === number);
      if (at !== undefined) this.#tellRound(from, at, there ?? { round: number, ...NOTHING });
    }
    return null;
  }

  onDecided({ block, certificate, lastRound }: Decided): Refusal {
    const { judge, chain, deciding } = this.#parts;
    const { instance, parameters, rules } = judge;
    if (block.height !== chain.next) return null;
    if (!isWellFormedBlock(block, parameters.blockItemsMax)) return 'BAD_BLOCK';
    const { phase, height, blockHash } = certificate;
    const isAbout = phase === 'PRECOMMIT' && height === block.height && sameHash(blockHash, hashBlock(instance, block));
    if (!rules.mayBelieveDecided(isAbout && isProved(judge, certificate, 'PRECOMMIT'))) return 'UNPROVED';
    // The hash that was signed covers it.
    if (!isCount(lastRound) || !chain.isFollowedBy(block, lastRound)) return 'BAD_BLOCK';
    deciding.commit({ block, certificate, lastRound });
    return null;
  }

  #status(round: number): Status {
    const { self, chain, rounds } = this.#parts;
    return { type: 'status', from: self, height: chain.next, round, held: rounds.held() };
  }

  /** What the other one does not have of a round. */
  #tellRound(to: number, { number, proposal, votes }: Round, there: Held): void {
    const { self, rounds, outbox } = this.#parts;
    if (proposal !== null && !sameHash(there.proposal, proposal.blockHash)) outbox.tell(to, proposal.message);
    for (const phase of ['PREVOTE', 'PRECOMMIT'] as const) {
      const known = new Set(phase === 'PREVOTE' ? there.prevotes : there.precommits);
      for (const vote of votes[phase].all()) {
        // Of a round that this process has left, everybody's: a liar may have told it alone what made it leave, and the paper's gossip
        // brings whatever one correct process has received to all of them.
        if (!known.has(vote.from) && (number < rounds.round || vote.from === self)) outbox.tell(to, vote);
      }
    }
  }
}
