import type { Sequence } from '../training/sequence.ts';
import { unitHash } from './sampling.ts';
import type { Tick } from './sweep.ts';

/** Ticks of a sequence to learn from: 40 hours. */
export const BLOCK_TICKS = 48;
/** Ticks without service after which more of them make no difference to a cell. */
export const ELAPSED_MAX = 29;

export interface BlockSampling {
  /** Of the sequences in which the node fails, and of the others, so many are kept; their steps count as much more as there were more of them. */
  readonly failing: number;
  readonly quiet: number;
  readonly seed: number;
}

/** Where a sequence stands in time. */
export interface Block {
  readonly node: number;
  /** Of its first tick, in whole blocks since 1970. */
  readonly number: number;
  readonly sequence: Sequence;
}

/**
 * Cuts a sweep into sequences to learn from: a node's ticks in service during a block of time. A sample of all of them, with the quiet ones thinned out
 * more and weighed accordingly. Whole sequences are drawn and never steps of one, as gaps that depend on what happens later would tell of it.
 */
export class BlockCollector {
  readonly blocks: Block[] = [];
  readonly #width: number;
  readonly #sampling: BlockSampling;
  #open = new Map<number, { rows: Float32Array; ticks: number[]; labels: number[] }>();
  #number = -1;

  constructor(width: number, sampling: BlockSampling) {
    this.#width = width;
    this.#sampling = sampling;
  }

  add({ number, nodes, labels, features }: Tick): void {
    const block = Math.floor(number / BLOCK_TICKS);
    if (block !== this.#number) this.finish();
    this.#number = block;
    const most = Math.max(this.#sampling.failing, this.#sampling.quiet);
    for (const [i, node] of nodes.entries()) {
      if (unitHash(node + this.#sampling.seed * 65_537, block) >= most) continue;
      let open = this.#open.get(node);
      if (open === undefined) {
        open = { rows: new Float32Array(BLOCK_TICKS * this.#width), ticks: [], labels: [] };
        this.#open.set(node, open);
      }
      features(node, open.rows, open.ticks.length * this.#width);
      open.ticks.push(number);
      open.labels.push(labels[i]);
    }
  }

  /** Closes what is open. */
  finish(): void {
    const { failing, quiet, seed } = this.#sampling;
    for (const [node, { rows, ticks, labels }] of this.#open) {
      const kept = labels.includes(1) ? failing : quiet;
      if (unitHash(node + seed * 65_537, this.#number) >= kept) continue;
      const steps = ticks.length;
      this.blocks.push({
        node,
        number: this.#number,
        sequence: {
          steps,
          features: rows.slice(0, steps * this.#width),
          elapsed: Float32Array.from(ticks, (tick, t) => (t === 0 ? 1 : Math.min(ELAPSED_MAX, tick - ticks[t - 1]))),
          labels: Float32Array.from(labels),
          weights: new Float32Array(steps).fill(1 / kept),
        },
      });
    }
    this.#open = new Map();
  }
}
