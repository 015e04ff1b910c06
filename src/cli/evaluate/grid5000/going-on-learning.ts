/** Ours and the floor as they would run: each answer that has come to light is learned from before the next question is scored. */
import { z } from 'zod';
import { Random } from '../../../fleet/reference/index.ts';
import { BLOCK_TICKS, BlockCollector } from '../../../liquid/availability/blocks.ts';
import { LearningNetwork } from '../../../liquid/availability/learning-network.ts';
import { membersOf } from '../../../liquid/availability/members.ts';
import { OnlineLogistic } from '../../../liquid/availability/online-logistic.ts';
import { HORIZON_S, TICK_S } from '../../../liquid/availability/question.ts';
import { unitHash } from '../../../liquid/availability/sampling.ts';
import { folded, type Standardisation, standardised } from '../../../liquid/availability/standardisation.ts';
import type { Tick } from '../../../liquid/availability/sweep.ts';
import type { AvailabilityTrace } from '../../../liquid/availability/trace.ts';
import { LiquidError } from '../../../liquid/errors.ts';
import type { NetworkModel } from '../../../liquid/network-file.ts';
import type { Sequence } from '../../../liquid/training/sequence.ts';
import { OWN } from './baselines.ts';

const DAY_S = 86_400;

/** All chosen on what lies before the split. */
export const LEARNING = {
  /** Of the cases that turn out quiet, the share that the regressions learn from. */
  quietShare: 0.04,
  linear: { halfLifeDays: 60, ridge: 1000 },
  network: {
    learningRate: 0.002,
    weightDecay: 0.01,
    following: 0.01,
    gradientNormMax: 1,
    batchRows: 32,
    span: 24,
  },
  /** Shares of the sequences of a block, and of those before the split, that a network learns from; as many of these as of those. */
  drawn: { failing: 0.4, quiet: 0.08, seed: 777 },
  replayed: { failing: 0.1, quiet: 0.02, seed: 1 },
  /** Sequences before the split that a network's bias is set on. */
  biasSequences: 600,
  /** How long before the split the networks begin to follow the nodes. */
  leadDays: 15,
  seed: 5,
} as const;

/** Standard deviations beyond which a feature says no more to a regression. */
const FAR = 8;

const numbers = z.array(z.number());
const madeSchema = z.looseObject({
  inputs: z.array(z.string()),
  scale: z.object({ mean: numbers, deviation: z.array(z.number().positive()) }),
  members: z
    .array(z.object({ units: z.int().min(1), backboneUnits: z.int().min(1), share: z.number().positive() }))
    .min(1),
});

interface Kept {
  readonly tS: number;
  readonly rows: Float64Array;
  readonly labels: Uint8Array;
}

export class GoingOnLearning {
  readonly #trace: AvailabilityTrace;
  readonly #splitS: number;
  readonly #columns: readonly number[];
  readonly #own: readonly number[];
  readonly #scale: Standardisation;
  readonly #linear: OnlineLogistic;
  readonly #floor: OnlineLogistic;
  readonly #networks: readonly LearningNetwork[];
  readonly #width: number;
  readonly #row: Float32Array;
  readonly #random = new Random(LEARNING.seed, 'replay');
  readonly #kept: Kept[] = [];
  #past: BlockCollector;
  #replayed: readonly Sequence[] = [];
  #block: { readonly number: number; readonly collector: BlockCollector } | null = null;
  readonly #due: { readonly fromTick: number; readonly sequences: readonly Sequence[] }[] = [];

