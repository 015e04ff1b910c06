/**
 * The electorate of the weighted protocol: votes weigh by reputation, and so does leadership. It keeps three things about the chain:
 * points, who is heavy at the height being decided, and who signed the height below, which is not yet part of the points because
 * no committed block vouches for it.
 */
import { type ByteReader, ByteWriter, equalBytes, HASH_BYTES, type Hash, sha256 } from '../encoding.ts';
import type { Electorate, Endorsement, Places, Variant } from '../hotstuff/electorate.ts';
import { isEligible, recordFailure, recordSuccess, type Standing } from '../hotstuff/reputation.ts';
import type { ValidatorSet } from '../validator-set.ts';
import { chooseHeavy, credit, POINTS_START } from './reputation.ts';
import { WEIGHT_RULES, type WeightRules } from './rules.ts';
import { createWeights, type Weights } from './weights.ts';

/** Tolerates as many liars as there may be. */
export const PROTOCOL = 'weighted-1';

/** The protocol that tolerates `faulty` liars. Its name says how many, so that votes of one count in no other. */
export function protocolFor(faulty: number): string {
  return `${PROTOCOL}/${faulty}`;
}

/** `faulty`: see createWeights; unless given, floor((n - 1) / 3). */
export function weightedVariant(faulty?: number, rules: WeightRules = WEIGHT_RULES): Variant {
  return Object.freeze({
    protocol: faulty === undefined ? PROTOCOL : protocolFor(faulty),
    createElectorate: (set: ValidatorSet, _rules: unknown, standings: readonly Standing[]) =>
      new WeightedElectorate(createWeights(set.size, faulty ?? set.faulty), standings, rules),
  });
}

export class WeightedElectorate implements Electorate {
  readonly weights: Weights;
  readonly #standings: readonly Standing[];
  readonly #rules: WeightRules;
  #points: readonly number[];
  #heavy: ReadonlySet<number>;
  #signedBelow: readonly number[] = [];
  #anchored: { readonly head: Hash; readonly anchor: Hash } | null = null;

  constructor(weights: Weights, standings: readonly Standing[], rules: WeightRules = WEIGHT_RULES) {
    this.weights = weights;
    this.#standings = standings;
    this.#rules = rules;
    this.#points = new Array<number>(weights.size).fill(POINTS_START);
    this.#heavy = new Set(chooseHeavy(this.#points, new Set(), rules.heavyCount(weights)));
  }

  /** Indexes of the heavy at the height being decided, ascending. */
  get heavy(): readonly number[] {
    return [...this.#heavy];
  }

  get points(): readonly number[] {
    return this.#points;
  }

  isQuorum(places: Places): boolean {
    const { weights } = this;
    let weight = 0;
    for (const place of places) weight += this.#rules.weigh(weights, this.#heavy.has(place % weights.size));
    return this.#rules.binds(weights, places.length, weight);
  }

  /** The live ones in turn, as in HotStuff; the heavy have a second turn in each round. */
  leaderOf(view: number, height: number): number {
    const live: number[] = [];
    for (const [index, standing] of this.#standings.entries()) {
      if (isEligible(standing, height, 4 * this.weights.size)) live.push(index);
    }
    if (live.length === 0) return view % this.weights.size;
    const turns = [...live, ...live.filter((index) => this.#heavy.has(index))];
    return turns[view % turns.length];
  }

  /** One that is not among the heavy is waited for half as long. */
  patience(leader: number): number {
    return this.weights.faulty === 0 || this.#heavy.has(leader) ? 1 : 0.5;
  }

  anchor(head: Hash): Hash {
    if (this.#anchored?.head === head) return this.#anchored.anchor;
    const endorsement = this.endorse(head);
    const anchor = this.#rules.namesWeights() ? hashEndorsement(endorsement) : head;
    this.#anchored = { head, anchor };
    return anchor;
  }

  endorse(head: Hash): Endorsement {
    return { below: head, heavy: this.heavy, signedBelow: this.#signedBelow };
  }

  onCommit(_height: number, leader: number, signers: Places): void {
    recordSuccess(this.#standings, leader);
    const signed = [...new Set(signers.map((place) => place % this.weights.size))];
    // The block just committed names those who signed the one below it; nothing names those who signed this one yet.
    if (this.#rules.mayCredit(false)) this.#points = credit(this.#points, signed);
    else if (this.#signedBelow.length > 0) this.#points = credit(this.#points, this.#signedBelow);
    this.#signedBelow = signed;
    if (this.#rules.mayReweigh(true)) this.#reweigh();
  }

  onFailure(height: number, leader: number): void {
    recordFailure(this.#standings, leader, height);
    if (!this.#rules.mayReweigh(false)) return;
    this.#points = this.#points.map((held, index) => (index === leader ? 0 : held));
    this.#reweigh();
  }

  write(writer: ByteWriter): void {
    for (const held of this.#points) writer.u8(held);
    writeIndexes(writer, this.heavy);
    writeIndexes(writer, this.#signedBelow);
  }

  read(reader: ByteReader): void {
    this.#points = this.#points.map(() => reader.u8());
    this.#heavy = new Set(readIndexes(reader));
    this.#signedBelow = readIndexes(reader);
    this.#anchored = null;
  }

  #reweigh(): void {
    this.#heavy = new Set(chooseHeavy(this.#points, this.#heavy, this.#rules.heavyCount(this.weights)));
    this.#anchored = null;
  }
}

/** The parent of a block: sha256 over domain, hash of the block below, the heavy, those who signed below. */
export function hashEndorsement({ below, heavy, signedBelow }: Endorsement): Hash {
  const writer = new ByteWriter(256).text('aura.anchor').raw(below);
  writeIndexes(writer, heavy);
  writeIndexes(writer, signedBelow);
  return sha256(writer.finish());
}

/** Whether `parent` is what a block on top of `endorsement.below` under these weights names. */
export function isEndorsed(parent: Hash, endorsement: Endorsement): boolean {
  // Of another length it could hold what comes after it: the same bytes would then be those of other weights.
  return endorsement.below.length === HASH_BYTES && equalBytes(parent, hashEndorsement(endorsement));
}

function writeIndexes(writer: ByteWriter, indexes: readonly number[]): void {
  writer.u32(indexes.length);
  for (const index of indexes) writer.u32(index);
}

function readIndexes(reader: ByteReader): number[] {
  return Array.from({ length: reader.u32() }, () => reader.u32());
}
