import { LiquidError } from '../errors.ts';
import type { Network } from '../network.ts';
import { initialParameters, type Random } from '../parameters.ts';
import { clipNorm, createAdam } from './adam.ts';
import { createUnroll, crossEntropy } from './bptt.ts';
import { predictLogits } from './predict.ts';
import { batchOf, checkSequences, type Sequence } from './sequence.ts';

export interface TrainingOptions {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Longest gradient that is applied as it is. */
  readonly gradientNormMax: number;
  /** Sequences a batch. */
  readonly batchRows: number;
  /** Steps that a gradient reaches back. */
  readonly span: number;
  /** How much more a step with label 1 counts than one with label 0. */
  readonly positiveWeight: number;
  /** What the averaged parameters keep of themselves at each update, 0 to below 1; 0 is no averaging. */
  readonly averaging: number;
  readonly epochsMax: number;
  /** Epochs without a better validation loss after which training stops. */
  readonly patience: number;
}

export interface EpochReport {
  readonly epoch: number;
  readonly trainingLoss: number;
  readonly validationLoss: number;
  readonly best: boolean;
}

export interface Trained {
  /** Averaged parameters after the epoch with the lowest validation loss. */
  readonly theta: Float64Array;
  readonly epochs: readonly EpochReport[];
}

/**
 * Fits the network's logits to the labels by truncated backpropagation through time. The same data, options and random numbers give
 * the same parameters. Throws data-insufficient where a set has no sequence or only one class, batch-shape or not-finite for bad data.
 */
export function train(
  network: Network,
  training: readonly Sequence[],
  validation: readonly Sequence[],
  options: TrainingOptions,
  random: Random,
  onEpoch: (report: EpochReport) => void = () => {},
): Trained {
  for (const [name, sequences] of [
    ['training', training],
    ['validation', validation],
  ] as const) {
    checkSequences(sequences, network.cell.inputs);
    checkClasses(name, sequences);
  }
  const { batchRows, span, positiveWeight, averaging } = options;
  const theta = initialParameters(network.layout, random);
  // Averages of the parameters on the way lie closer to the minimum than any point of it (Polyak and Juditsky 1992).
  const average = theta.slice();
  const gradient = new Float64Array(theta.length);
  const adam = createAdam(theta.length, options);
  const unroll = createUnroll(network, batchRows, span, positiveWeight);
  const epochs: EpochReport[] = [];
  let best = theta.slice();
  let bestLoss = Number.POSITIVE_INFINITY;
  let bestEpoch = 0;
  let updates = 0;

  for (let epoch = 1; epoch <= options.epochsMax; epoch++) {
    let lossSum = 0;
    let losses = 0;
    // Half a cosine from 1 to 0.05 over the longest run there can be.
    const rate = 0.05 + 0.95 * 0.5 * (1 + Math.cos((Math.PI * (epoch - 1)) / options.epochsMax));
    const order = shuffled(training.length, random);
    for (let from = 0; from < order.length; from += batchRows) {
      const batch = batchOf(order.slice(from, from + batchRows).map((i) => training[i]));
      const state = new Float64Array(batchRows * network.cell.state);
      for (let t = 0; t < batch.steps; t += span) {
        const loss = unroll.lossAndGradient(theta, batch, t, Math.min(t + span, batch.steps), state, gradient);
        if (!Number.isFinite(loss)) {
          throw new LiquidError(
            'not-finite',
            `the loss became ${loss} in epoch ${epoch}; a lower learning rate than ${options.learningRate} may help`,
          );
        }
        clipNorm(gradient, options.gradientNormMax);
        adam.update(theta, gradient, rate);
        updates++;
        // A young average would otherwise hold mostly the random start.
        const kept = Math.min(averaging, updates / (updates + 9));
        for (let i = 0; i < theta.length; i++) average[i] += (1 - kept) * (theta[i] - average[i]);
        lossSum += loss;
        losses++;
      }
    }
    const validationLoss = meanLoss(network, average, validation, positiveWeight);
    const isBest = validationLoss < bestLoss;
    if (isBest) {
      bestLoss = validationLoss;
      bestEpoch = epoch;
      best = average.slice();
    }
    const report = { epoch, trainingLoss: lossSum / losses, validationLoss, best: isBest };
    epochs.push(report);
    onEpoch(report);
    if (epoch - bestEpoch >= options.patience) break;
  }
  return { theta: best, epochs };
}

/** The training loss over whole sequences. */
function meanLoss(
  network: Network,
  theta: Float64Array,
  sequences: readonly Sequence[],
  positiveWeight: number,
): number {
  const logits = predictLogits(network, theta, sequences);
  let sum = 0;
  let weightSum = 0;
  for (const [i, { steps, labels, weights }] of sequences.entries()) {
    for (let t = 0; t < steps; t++) {
      const counted = weights[t] * (labels[t] * positiveWeight + (1 - labels[t]));
      sum += counted * crossEntropy(logits[i][t], labels[t]);
      weightSum += weights[t];
    }
  }
  return sum / weightSum;
}

function checkClasses(name: string, sequences: readonly Sequence[]): void {
  const seen = new Set<number>();
  for (const { labels, weights } of sequences) {
    for (const [t, label] of labels.entries()) if (weights[t] > 0) seen.add(label);
  }
  if (!seen.has(0) || !seen.has(1)) {
    throw new LiquidError(
      'data-insufficient',
      `the ${name} set has labels {${[...seen].join(', ')}} in ${sequences.length} sequences; both 0 and 1 are needed`,
    );
  }
}

/** Fisher and Yates. */
function shuffled(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