  /** names: of all features, in order. Throws LiquidError model-malformed where the file does not say what it is made of and how its inputs were scaled. */
  constructor(model: NetworkModel, names: readonly string[], trace: AvailabilityTrace, splitS: number) {
    const parsed = madeSchema.safeParse(model.made);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new LiquidError('model-malformed', `${model.name}: made.${issue.path.join('.')}: ${issue.message}`);
    }
    const { inputs, scale, members } = parsed.data;
    const columns = inputs.map((name) => names.indexOf(name));
    if (columns.includes(-1) || scale.mean.length !== inputs.length || scale.deviation.length !== inputs.length) {
      throw new LiquidError('model-malformed', `${model.name}: made.inputs or made.scale do not fit the features`);
    }
    this.#trace = trace;
    this.#splitS = splitS;
    this.#columns = columns;
    this.#own = [...inputs.keys()].filter((k) => OWN.test(inputs[k]));
    this.#scale = { mean: Float64Array.from(scale.mean), deviation: Float64Array.from(scale.deviation) };
    this.#width = names.length;
    this.#row = new Float32Array(names.length);
    const places = trace.sites.length + trace.clusters.length + 1;
    const options = {
      halfLife: (LEARNING.linear.halfLifeDays * DAY_S) / TICK_S,
      ridge: LEARNING.linear.ridge,
      bias: -4,
    };
    this.#linear = new OnlineLogistic(inputs.length + places, options);
    this.#floor = new OnlineLogistic(this.#own.length + places, options);
    const { mean, deviation } = this.#scale;
    // The file reads features as they are; what learns reads them standardised.
    const back = { mean: mean.map((m, k) => -m / deviation[k]), deviation: deviation.map((d) => 1 / d) };
    this.#networks = membersOf(model.network, model.theta, members).map(
      ({ network, theta }) =>
        new LearningNetwork(
          network,
          folded(network, theta, [...inputs.keys()], back, { slope: 1, intercept: 0 }),
          trace.nodes.length,
          LEARNING.network,
        ),
    );
    this.#past = new BlockCollector(names.length, LEARNING.replayed);
  }

  /** Learns from what has come to light by this tick, and notes its cases for later. What is drawn of them by label is only looked at once that is known. */
  advance(tick: Tick): void {
    while (this.#kept.length > 0 && this.#kept[0].tS + HORIZON_S <= tick.tS) this.#settle();
    this.#keep(tick);
    if (tick.tS < this.#splitS) {
      if (tick.tS + HORIZON_S <= this.#splitS) this.#past.add(tick);
      return;
    }
    if (this.#replayed.length === 0) {
      this.#replayed = this.#sequences(this.#past);
      this.#past = new BlockCollector(this.#width, LEARNING.replayed);
      for (const network of this.#networks) network.fitBias(this.#replayed.slice(-LEARNING.biasSequences));
    }
    const number = Math.floor(tick.number / BLOCK_TICKS);
    if (this.#block?.number !== number) {
      if (this.#block !== null) {
        const fromTick = tick.number - 1 + Math.ceil(HORIZON_S / TICK_S);
        this.#due.push({ fromTick, sequences: this.#sequences(this.#block.collector) });
      }
      this.#block = { number, collector: new BlockCollector(this.#width, LEARNING.drawn) };
    }
    this.#block.collector.add(tick);
    while (this.#due.length > 0 && this.#due[0].fromTick <= tick.number) this.#learnBlock();
  }

  /** Whether the networks follow the nodes by then; `score` is to be asked of each such tick. */
  follows(tS: number): boolean {
    return tS >= this.#splitS - LEARNING.leadDays * DAY_S;
  }

  /** Log-odds of the nodes, rows [nodes, width] being their features at this tick. */
  score(
    rows: Float32Array,
    nodes: readonly number[],
    tick: number,
  ): Record<'linear' | 'floor' | 'cfc' | 'ours', Float64Array> {
    const n = nodes.length;
    const inputs = this.#columns.length;
    const { mean, deviation } = this.#scale;
    const x = new Float32Array(n * inputs);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < inputs; j++) {
        x[i * inputs + j] = (rows[i * this.#width + this.#columns[j]] - mean[j]) / deviation[j];
      }
    }
    const cfc = new Float64Array(n);
    for (const network of this.#networks) {
      const logits = network.score(x, nodes, tick);
      for (let i = 0; i < n; i++) cfc[i] += logits[i] / this.#networks.length;
    }
    const linear = new Float64Array(n);
    const floor = new Float64Array(n);
    const row = new Float64Array(this.#linear.width);
    const own = new Float64Array(this.#floor.width);
    for (let i = 0; i < n; i++) {
      this.#write(x, i * inputs, nodes[i], row, 0);
      linear[i] = this.#linear.logOdds(row, 0);
      this.#ownPart(row, 0, own, 0);
      floor[i] = this.#floor.logOdds(own, 0);
    }
    return { linear, floor, cfc, ours: cfc.map((logit, i) => (logit + linear[i]) / 2) };
  }

  #keep({ tS, number, nodes, labels, features }: Tick): void {
    const drawn = [...nodes.keys()].filter(
      (i) => labels[i] === 1 || unitHash(nodes[i] + 7_000_000, number) < LEARNING.quietShare,
    );
    const { width } = this.#linear;
    const inputs = this.#columns.length;
    const { mean, deviation } = this.#scale;
    const rows = new Float64Array(drawn.length * width);
    const x = new Float64Array(inputs);
    for (const [j, i] of drawn.entries()) {
      features(nodes[i], this.#row, 0);
      for (let k = 0; k < inputs; k++) x[k] = (this.#row[this.#columns[k]] - mean[k]) / deviation[k];
      this.#write(x, 0, nodes[i], rows, j * width);
    }
    this.#kept.push({ tS, rows, labels: Uint8Array.from(drawn, (i) => labels[i]) });
  }

  #settle(): void {
    const settled = this.#kept.shift();
    if (settled === undefined) return;
    const { rows, labels } = settled;
    const counts = Float64Array.from(labels, (label) => (label === 1 ? 1 : 1 / LEARNING.quietShare));
    this.#linear.learn(rows, labels, counts);
    const own = new Float64Array(labels.length * this.#floor.width);
    for (let i = 0; i < labels.length; i++) this.#ownPart(rows, i * this.#linear.width, own, i * this.#floor.width);
    this.#floor.learn(own, labels, counts);
  }

  #learnBlock(): void {
    const due = this.#due.shift();
    if (due === undefined) return;
    for (const network of this.#networks) {
      const replayed = due.sequences.map(
        () => this.#replayed[Math.floor(this.#random.uniform() * this.#replayed.length)],
      );
      const pool = [...due.sequences, ...replayed.filter((sequence) => sequence !== undefined)];
      // Fisher and Yates.
      for (let i = pool.length - 1; i > 0; i--) {
        const j = Math.floor(this.#random.uniform() * (i + 1));
        [pool[i], pool[j]] = [pool[j], pool[i]];
      }
      network.learn(pool);
    }
  }

  #sequences(collector: BlockCollector): readonly Sequence[] {
    collector.finish();
    const { length } = this.#columns;
    const wide = { mean: new Float64Array(this.#width), deviation: new Float64Array(this.#width).fill(1) };
    for (let j = 0; j < length; j++) {
      wide.mean[this.#columns[j]] = this.#scale.mean[j];
      wide.deviation[this.#columns[j]] = this.#scale.deviation[j];
    }
    return standardised(
      collector.blocks.map(({ sequence }) => sequence),
      this.#width,
      this.#columns,
      wide,
    );
  }

  /** Features, site, cluster, 1. */
  #write(x: ArrayLike<number>, offset: number, node: number, row: Float64Array, at: number): void {
    const inputs = this.#columns.length;
    const { sites, siteOf, clusterOf } = this.#trace;
    row.fill(0, at, at + this.#linear.width);
    for (let k = 0; k < inputs; k++) row[at + k] = Math.max(-FAR, Math.min(FAR, x[offset + k]));
    row[at + inputs + siteOf[node]] = 1;
    row[at + inputs + sites.length + clusterOf[node]] = 1;
    row[at + this.#linear.width - 1] = 1;
  }

  /** What the floor knows of a row. */
  #ownPart(row: Float64Array, offset: number, own: Float64Array, at: number): void {
    const inputs = this.#columns.length;
    for (const [j, k] of this.#own.entries()) own[at + j] = row[offset + k];
    for (let k = inputs; k < this.#linear.width; k++) own[at + this.#own.length + k - inputs] = row[offset + k];
  }
}
