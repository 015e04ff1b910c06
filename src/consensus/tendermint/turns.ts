/**
 * Who proposes: everybody in turn, but for those whose turn came to nothing lately. A function of the decided blocks alone, so everyone
 * agrees; and only throughput rests on it: a process that saw other proposers would vote for nothing wrong, it would vote nil.
 *
 * A block names the round in which the one below was decided, and its proposal proves it. Where that was not round 0, the proposer of round
 * 0 is blamed and sits out `benchHeights` heights: once the network is calm a correct one decides its block at once, so that only liars are
 * blamed. Those of the later rounds are not: a lock that the first one caused may be what stopped them. At most f sit out, the latest
 * blamed first.
 *
 * They sit out the first f + 1 rounds of a height, one of which has a correct proposer. From then on everybody has a turn: a lock that one
 * process alone knows of is opened only by that one's proposal, and it may be one of those who sit out.
 */
import type { ValidatorSet } from '../validator-set.ts';
import { RULES, type Rules } from './rules.ts';

export class Turns {
  readonly #rules: Rules;
  readonly #benchMax: number;
  readonly #openRound: number;
  readonly #benchHeights: number;
  /** By process: height of the latest block that blames it; 0: none does. */
  readonly #blamedAt: number[];
  /** Who proposes first, ascending, at the height after the last recorded. */
  #first: readonly number[];
  /** Proposer of round 0 at the last recorded height. */
  #opener = -1;

  constructor(set: ValidatorSet, benchHeights: number, rules: Rules = RULES) {
    this.#rules = rules;
    this.#benchMax = rules.benchMax(set);
    this.#openRound = rules.openRound(set);
    this.#benchHeights = benchHeights;
    this.#blamedAt = Array.from({ length: set.size }, () => 0);
    this.#first = Array.from(this.#blamedAt.keys());
  }

  /** `height`: the one after the last recorded. */
  proposerOf(height: number, round: number): number {
    if (round >= this.#openRound) return (height + round) % this.#blamedAt.length;
    return this.#first[(height + round) % this.#first.length];
  }

  /** Whom the next block blames when it names `decidedIn` as the round in which the last recorded one was decided; or nobody. */
  blame(decidedIn: number): number | null {
    return decidedIn === 0 || this.#opener < 0 ? null : this.#opener;
  }

  /** The block at `height` is decided, and blames this one. */
  record(height: number, blamed: number | null): void {
    this.#opener = this.proposerOf(height, 0);
    if (blamed !== null) this.#blamedAt[blamed] = height;
    this.#first = this.#choose(height + 1);
  }

  inspect(): unknown {
    return [this.#blamedAt, this.#opener];
  }

  #choose(height: number): readonly number[] {
    const all = Array.from(this.#blamedAt.keys());
    const benched = all
      .filter((index) => {
        const at = this.#blamedAt[index];
        return at > 0 && this.#rules.sitsOut(height - at, this.#benchHeights);
      })
      .sort((a, b) => this.#blamedAt[b] - this.#blamedAt[a])
      .slice(0, this.#benchMax);
    return all.filter((index) => !benched.includes(index));
  }
}
