import { sigmoid } from '../dense.ts';
import { LiquidError } from '../errors.ts';
import { type Binning, binned, binningOf } from './binning.ts';

/**
 * Gradient-boosted trees for binary labels: each tree fits the second-order expansion of the cross-entropy at what the trees before it say
 * (Friedman 2001; gain and leaf weights as in XGBoost, Chen and Guestrin 2016), over histograms of at most 256 bins a column (Ke et al. 2017).
 * Deterministic. Our own, as no well-kept package for Node trains such trees.
 */
export interface BoostingOptions {
  readonly trees: number;
  readonly depthMax: number;
  /** What a tree's say is multiplied by, above 0 to 1. */
  readonly learningRate: number;
  /** Ridge on leaf weights. */
  readonly lambda: number;
  /** Least sum of p (1 - p) in a leaf. */
  readonly curvatureMin: number;
  /** Trees without a better validation loss after which it stops; counts where a validation set is given. */
  readonly patience: number;
}

const BOOSTING_DEFAULTS: BoostingOptions = {
  trees: 300,
  depthMax: 4,
  learningRate: 0.1,
  lambda: 1,
  curvatureMin: 1,
  patience: 20,
};

export interface LabelledRows {
  /** [n, width] row-major. */
  readonly x: ArrayLike<number>;
  /** [n], 0 or 1. */
  readonly labels: ArrayLike<number>;
}

/** Nodes in parallel arrays; node 0 is the root, and a leaf is its own left child. */
export interface Tree {
  readonly column: Int32Array;
  /** A row goes left where its value does not exceed it. */
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Log-odds that a leaf adds. */
  readonly value: Float64Array;
}

export interface BoostedTrees {
  readonly width: number;
  /** Log-odds before the first tree. */
  readonly base: number;
  readonly trees: readonly Tree[];
}

/** Throws batch-shape, not-finite, or data-insufficient where there is one class only. */
export function fitBoostedTrees(
  training: LabelledRows,
  width: number,
  options: Partial<BoostingOptions> = {},
  validation: LabelledRows | null = null,
): BoostedTrees {
  const settings = { ...BOOSTING_DEFAULTS, ...options };
  const { x, labels } = training;
  const n = checkRows(x, labels, width);
  if (validation !== null) checkRows(validation.x, validation.labels, width);
  let positives = 0;
  for (let i = 0; i < n; i++) positives += labels[i];
  if (positives === 0 || positives === n) {
    throw new LiquidError('data-insufficient', `${n} rows with ${positives} positives; both classes are needed`);
  }
  const base = Math.log(positives / (n - positives));
  const binning = binningOf(x, n, width);
  const bins = binned(binning, x, n);
  const logOdds = new Float64Array(n).fill(base);
  const gradient = new Float64Array(n);
  const curvature = new Float64Array(n);
  const trees: Tree[] = [];
  const watch = validation === null ? null : validationWatch(validation, width, base);
  for (let t = 0; t < settings.trees; t++) {
    for (let i = 0; i < n; i++) {
      const p = sigmoid(logOdds[i]);
      gradient[i] = p - labels[i];
      curvature[i] = p * (1 - p);
    }
    const tree = growTree(binning, bins, n, gradient, curvature, settings, logOdds);
    trees.push(tree);
    if (watch !== null && watch(tree, trees.length) >= settings.patience) break;
  }
  return { width, base, trees: watch === null ? trees : trees.slice(0, watch.best()) };
}

/** Log-odds of the row that begins at `offset` of x. */
export function boostedLogOdds({ base, trees }: BoostedTrees, x: ArrayLike<number>, offset = 0): number {
  let sum = base;
  for (const tree of trees) sum += leafValue(tree, x, offset);
  return sum;
}

function leafValue({ column, threshold, left, right, value }: Tree, x: ArrayLike<number>, offset: number): number {
  let node = 0;
  while (left[node] !== node) node = x[offset + column[node]] <= threshold[node] ? left[node] : right[node];
  return value[node];
}

