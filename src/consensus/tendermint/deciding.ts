/** Deciding (line 49): a quorum's PRECOMMITs for a block in any round of the height, or a decided block that proves itself. */
import type { Pool } from '../hotstuff/pool.ts';
import type { Outbox } from '../outbox.ts';
import type { Chain, DecidedBlock } from './chain.ts';
import type { Early } from './early.ts';
import type { Judge } from './judge.ts';
import type { Proposal, TendermintVocabulary, Vote } from './message.ts';
import type { ProofOfLock } from './proof-of-lock.ts';
import type { RoundState } from './round-state.ts';
import type { Timeouts } from './timeouts.ts';

export interface DecidingParts {
  readonly judge: Judge;
  readonly chain: Chain;
  readonly rounds: RoundState;
  readonly lock: Pick<ProofOfLock, 'clear'>;
  readonly timeouts: Pick<Timeouts, 'onDecided'>;
  readonly early: Pick<Early, 'take'>;
  readonly pool: Pick<Pool, 'hasReady' | 'settle' | 'dropThrough'>;
  readonly outbox: Outbox<TendermintVocabulary>;
  /** Hears a message that came before its height. */
  readonly hear: (message: Proposal | Vote) => void;
}

export class Deciding {
  readonly #parts: DecidingParts;

  constructor(parts: DecidingParts) {
    this.#parts = parts;
  }

  /** A height opens when there is something to propose, or the others have begun: f liars could have the turn of a correct proposer pass that has nothing. */
  get mayOpen(): boolean {
    const { judge, rounds, pool } = this.#parts;
    return pool.hasReady || rounds.isBegunBy(judge.instance.set.faulty + 1);
  }

  /** Line 49, for the rounds that anything was heard of; true when the height was decided. */
  decide(): boolean {
    const { judge, chain, rounds } = this.#parts;
    const { quorum } = judge;
    for (const at of rounds.rounds()) {
      const { proposal, votes } = at;
      if (proposal === null || votes.PRECOMMIT.total < quorum) continue;
      if (votes.PRECOMMIT.count(proposal.blockHash) < quorum) continue;
      const { block, last } = proposal.message;
      const certificate = at.certify('PRECOMMIT', chain.next, proposal.blockHash, quorum);
      this.commit({ block, lastRound: last?.view ?? 0, certificate });
      return true;
    }
    return false;
  }

  /** The decision is proved. Opens the next height if there is reason to. */
  commit(decision: DecidedBlock): void {
    const { judge, chain, rounds, early, pool, outbox, hear } = this.#parts;
    const { block, certificate, lastRound } = decision;
    const blamed = chain.blame(judge.rules.blamedRound(lastRound, rounds.round));
    outbox.persist({ type: 'decided', block, certificate, lastRound, blamed });
    this.apply(decision, blamed);
    outbox.push({ type: 'committed', block, certificate });
    pool.settle(block.items);
    for (const proposal of pool.dropThrough(chain.decided.floor)) outbox.push({ type: 'dropped', proposal });
    for (const message of early.take()) hear(message);
    if (this.mayOpen) rounds.enter(0);
  }

  /** What a decision changes; from disk it is told to nobody. */
  apply({ block, certificate, lastRound }: DecidedBlock, blamed: number | null): void {
    const { chain, rounds, lock, timeouts } = this.#parts;
    chain.append({ block, certificate, lastRound }, blamed);
    timeouts.onDecided(certificate.view);
    rounds.close();
    lock.clear();
  }
}
