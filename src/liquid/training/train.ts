import { LiquidError } from '../errors.ts';
import type { Network } from '../network.ts';
import { initialParameters, type Random } from '../parameters.ts';
import { clipNorm, createAdam } from './adam.ts';
import { createUnroll } from './bptt.ts';
import { type Loss, type LossName, lossOf } from './loss.ts';
import { predictOutputs } from './predict.ts';
import { batchOf, checkSequences, type Sequence } from './sequence.ts';

export interface TrainingOptions {
  /** cross-entropy unless given. */
  readonly loss?: LossName;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** Longest gradient that is applied as it is. */
  readonly gradientNormMax: number;
  /** Sequences a batch. */
  readonly batchRows: number;
  /** Steps that a gradient reaches back. */
  readonly span: number;
  /** How much more a step with label 1 counts than one with label 0, for cross-entropy; 1 unless given. */
  readonly positiveWeight?: number;
  /** What the averaged parameters keep of themselves at each update, 0 to below 1; 0 is no averaging. */
  readonly averaging: number;
  readonly epochsMax: number;
  /** Epochs without a better validation loss after which training stops. */
  readonly patience: number;
  /** Parameters to begin with; random ones unless given. They count as epoch 0: where no epoch is better on validation, they are what comes out. */
  readonly initial?: Float64Array;
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
 * Fits the network's outputs to the labels by truncated backpropagation through time. The same data, options and random numbers give
 * the same parameters. Throws data-insufficient where a set has nothing that counts or only one class, batch-shape or not-finite for bad data.
 */
export function train(
  network: Network,
  training: readonly Sequence[],
  validation: readonly Sequence[],
  options: TrainingOptions,
  random: Random,
  onEpoch: (report: EpochReport) => void = () => {},
): Trained {
  const loss = lossOf(options.loss ?? 'cross-entropy', network.outputs, options.positiveWeight ?? 1);
  for (const [name, sequences] of [
    ['training', training],
    ['validation', validation],
  ] as const) {
    checkSequences(sequences, network.cell.inputs, network.outputs);
    loss.check(name, sequences);
  }
  const { batchRows, span, averaging } = options;
  const { initial } = options;
  if (initial !== undefined && initial.length !== network.layout.size) {
    throw new LiquidError(
      'weights-shape',
      `initial holds ${initial.length} parameters; the architecture has ${network.layout.size}`,
    );
  }
  const theta = initial?.slice() ?? initialParameters(network.layout, random);
  // Averages of the parameters on the way lie closer to the minimum than any point of it (Polyak and Juditsky 1992).
  const average = theta.slice();
  const gradient = new Float64Array(theta.length);
  const adam = createAdam(theta.length, options);
  const unroll = createUnroll(network, batchRows, span, loss);
  const epochs: EpochReport[] = [];
  let best = theta.slice();
  let bestLoss = initial === undefined ? Number.POSITIVE_INFINITY : meanLoss(network, theta, validation, loss);
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
        const spanLoss = unroll.lossAndGradient(theta, batch, t, Math.min(t + span, batch.steps), state, gradient);
        if (!Number.isFinite(spanLoss)) {
          throw new LiquidError(
            'not-finite',
            `the loss became ${spanLoss} in epoch ${epoch}; a lower learning rate than ${options.learningRate} may help`,
          );
        }
        clipNorm(gradient, options.gradientNormMax);
        adam.update(theta, gradient, rate);
        updates++;
        // A young average would otherwise hold mostly the random start.
        const kept = Math.min(averaging, updates / (updates + 9));
        for (let i = 0; i < theta.length; i++) average[i] += (1 - kept) * (theta[i] - average[i]);
        lossSum += spanLoss;
        losses++;
      }
    }
    const validationLoss = meanLoss(network, average, validation, loss);
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
function meanLoss(network: Network, theta: Float64Array, sequences: readonly Sequence[], loss: Loss): number {
  const outputs = predictOutputs(network, theta, sequences);
  let sum = 0;
  let weightSum = 0;
  for (const [i, { steps, labels, weights }] of sequences.entries()) {
    for (let t = 0; t < steps; t++) {
      if (weights[t] === 0) continue;
      sum += loss.weighed(weights[t], outputs[i], t * network.outputs, labels, t * network.outputs, null);
      weightSum += weights[t];
    }
  }
  return sum / weightSum;
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
