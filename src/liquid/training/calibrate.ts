import { type Bend, type Calibration, calibrate, plattScaling, smoothedTargets } from '../calibration.ts';
import { sigmoid } from '../dense.ts';
import { crossEntropy } from './loss.ts';
import { brierScore, refuseNaN } from './metrics.ts';

/** Cases to calibrate on. */
export interface CalibrationCases {
  readonly logits: Float64Array;
  readonly labels: Uint8Array;
}

/** What was compared, by Brier score on cases that the fit had not seen. */
export interface CalibrationChoice {
  readonly chosen: 'platt' | 'isotonic';
  readonly calibration: Calibration;
  /** Null where a half held one class alone: then Platt's two numbers are all that is asked of so few. */
  readonly heldBack: {
    readonly uncalibrated: number;
    readonly platt: number;
    readonly isotonic: number;
    readonly cases: number;
  } | null;
}

/**
 * Platt's line or an isotonic one: each is fitted on one half of the cases and judged on the other, both ways round; the one with the lower
 * Brier score, Platt's where they are equal, is fitted again on all of them.
 * @param half 0 or 1 by case: which half it is in; halves that are apart, by time say, are judged without favour
 */
export function chooseCalibration(cases: CalibrationCases, half: Uint8Array): CalibrationChoice {
  const { logits, labels } = cases;
  const platt = plattScaling(logits, labels);
  const [first, second] = [0, 1].map((which) => ({
    logits: logits.filter((_, i) => half[i] === which),
    labels: labels.filter((_, i) => half[i] === which),
  }));
  if (!hasBoth(first.labels) || !hasBoth(second.labels)) return { chosen: 'platt', calibration: platt, heldBack: null };
  const score = (scaling: (cases: CalibrationCases) => Calibration): number => {
    const sum =
      brierOf(scaling(first), second) * second.labels.length + brierOf(scaling(second), first) * first.labels.length;
    return sum / labels.length;
  };
  const heldBack = {
    uncalibrated: score(() => ({ slope: 1, intercept: 0 })),
    platt: score((some) => plattScaling(some.logits, some.labels)),
    isotonic: score((some) => isotonicScaling(some.logits, some.labels)),
    cases: labels.length,
  };
  return heldBack.isotonic < heldBack.platt
    ? { chosen: 'isotonic', calibration: isotonicScaling(logits, labels), heldBack }
    : { chosen: 'platt', calibration: platt, heldBack };
}

/** Most straight pieces of an isotonic line: what decides a score is to be read by a person, and run in a few operations. */
const PIECES_MAX = 16;

/**
 * Isotonic regression by pooling adjacent violators (Ayer et al. 1955; for probabilities, Zadrozny and Elkan 2002) on Platt's smoothed targets,
 * drawn as straight pieces between the means of its blocks, of Platt's slope outside them, and moved from Platt's line only as far as lowers the
 * log-loss of the cases it is fitted on, which so is never above Platt's. Rising throughout, so it never changes an order.
 */
export function isotonicScaling(logits: Float64Array, labels: ArrayLike<number>): Calibration {
  const platt = plattScaling(logits, labels);
  // A falling line orders the cases the wrong way round; there is nothing to bend.
  if (!(platt.slope > 0)) return platt;
  const lines = logits.map((logit) => calibrate(platt, logit));
  const targets = smoothedTargets(labels, logits.length);
  const knots = knotsOf(fewer(poolAdjacentViolators(lines, targets)));
  if (knots.length < 2) return platt;
  const bent = (share: number): Calibration => bentLine(platt, knots, share);
  const loss = (calibration: Calibration): number => {
    let sum = 0;
    for (let i = 0; i < logits.length; i++) sum += crossEntropy(calibrate(calibration, logits[i]), targets[i]);
    return sum;
  };
  let best = platt;
  let bestLoss = loss(platt);
  // The loss is convex in the share, so what is best lies near the best of a few.
  for (const share of [1, 0.75, 0.5, 0.25]) {
    const tried = bent(share);
    const triedLoss = loss(tried);
    if (triedLoss >= bestLoss) continue;
    best = tried;
    bestLoss = triedLoss;
  }
  return best;
}

/** Cases next to each other by score, with sums over them. */
export interface Block {
  /** Of the scores. */
  line: number;
  /** Of the targets. */
  target: number;
  count: number;
}

