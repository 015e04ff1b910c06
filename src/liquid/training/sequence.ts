import { LiquidError } from '../errors.ts';

/** One agent's windows in order: what the network reads and what it should have said. */
export interface Sequence {
  readonly steps: number;
  /** [steps, F] */
  readonly features: Float32Array;
  /** [steps], time since the step before, in the network's unit. */
  readonly elapsed: Float32Array;
  /** [steps, P], what the P outputs should say; for cross-entropy 1 where the thing to foresee happens, else 0. */
  readonly labels: Float32Array;
  /** [steps], how much the step's loss counts; 0 leaves it out. */
  readonly weights: Float32Array;
}

/** Throws batch-shape or not-finite, naming the sequence. */
export function checkSequences(sequences: readonly Sequence[], width: number, outputs = 1): void {
  for (const [index, { steps, features, elapsed, labels, weights }] of sequences.entries()) {
    const parts = [
      ['features', features, steps * width],
      ['elapsed', elapsed, steps],
      ['labels', labels, steps * outputs],
      ['weights', weights, steps],
    ] as const;
    for (const [name, array, length] of parts) {
      if (array.length !== length) {
        throw new LiquidError(
          'batch-shape',
          `sequence ${index}: ${name} holds ${array.length} numbers; ${length} are due`,
        );
      }
      const bad = array.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw new LiquidError('not-finite', `sequence ${index}: ${name}[${bad}] is ${array[bad]}`);
    }
  }
}

/**
 * Sequences side by side, so that one step serves a whole batch: at step t row i is the t-th window of sequence i, or nothing (zeros, weight
 * 0) where that sequence has ended.
 */
export interface Batch {
  readonly rows: number;
  readonly steps: number;
  readonly sequences: readonly Sequence[];
}

export function batchOf(sequences: readonly Sequence[]): Batch {
  return { rows: sequences.length, steps: Math.max(0, ...sequences.map(({ steps }) => steps)), sequences };
}

/** Fills x [rows, F] and elapsed [rows] with step t of every row. */
export function readStep(batch: Batch, t: number, width: number, x: Float64Array, elapsed: Float64Array): void {
  for (let i = 0; i < batch.rows; i++) {
    const sequence = batch.sequences[i];
    const there = t < sequence.steps;
    for (let k = 0; k < width; k++) x[i * width + k] = there ? sequence.features[t * width + k] : 0;
    elapsed[i] = there ? sequence.elapsed[t] : 0;
  }
}
