/**
 * What must hold in every run of every protocol, judged from outside: from what was said and what came out. The checkers share no
 * code with what they judge, and they also see what never arrived.
 *
 *   agreement, prefix order   one chain of blocks, told by every replica height by height
 *   validity                  an item is the verdict of some honest check on a proposal that somebody made
 *   integrity                 a proposal is decided once
 *   one vote                  an honest replica casts one vote a view and phase, restarts included
 *   no two quorums            of all votes ever signed, lost ones included, no two sets decide different blocks at a height
 *   proof, evidence           what proves a commit proves it; evidence proves a lie, and an honest replica is never framed
 */
import { hashBlock, type Outcome } from '../block.ts';
import type { Effect, Vocabulary } from '../core.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import { shorten } from '../hotstuff/decided-window.ts';
import type { Instance } from '../instance.ts';
import type { Cast } from './model.ts';

/** What a run's truth is: a proposal, and the verdicts that honest checks gave on it. */
export interface Truth {
  readonly digest: Hash;
  readonly decidedMs: number;
  /** Whether any honest validator ever held it to be so. */
  readonly said: Readonly<Record<Outcome, boolean>>;
}

interface Told {
  readonly hash: Hash;
  /** Which items count. */
  readonly counted: string;
}

type Committed<V extends Vocabulary> = Extract<Effect<V>, { readonly type: 'committed' }>;

export class Checkers<V extends Vocabulary> {
  readonly violations: string[] = [];
  readonly #instance: Instance;
  readonly #cast: Cast<V>;
  readonly #isHonest: (replica: number) => boolean;
  readonly #truth: (offset: number) => Truth | undefined;
  /** By height, as first told by anyone. */
  readonly #chain = new Map<number, Told>();
  readonly #decidedOffsets = new Set<number>();
  readonly #decidedDigests = new Set<string>();
  /** Votes of honest replicas, by voter and slot. */
  readonly #votes = new Map<string, string>();
  /** Votes that decide, by height, slot and value: who cast them. */
  readonly #deciding = new Map<string, Set<number>>();
  readonly #quorums = new Map<number, string>();
  /** Items decided so far. */
  decided = 0;

  constructor(
    instance: Instance,
    cast: Cast<V>,
    isHonest: (replica: number) => boolean,
    truth: (offset: number) => Truth | undefined,
  ) {
    this.#instance = instance;
    this.#cast = cast;
    this.#isHonest = isHonest;
    this.#truth = truth;
  }

  get blocks(): number {
    return this.#chain.size;
  }

  /** Everything anyone says, whether or not it arrives; `speaker` is who really says it. */
  onSaid(speaker: number, message: V['message']): void {
    if (this.#cast.watchesVotes === true) return;
    for (const { voter, slot, value, decides } of this.#cast.votes(message)) {
      if (voter !== speaker) continue;
      if (decides !== undefined) this.#countQuorum(voter, slot, value, decides);
      if (!this.#isHonest(speaker)) continue;
      const key = `${voter} ${slot}`;
      const known = this.#votes.get(key);
      if (known === undefined) this.#votes.set(key, value);
      else if (known !== value) this.report(`replica ${voter} voted twice in ${slot}`);
    }
  }

  #countQuorum(voter: number, slot: string, value: string, height: number): void {
    const key = `${slot} ${value}`;
    let voters = this.#deciding.get(key);
    if (voters === undefined) {
      voters = new Set();
      this.#deciding.set(key, voters);
    }
    voters.add(voter);
    if (voters.size < this.#instance.set.quorum) return;
    const known = this.#quorums.get(height);
    if (known === undefined) this.#quorums.set(height, value);
    else if (known !== value) this.report(`two blocks at height ${height} could be proved decided`);
  }

  /** An honest replica told a commit; `previous`: the height it had told before. */
  onCommitted(replica: number, previous: number, { block, certificate, repeats }: Committed<V>): void {
    const { height, items } = block;
    if (height !== previous + 1) this.report(`replica ${replica} committed height ${height} after ${previous}`);
    const hash = hashBlock(this.#instance, block);
    const counted = repeats === undefined ? '' : repeats.join(' ');
    const told = this.#chain.get(height);
    const refuted = this.#cast.refuteProof(block, certificate);
    if (refuted !== null) this.report(`replica ${replica} committed height ${height} without proof: ${refuted}`);
    if (told !== undefined) {
      if (!equalBytes(told.hash, hash)) this.report(`two blocks at height ${height}, the second by replica ${replica}`);
      else if (told.counted !== counted) this.report(`replica ${replica} counts other items of height ${height}`);
      return;
    }
    this.#chain.set(height, { hash, counted });
    for (const [i, item] of items.entries()) {
      if (repeats?.includes(i) === true) continue;
      const truth = this.#truth(item.offset);
      const digest = shorten(item.digest);
      const isTrue = truth !== undefined && truth.decidedMs === item.decidedMs && equalBytes(truth.digest, item.digest);
      if (!isTrue) {
        this.report(`height ${height} decides what nobody proposed, at offset ${item.offset}`);
      } else if (!truth.said[item.verdict]) {
        this.report(`offset ${item.offset} was ${item.verdict}, which no honest check said`);
      }
      if (this.#decidedOffsets.has(item.offset)) this.report(`offset ${item.offset} was decided twice`);
      else if (this.#decidedDigests.has(digest)) this.report(`a copy of offset ${item.offset} was decided before it`);
      this.#decidedOffsets.add(item.offset);
      this.#decidedDigests.add(digest);
      this.decided++;
    }
  }

  /** An honest replica took its state over from others. */
  onRestored(replica: number, previous: number, height: number, head: Uint8Array): void {
    if (height <= previous) this.report(`replica ${replica} went back from height ${previous} to ${height}`);
    const told = this.#chain.get(height);
    if (told === undefined) this.report(`replica ${replica} took over height ${height}, which nobody committed`);
    else if (!equalBytes(told.hash, head))
      this.report(`replica ${replica} took over another block at height ${height}`);
  }

  onEvidence(evidence: V['evidence']): void {
    const culprit = this.#cast.culprit(evidence);
    if (culprit === null) this.report('evidence does not verify');
    else if (this.#isHonest(culprit)) this.report(`replica ${culprit} is honest and was framed`);
  }

  onThrown(replica: number, error: unknown): void {
    this.report(`replica ${replica} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  readonly report = (violation: string): void => {
    if (this.violations.length < 20) this.violations.push(violation);
  };
}