function growTree(
  { thresholds }: Binning,
  bins: Uint8Array,
  n: number,
  gradient: Float64Array,
  curvature: Float64Array,
  { depthMax, learningRate, lambda, curvatureMin }: BoostingOptions,
  logOdds: Float64Array,
): Tree {
  const column: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const value: number[] = [];
  const rows = Int32Array.from({ length: n }, (_, i) => i);

  const grow = (from: number, to: number, depth: number): number => {
    const node = column.length;
    let g = 0;
    let h = 0;
    for (let r = from; r < to; r++) {
      g += gradient[rows[r]];
      h += curvature[rows[r]];
    }
    const leaf = (-learningRate * g) / (h + lambda);
    column.push(0);
    threshold.push(0);
    left.push(node);
    right.push(node);
    value.push(leaf);
    const split =
      depth === depthMax
        ? null
        : bestSplit(thresholds, bins, n, rows, from, to, gradient, curvature, g, h, lambda, curvatureMin);
    if (split === null) {
      for (let r = from; r < to; r++) logOdds[rows[r]] += leaf;
      return node;
    }
    const middle = partition(rows, from, to, bins, split.column * n, split.bin);
    column[node] = split.column;
    threshold[node] = thresholds[split.column][split.bin];
    left[node] = grow(from, middle, depth + 1);
    right[node] = grow(middle, to, depth + 1);
    return node;
  };
  grow(0, n, 0);
  return {
    column: Int32Array.from(column),
    threshold: Float64Array.from(threshold),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    value: Float64Array.from(value),
  };
}

function bestSplit(
  thresholds: readonly Float64Array[],
  bins: Uint8Array,
  n: number,
  rows: Int32Array,
  from: number,
  to: number,
  gradient: Float64Array,
  curvature: Float64Array,
  g: number,
  h: number,
  lambda: number,
  curvatureMin: number,
): { readonly column: number; readonly bin: number } | null {
  const gradientOf = new Float64Array(256);
  const curvatureOf = new Float64Array(256);
  // Rounding alone makes some gain.
  let most = 1e-9;
  let found: { readonly column: number; readonly bin: number } | null = null;
  for (let k = 0; k < thresholds.length; k++) {
    gradientOf.fill(0);
    curvatureOf.fill(0);
    for (let r = from; r < to; r++) {
      const bin = bins[k * n + rows[r]];
      gradientOf[bin] += gradient[rows[r]];
      curvatureOf[bin] += curvature[rows[r]];
    }
    let gLeft = 0;
    let hLeft = 0;
    for (let bin = 0; bin < thresholds[k].length; bin++) {
      gLeft += gradientOf[bin];
      hLeft += curvatureOf[bin];
      const hRight = h - hLeft;
      if (hLeft < curvatureMin || hRight < curvatureMin) continue;
      const gRight = g - gLeft;
      const gain = (gLeft * gLeft) / (hLeft + lambda) + (gRight * gRight) / (hRight + lambda) - (g * g) / (h + lambda);
      if (gain > most) {
        most = gain;
        found = { column: k, bin };
      }
    }
  }
  return found;
}

/** Moves rows whose bin does not exceed `bin` to the front, in their order; returns where the others begin. */
function partition(rows: Int32Array, from: number, to: number, bins: Uint8Array, offset: number, bin: number): number {
  const others: number[] = [];
  let at = from;
  for (let r = from; r < to; r++) {
    if (bins[offset + rows[r]] <= bin) rows[at++] = rows[r];
    else others.push(rows[r]);
  }
  rows.set(others, at);
  return at;
}

/** Told of each tree, answers how many trees ago the loss was best. */
function validationWatch({ x, labels }: LabelledRows, width: number, base: number) {
  const logOdds = new Float64Array(labels.length).fill(base);
  let least = Number.POSITIVE_INFINITY;
  let bestCount = 0;
  const told = (tree: Tree, count: number): number => {
    let loss = 0;
    for (let i = 0; i < labels.length; i++) {
      logOdds[i] += leafValue(tree, x, i * width);
      const u = logOdds[i];
      loss += Math.max(u, 0) - u * labels[i] + Math.log1p(Math.exp(-Math.abs(u)));
    }
    if (loss < least) {
      least = loss;
      bestCount = count;
    }
    return count - bestCount;
  };
  return Object.assign(told, { best: () => bestCount });
}

function checkRows(x: ArrayLike<number>, labels: ArrayLike<number>, width: number): number {
  const n = labels.length;
  if (x.length !== n * width) {
    throw new LiquidError('batch-shape', `x holds ${x.length} numbers; ${n} rows of ${width} need ${n * width}`);
  }
  for (let j = 0; j < x.length; j++) {
    if (!Number.isFinite(x[j])) {
      throw new LiquidError(
        'not-finite',
        `x[${Math.floor(j / width)}, ${j % width}] is ${x[j]}; valid are finite numbers`,
      );
    }
  }
  return n;
}
