/** What a process has heard of one round of the height it is deciding. */
import { type BallotCertificate, type BallotSignature, sameHash } from '../ballot.ts';
import type { Hash } from '../encoding.ts';
import type { Phase, Proposal, Vote } from './message.ts';
import type { Rules } from './rules.ts';

/** The votes of one phase. */
export class Tally {
  readonly #byVoter: (Vote | undefined)[] = [];
  readonly #rules: Rules;
  #repeats = 0;
  /** Votes for anything. */
  total = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  get(voter: number): Vote | undefined {
    return this.#byVoter[voter];
  }

  /** One a voter, in the order of the voters. */
  all(): Vote[] {
    return this.#byVoter.filter((vote) => vote !== undefined);
  }

  voters(): number[] {
    return this.all().map(({ from }) => from);
  }

  /** The vote must be signed, and its voter's first. */
  add(vote: Vote): void {
    this.#byVoter[vote.from] = vote;
    this.total++;
  }

  /** A voter said the same again. */
  repeat(): void {
    if (!this.#rules.mayCount(true)) return;
    this.#repeats++;
    this.total++;
  }

  count(blockHash: Hash | null): number {
    let count = this.#repeats;
    for (const vote of this.#byVoter) {
      if (vote === undefined) continue;
      if (this.#rules.countsFor(sameHash(vote.blockHash, blockHash), vote.blockHash === null)) count++;
    }
    return count;
  }

  inspect(): unknown {
    return [this.#byVoter, this.#repeats];
  }

  signatures(blockHash: Hash, quorum: number): BallotSignature[] {
    const signatures: BallotSignature[] = [];
    for (const vote of this.#byVoter) {
      if (vote === undefined || signatures.length === quorum || !sameHash(vote.blockHash, blockHash)) continue;
      signatures.push({ voter: vote.from, signature: vote.signature });
    }
    return signatures;
  }
}

export class Round {
  readonly number: number;
  /** The first proposal of the round's proposer, and its block's hash. */
  proposal: { readonly message: Proposal; readonly blockHash: Hash } | null = null;
  readonly votes: Readonly<Record<Phase, Tally>>;
  /** Line 36 has been carried out. */
  isValidSeen = false;

  constructor(number: number, rules: Rules) {
    this.number = number;
    this.votes = { PREVOTE: new Tally(rules), PRECOMMIT: new Tally(rules) };
  }

  /** A quorum must have voted for the block. */
  certify(phase: Phase, height: number, blockHash: Hash, quorum: number): BallotCertificate {
    const signatures = this.votes[phase].signatures(blockHash, quorum);
    return { phase, height, view: this.number, blockHash, signatures };
  }

  /** It has its proof-of-lock: more prevotes than a quorum are not worth checking. */
  isSpare(phase: Phase, blockHash: Hash | null): boolean {
    return phase === 'PREVOTE' && this.isValidSeen && sameHash(this.proposal?.blockHash ?? null, blockHash);
  }

  /** An honest process voted for this block, and so knows the proposal. `faulty`: processes that may lie. */
  isWanted(blockHash: Hash, faulty: number): boolean {
    return this.votes.PREVOTE.count(blockHash) > faulty || this.votes.PRECOMMIT.count(blockHash) > faulty;
  }
}
