/** Sequences of a trace as the network reads them: standard scores in, the next observation out. */
import type { Sequence } from '../../../liquid/training/sequence.ts';
import { fitStandardScores, type StandardScores, standardScore } from '../../../liquid/training/standard-scores.ts';
import { OBSERVATION, SEQUENCE_STEPS, SEQUENCE_STRIDE, type Trace } from './traces.ts';

/** How observations and predictions are scaled; fitted on the training traces. */
export interface Scaling {
  readonly scores: StandardScores;
  /**
   * What all outputs are divided by. It is one number for all of them, so that the training loss remains the published error, in which joints
   * at high speed weigh most; it lies near the size of the errors.
   */
  readonly unit: number;
}

/** Where a cheetah lies on its back its pitch is 20 deviations off; a network that learned upright ones need not see how far. */
const SCORE_MAX = 5;

export function scalingOf(training: readonly Trace[]): Scaling {
  return {
    scores: fitStandardScores(
      training.map(({ values }) => values),
      OBSERVATION,
    ),
    unit: 4,
  };
}

/** Observations [33, 17], beginning every tenth row, as published: 32 steps and what follows the last. */
export function observationsOf(traces: readonly Trace[]): readonly Float64Array[] {
  return traces.flatMap(({ rows, values }) => {
    const sequences: Float64Array[] = [];
    for (let from = 0; from < rows - SEQUENCE_STEPS - 1; from += SEQUENCE_STRIDE) {
      sequences.push(values.subarray(from * OBSERVATION, (from + SEQUENCE_STEPS + 1) * OBSERVATION));
    }
    return sequences;
  });
}

/** `scaling` null: in raw units. */
export function sequenceOf(observations: Float64Array, scaling: Scaling | null): Sequence {
  const size = SEQUENCE_STEPS * OBSERVATION;
  const features = new Float32Array(size);
  const labels = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const column = i % OBSERVATION;
    const after = observations[OBSERVATION + i];
    features[i] =
      scaling === null ? observations[i] : standardScore(scaling.scores, column, observations[i], SCORE_MAX);
    labels[i] = scaling === null ? after : (after - scaling.scores.mean[column]) / scaling.unit;
  }
  const ones = new Float32Array(SEQUENCE_STEPS).fill(1);
  return { steps: SEQUENCE_STEPS, features, labels, elapsed: ones, weights: ones };
}

/** An output of the network in raw units. */
export function inRawUnits(output: number, column: number, scaling: Scaling | null): number {
  return scaling === null ? output : output * scaling.unit + scaling.scores.mean[column];
}
