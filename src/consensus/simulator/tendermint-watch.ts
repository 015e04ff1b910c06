/**
 * What Tendermint promises besides. Its turns are worked out anew from the decided blocks alone: every honest process must see the same
 * proposers at its height. And nobody hurries: whoever is the first honest one in a round comes from the round before it, in which a quorum precommitted.
 */
import { type Block, hashBlock } from '../block.ts';
import type { Machine } from '../core.ts';
import { equalBytes } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import { parentOf, type TendermintMessage, type TendermintVocabulary } from '../tendermint/message.ts';
import { TendermintReplica } from '../tendermint/replica.ts';
import type { Watch } from './model.ts';

/** Highest round in which a block is looked for to have been decided. */
const ROUNDS_MAX = 1000;

interface Blame {
  readonly process: number;
  /** Height of the block that blames it. */
  readonly at: number;
}

export class TendermintWatch implements Watch<TendermintVocabulary> {
  readonly #instance: Instance;
  readonly #benchHeights: number;
  readonly #report: (violation: string) => void;
  readonly #blocks = new Map<number, Block>();
  /** By height and round: the honest processes that voted there. */
  readonly #voted = new Map<string, Set<number>>();

  constructor(instance: Instance, benchHeights: number, report: (violation: string) => void) {
    this.#instance = instance;
    this.#benchHeights = benchHeights;
    this.#report = report;
  }

  onSaid(speaker: number, isHonest: boolean, message: TendermintMessage): void {
    if (!isHonest || (message.type !== 'vote' && message.type !== 'proposal') || message.from !== speaker) return;
    const { height, round } = message;
    const place = `${height} ${round}`;
    const before = this.#voted.get(`${height} ${round - 1}`)?.size ?? 0;
    if (round > 0 && !this.#voted.has(place) && before <= this.#instance.set.faulty)
      this.#report(
        `height ${height}: ${speaker} is in round ${round}, and ${before} honest ones were in the round before`,
      );
    const voted = this.#voted.get(place) ?? new Set();
    this.#voted.set(place, message.type === 'vote' ? voted.add(speaker) : voted);
  }

  onCommitted(_replica: number, block: Block): void {
    this.#blocks.set(block.height, block);
  }

  onEnd(_log: readonly TendermintMessage[], machines: readonly Machine<TendermintVocabulary>[]): void {
    const { size, faulty } = this.#instance.set;
    for (const machine of machines) {
      if (!(machine instanceof TendermintReplica)) continue;
      const height = machine.height + 1;
      const blames = this.#blamesBelow(height);
      for (let round = 0; round <= size + faulty; round++) {
        const expected = this.#proposerOf(height, round, blames);
        const seen = machine.proposerOf(round);
        if (seen === expected) continue;
        this.#report(
          `height ${height}, round ${round}: a process waits for ${seen} to propose, the blocks say ${expected}`,
        );
        return;
      }
    }
  }

  #blamesBelow(height: number): readonly Blame[] {
    const blames: Blame[] = [];
    for (let at = 2; at < height; at++) {
      const below = this.#blocks.get(at - 1);
      const block = this.#blocks.get(at);
      if (below === undefined || block === undefined) continue;
      // The round in which the block below was decided is in the parent that this one names.
      const head = hashBlock(this.#instance, below);
      let round = 0;
      while (round < ROUNDS_MAX && !equalBytes(block.parent, parentOf(head, round))) round++;
      if (round > 0)
        blames.push({
          process: this.#proposerOf(
            at - 1,
            0,
            blames.filter((one) => one.at < at - 1),
          ),
          at,
        });
    }
    return blames;
  }

  #proposerOf(height: number, round: number, blames: readonly Blame[]): number {
    const { size, faulty } = this.#instance.set;
    const all = Array.from({ length: size }, (_, process) => process);
    if (round > faulty) return (height + round) % size;
    const benched: number[] = [];
    for (const { process, at } of [...blames].reverse()) {
      if (height - at > this.#benchHeights || benched.length === faulty || benched.includes(process)) continue;
      benched.push(process);
    }
    const turns = all.filter((process) => !benched.includes(process));
    return turns[(height + round) % turns.length];
  }
}
