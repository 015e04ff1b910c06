/** Simple methods, fitted on a sample of the cases before the split. */

import { unitHash } from '../../../liquid/availability/sampling.ts';
import type { Tick } from '../../../liquid/availability/sweep.ts';
import type { AvailabilityTrace } from '../../../liquid/availability/trace.ts';
import {
  type BoostedTrees,
  boostedLogOdds,
  fitBoostedTrees,
  type LabelledRows,
} from '../../../liquid/baselines/gradient-boosted-trees.ts';
import { fitLogistic, type Logistic, logisticLogOdds } from '../../../liquid/logistic.ts';
import { isValidationTime } from './protocol.ts';

/** Shares of the cases that are drawn for fitting; log-odds are corrected for it (King and Zeng 2001). */
const DRAWN = { failing: 0.3, quiet: 0.008 };
const SEED = 11;

/** What the floor knows of a node's own history. */
export const OWN = /^own\.(up|failures\..*|outage\.1|spell\.1|typicalSpell)$/;

export const TREES = {
  trees: 150,
  depthMax: 4,
  learningRate: 0.1,
  lambda: 10,
  curvatureMin: 20,
  patience: 15,
} as const;

export interface Baseline {
  readonly name: string;
  /** Log-odds of the row of features at `offset`, of that node. */
  score(rows: Float32Array, offset: number, node: number): number;
}

/** A sample of cases, apart from those of the validation weeks. */
export class BaselineCases {
  readonly #width: number;
  readonly #parts: Record<'training' | 'validation', { x: number[]; labels: number[]; nodes: number[] }> = {
    training: { x: [], labels: [], nodes: [] },
    validation: { x: [], labels: [], nodes: [] },
  };
  readonly #row: Float32Array;

  constructor(width: number) {
    this.#width = width;
    this.#row = new Float32Array(width);
  }

  add({ tS, number, nodes, labels, features }: Tick): void {
    const part = this.#parts[isValidationTime(tS) ? 'validation' : 'training'];
    for (const [i, node] of nodes.entries()) {
      if (unitHash(node + SEED * 65_537, number) >= (labels[i] === 1 ? DRAWN.failing : DRAWN.quiet)) continue;
      features(node, this.#row, 0);
      for (const value of this.#row) part.x.push(value);
      part.labels.push(labels[i]);
      part.nodes.push(node);
    }
  }

  get counts() {
    return { training: this.#parts.training.labels.length, validation: this.#parts.validation.labels.length };
  }

  /** Throws LiquidError data-insufficient where only one class was drawn. */
  fit(
    trace: AvailabilityTrace,
    names: readonly string[],
  ): { floor: Baseline; logistic: Baseline; trees: Baseline; fitted: BoostedTrees } {
    const own = [...names.keys()].filter((k) => OWN.test(names[k]));
    const fitted = this.#boosted();
    return {
      floor: this.#logistic('logistic on own history, cluster and site', own, trace),
      logistic: this.#logistic('logistic on all features, cluster and site', [...names.keys()], trace),
      trees: { name: 'gradient-boosted trees on all features', score: treeScore(fitted) },
      fitted,
    };
  }

  /** Trees on all cases so far. */
  refit(): Baseline['score'] {
    return treeScore(this.#boosted());
  }

  #boosted(): BoostedTrees {
    const { training, validation } = this.#parts;
    return fitBoostedTrees(
      rowsOf(training),
      this.#width,
      TREES,
      validation.labels.includes(1) ? rowsOf(validation) : null,
    );
  }

  #logistic(name: string, columns: readonly number[], trace: AvailabilityTrace): Baseline {
    const { training, validation } = this.#parts;
    const n = training.labels.length + validation.labels.length;
    const { sites, clusters, siteOf, clusterOf } = trace;
    const width = columns.length + sites.length + clusters.length;
    const x = new Float64Array(n * width);
    const write = (rows: ArrayLike<number>, offset: number, node: number, to: Float64Array, at: number) => {
      for (const [j, k] of columns.entries()) to[at + j] = rows[offset + k];
      to[at + columns.length + siteOf[node]] = 1;
      to[at + columns.length + sites.length + clusterOf[node]] = 1;
    };
    let i = 0;
    for (const part of [training, validation]) {
      for (const [j, node] of part.nodes.entries()) write(part.x, j * this.#width, node, x, i++ * width);
    }
    const fitted: Logistic = fitLogistic(x, [...training.labels, ...validation.labels], width, 1);
    const row = new Float64Array(width);
    return {
      name,
      score: (rows, offset, node) => {
        row.fill(0);
        write(rows, offset, node, row, 0);
        return logisticLogOdds(fitted, row) + CORRECTION;
      },
    };
  }
}

function treeScore(fitted: BoostedTrees): Baseline['score'] {
  return (rows, offset) => boostedLogOdds(fitted, rows, offset) + CORRECTION;
}

const CORRECTION = Math.log(DRAWN.quiet / DRAWN.failing);

function rowsOf({ x, labels }: { readonly x: readonly number[]; readonly labels: readonly number[] }): LabelledRows {
  return { x: Float32Array.from(x), labels: Uint8Array.from(labels) };
}