/** Means nearer than this, as a share, are the same but for the rounding of their sums: a piece between two such blocks would be level, and lose the order. */
const SAME = 1e-9;

/** Blocks of rising scores and rising mean targets: the isotonic fit by least squares, which for probabilities is also that of the least log-loss. */
export function poolAdjacentViolators(lines: Float64Array, targets: Float64Array): Block[] {
  refuseNaN(lines);
  const order = Uint32Array.from(lines.keys()).sort((a, b) => lines[a] - lines[b] || a - b);
  const blocks: Block[] = [];
  for (let at = 0; at < order.length; ) {
    const block: Block = { line: 0, target: 0, count: 0 };
    // Cases of one score share a block, whatever their order.
    for (const line = lines[order[at]]; at < order.length && lines[order[at]] === line; at++) {
      block.line += line;
      block.target += targets[order[at]];
      block.count++;
    }
    blocks.push(block);
    for (let last = blocks.length - 1; last > 0 && mean(blocks[last - 1]) >= mean(blocks[last]) * (1 - SAME); last--) {
      merge(blocks, last - 1);
    }
  }
  return blocks;
}

/** Merges the neighbours that lose least by it, in log-loss, until few enough are left. */
function fewer(blocks: Block[]): Block[] {
  while (blocks.length > PIECES_MAX) {
    let cheapest = 0;
    let cost = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < blocks.length; i++) {
      const [a, b] = [blocks[i], blocks[i + 1]];
      const together = { line: 0, target: a.target + b.target, count: a.count + b.count };
      const lost = lossOf(together) - lossOf(a) - lossOf(b);
      if (lost >= cost) continue;
      cost = lost;
      cheapest = i;
    }
    merge(blocks, cheapest);
  }
  return blocks;
}

/** Steeper than so is a jump between cases that happen to lie close, and more than single precision carries. */
const STEEPEST = 20;

type Knot = readonly [line: number, logOdds: number];

/** Platt's log-odds and fitted log-odds by block, both rising; blocks that a jump would join are merged. */
function knotsOf(blocks: Block[]): readonly Knot[] {
  for (let i = 0; i + 1 < blocks.length; ) {
    const [line, logOdds] = knotOf(blocks[i]);
    const [nextLine, nextLogOdds] = knotOf(blocks[i + 1]);
    if (nextLogOdds - logOdds <= STEEPEST * (nextLine - line)) i++;
    else {
      merge(blocks, i);
      i = Math.max(0, i - 1);
    }
  }
  return blocks.map(knotOf);
}

function knotOf(block: Block): Knot {
  return [block.line / block.count, Math.log(mean(block) / (1 - mean(block)))];
}

/** Platt's line moved towards the one through the knots by a share of the way. */
function bentLine(platt: Calibration, knots: readonly Knot[], share: number): Calibration {
  const bends: Bend[] = [];
  let slope = 1;
  for (const [i, [at, logOdds]] of knots.entries()) {
    const next = knots[i + 1];
    const steep = next === undefined ? 1 : 1 + share * ((next[1] - logOdds) / (next[0] - at) - 1);
    bends.push({ at, by: steep - slope });
    slope = steep;
  }
  // The bends turn about Platt's line, so what lies before the first of them moves as a whole: slope 1, shifted.
  const [firstAt, firstLogOdds] = knots[0];
  const shift = share * (firstLogOdds - firstAt);
  return {
    slope: platt.slope,
    intercept: platt.intercept + shift,
    bends: bends.map(({ at, by }) => ({ at: at + shift, by })),
  };
}

function merge(blocks: Block[], at: number): void {
  const [a, b] = [blocks[at], blocks[at + 1]];
  blocks.splice(at, 2, { line: a.line + b.line, target: a.target + b.target, count: a.count + b.count });
}

function mean({ target, count }: Block): number {
  return target / count;
}

/** Log-loss of saying a block's mean throughout. */
function lossOf(block: Block): number {
  const p = mean(block);
  return -block.target * Math.log(p) - (block.count - block.target) * Math.log(1 - p);
}

function brierOf(calibration: Calibration, { logits, labels }: CalibrationCases): number {
  return brierScore(
    logits.map((logit) => sigmoid(calibrate(calibration, logit))),
    labels,
  );
}

function hasBoth(labels: Uint8Array): boolean {
  return labels.includes(0) && labels.includes(1);
}
