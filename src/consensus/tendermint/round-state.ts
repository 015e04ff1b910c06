/** Where a process stands in the height that it is deciding (round_p and step_p of Algorithm 1), and what it has heard of each round. */
import type { Held, Phase } from './message.ts';
import { Round } from './round.ts';
import type { Rules } from './rules.ts';

/** `idle`: the height is not open, no timer runs, nothing is said. */
export type Step = 'idle' | 'propose' | 'prevote' | 'precommit';

/** What a process waits for until a timer runs out. */
export type Awaited = 'PROPOSAL' | 'PREVOTE' | 'PRECOMMIT';

/** Rounds ahead of its own of which a process keeps votes. */
const ROUNDS_AHEAD = 8;

export class RoundState {
  readonly #rules: Rules;
  readonly #quorum: number;
  #round = 0;
  #step: Step = 'idle';
  #view = 0;
  /** Latest round in which this process proposed; -1 before. */
  #proposedIn = -1;
  #rounds = new Map<number, Round>();
  /** Highest round that each process was heard in. */
  #heardIn: number[] = [];

  constructor(rules: Rules, quorum: number) {
    this.#rules = rules;
    this.#quorum = quorum;
  }

  get round(): number {
    return this.#round;
  }

  get step(): Step {
    return this.#step;
  }

  /** Rounds entered, over all heights. */
  get view(): number {
    return this.#view;
  }

  get proposedIn(): number {
    return this.#proposedIn;
  }

  /** Whether the first round has its proposal, or so many processes were heard of this height. */
  isBegunBy(processes: number): boolean {
    if ((this.#rounds.get(0)?.proposal ?? null) !== null) return true;
    return this.#heardIn.filter((round) => round >= 0).length >= processes;
  }

  /** What was heard of the rounds, in the order in which they were first heard of. */
  rounds(): Iterable<Round> {
    return this.#rounds.values();
  }

  find(number: number): Round | undefined {
    return this.#rounds.get(number);
  }

  /** Makes it when there is none. */
  at(number: number): Round {
    let round = this.#rounds.get(number);
    if (round === undefined) {
      round = new Round(number, this.#rules);
      this.#rounds.set(number, round);
    }
    return round;
  }

  /** Of a round so far ahead nothing is kept but who was heard in it. */
  isFarAhead(round: number): boolean {
    return round > this.#round + ROUNDS_AHEAD;
  }

  isHeardIn(from: number, round: number): boolean {
    return round <= (this.#heardIn[from] ?? -1);
  }

  heardFrom(from: number, round: number): void {
    this.#heardIn[from] = Math.max(this.#heardIn[from] ?? -1, round);
  }

  /** The latest round ahead that so many were heard in or beyond; null: they are too few. */
  aheadBy(needed: number): number | null {
    let count = 0;
    for (const round of this.#heardIn) if (round > this.#round) count++;
    if (count < needed) return null;
    const ahead = this.#heardIn.filter((round) => round > this.#round).sort((a, b) => b - a);
    return ahead[needed - 1];
  }

  /**
   * The proposal (line 21); the prevotes, once a quorum of any was heard (line 34); and the precommits likewise (line 47), in any step.
   * Null: nothing that a timer would end.
   */
  awaited(): Awaited | null {
    if (this.#step === 'idle') return null;
    const { votes } = this.at(this.#round);
    if (votes.PRECOMMIT.total >= this.#quorum) return 'PRECOMMIT';
    if (this.#step === 'propose') return 'PROPOSAL';
    return this.#step === 'prevote' && votes.PREVOTE.total >= this.#quorum ? 'PREVOTE' : null;
  }

  /** What it has of the height, for a status. */
  held(): Held[] {
    return Array.from(this.#rounds.values(), ({ number: round, proposal, votes }) => ({
      round,
      proposal: proposal?.blockHash ?? null,
      prevotes: votes.PREVOTE.voters(),
      precommits: votes.PRECOMMIT.voters(),
    }));
  }

  /** Line 11. */
  enter(round: number): void {
    this.#round = round;
    this.#step = 'propose';
    this.#view++;
  }

  /** This process has proposed in its round. */
  onProposed(): void {
    this.#proposedIn = this.#round;
  }

  /** This process has cast this vote in its round. */
  onVoted(phase: Phase): void {
    this.#step = phase === 'PREVOTE' ? 'prevote' : 'precommit';
  }

  /** Recovery: stands in the round of what it has said last. */
  resume(round: number): void {
    this.#round = round;
    this.#step = 'propose';
  }

  /** The height is decided; the next is not open. */
  close(): void {
    this.#round = 0;
    this.#step = 'idle';
    this.#rounds = new Map();
    this.#heardIn = [];
    this.#proposedIn = -1;
  }

  inspect(): { readonly heardIn: unknown; readonly rounds: unknown } {
    const rounds = Array.from(this.#rounds.values(), ({ number, proposal, votes, isValidSeen }) => [
      [number, proposal, isValidSeen],
      [votes.PREVOTE.inspect(), votes.PRECOMMIT.inspect()],
    ]);
    return { heardIn: this.#heardIn, rounds };
  }
}
