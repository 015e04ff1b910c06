/** Which votes are heard: signed ones of the height that is being decided, one a voter, round and phase. Who casts two is accused. */
import { type BallotEquivocation, sameHash } from '../ballot.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { CatchingUp } from './catching-up.ts';
import { isVoteSigned, type Judge } from './judge.ts';
import type { TendermintVocabulary, Vote } from './message.ts';
import type { RoundState } from './round-state.ts';

export interface VotesParts {
  readonly judge: Judge;
  readonly rounds: Pick<RoundState, 'at' | 'isFarAhead' | 'isHeardIn' | 'heardFrom'>;
  readonly catchingUp: Pick<CatchingUp, 'askVoters'>;
  readonly outbox: Outbox<TendermintVocabulary>;
}

export class Votes {
  readonly #parts: VotesParts;

  constructor(parts: VotesParts) {
    this.#parts = parts;
  }

  onVote(message: Vote): Refusal {
    const { judge, rounds, catchingUp } = this.#parts;
    const { from, phase, round, blockHash } = message;
    if (phase !== 'PREVOTE' && phase !== 'PRECOMMIT') return null;
    if (rounds.isFarAhead(round)) {
      if (!rounds.isHeardIn(from, round) && isVoteSigned(judge, message)) rounds.heardFrom(from, round);
      return null;
    }
    const at = rounds.at(round);
    const votes = at.votes[phase];
    const known = votes.get(from);
    if (known !== undefined) {
      if (sameHash(known.blockHash, blockHash)) votes.repeat();
      else this.#accuse(known, message);
      return null;
    }
    if (at.isSpare(phase, blockHash)) return null;
    if (!isVoteSigned(judge, message)) return 'BAD_SIGNATURE';
    rounds.heardFrom(from, round);
    votes.add(message);
    if (phase === 'PRECOMMIT' && blockHash !== null) catchingUp.askVoters(at, blockHash);
    return null;
  }

  #accuse(known: Vote, other: Vote): void {
    const { judge, outbox } = this.#parts;
    if (!isVoteSigned(judge, other)) return;
    const { phase, height, round: view } = known;
    const evidence: BallotEquivocation = {
      instance: judge.instance.name,
      voter: known.from,
      signature: known.signature,
      otherSignature: other.signature,
      ballots: [
        { phase, height, view, blockHash: known.blockHash },
        { phase, height, view, blockHash: other.blockHash },
      ],
    };
    outbox.push({ type: 'equivocation', evidence });
  }
}
