import { LiquidError } from '../errors.ts';
import type { Random } from '../parameters.ts';

/**
 * Isolation forest (Liu, Ting and Zhou 2008): trees that cut samples at random until each row is alone; a row that is soon alone is unlike the
 * others. Needs no labels. Our own, as the packages for Node take no seed.
 */
export interface IsolationForest {
  readonly width: number;
  readonly trees: readonly IsolationTree[];
  /** Rows a tree was grown on. */
  readonly sample: number;
}

/** Nodes in parallel arrays; node 0 is the root, and a leaf is its own left child. */
interface IsolationTree {
  readonly column: Int32Array;
  readonly threshold: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Of a leaf: its depth, and what its rows would still have needed on average. */
  readonly path: Float64Array;
}

export interface IsolationOptions {
  readonly trees: number;
  readonly sample: number;
}

const ISOLATION_DEFAULTS: IsolationOptions = { trees: 100, sample: 256 };

/** x is [n, width] row-major, of finite numbers. Throws data-insufficient below two rows. */
export function fitIsolationForest(
  x: ArrayLike<number>,
  width: number,
  random: Random,
  options: Partial<IsolationOptions> = {},
): IsolationForest {
  const { trees, sample: wanted } = { ...ISOLATION_DEFAULTS, ...options };
  const n = x.length / width;
  const sample = Math.min(wanted, n);
  if (!(sample >= 2))
    throw new LiquidError('data-insufficient', `an isolation forest on ${n} rows; valid are 2 and more`);
  const depthMax = Math.ceil(Math.log2(sample));
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  return {
    width,
    sample,
    trees: Array.from({ length: trees }, () => {
      // The front of a shuffle: rows without replacement.
      for (let i = 0; i < sample; i++) {
        const j = i + Math.floor(random() * (n - i));
        [rows[i], rows[j]] = [rows[j], rows[i]];
      }
      return growTree(x, width, rows.slice(0, sample), depthMax, random);
    }),
  };
}

/** 0 to 1: about 0.5 for a row like the others, towards 1 for one unlike them. The row begins at `offset` of x. */
export function isolationScore({ trees, sample }: IsolationForest, x: ArrayLike<number>, offset = 0): number {
  let path = 0;
  for (const { column, threshold, left, right, path: paths } of trees) {
    let node = 0;
    while (left[node] !== node) node = x[offset + column[node]] < threshold[node] ? left[node] : right[node];
    path += paths[node];
  }
  return 2 ** (-path / trees.length / averagePath(sample));
}

/** Mean path to a leaf of a binary search tree of n keys: c(n) of the paper. */
export function averagePath(n: number): number {
  if (n <= 1) return 0;
  if (n === 2) return 1;
  return 2 * (Math.log(n - 1) + EULER) - (2 * (n - 1)) / n;
}

const EULER = 0.5772156649015329;

function growTree(
  x: ArrayLike<number>,
  width: number,
  all: Int32Array,
  depthMax: number,
  random: Random,
): IsolationTree {
  const column: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const path: number[] = [];
  const grow = (rows: Int32Array, depth: number): number => {
    const node = column.length;
    column.push(0);
    threshold.push(0);
    left.push(node);
    right.push(node);
    path.push(depth + averagePath(rows.length));
    const cut = depth < depthMax && rows.length > 1 ? randomCut(x, width, rows, random) : null;
    if (cut === null) return node;
    column[node] = cut.column;
    threshold[node] = cut.threshold;
    const isLeft = (row: number) => x[row * width + cut.column] < cut.threshold;
    left[node] = grow(rows.filter(isLeft), depth + 1);
    right[node] = grow(
      rows.filter((row) => !isLeft(row)),
      depth + 1,
    );
    return node;
  };
  grow(all, 0);
  return {
    column: Int32Array.from(column),
    threshold: Float64Array.from(threshold),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    path: Float64Array.from(path),
  };
}

/** A column in which the rows differ, and a place between its least and its greatest value; null where the rows are all alike. */
function randomCut(x: ArrayLike<number>, width: number, rows: Int32Array, random: Random) {
  const first = Math.floor(random() * width);
  for (let tried = 0; tried < width; tried++) {
    const column = (first + tried) % width;
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      const value = x[row * width + column];
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    if (least === greatest) continue;
    // Above the least, so that neither side is empty.
    const threshold = greatest - random() * (greatest - least);
    return { column, threshold: threshold > least ? threshold : greatest };
  }
  return null;
}
