import { createStepRunner } from '../../../src/compute/step-runner.ts';
import { importNcps } from '../../../src/liquid/ncps/import-ncps.ts';
import { type Network, networkOf, readLogits } from '../../../src/liquid/network.ts';
import { stepProgram } from '../../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../../src/liquid/parameters.ts';
import { compileStep } from '../../../src/liquid/simd/compiled-step.ts';
import { VARIANTS, type VariantSizes } from '../../../src/liquid/variants.ts';
import { mulberry32 } from '../../liquid/random.ts';
import { quantile, rounded } from '../machine.ts';
import type { NcpsModel } from '../peers/ncps.ts';

/** One of those that take turns: `steps` steps one after the other, the state handed on; answers with the mean ms of one. */
export interface Contestant {
  readonly name: string;
  run(steps: number): Promise<number>;
}

export interface StepTimes {
  readonly name: string;
  readonly rounds: number;
  readonly medianUs: number | null;
  readonly p99Us: number | null;
  readonly bestUs: number | null;
  /** Its median over that of ncps, and its best over the best. */
  readonly ratio: number | null;
  readonly bestRatio: number | null;
}

export interface StepComparison {
  readonly model: NcpsModel;
  readonly rows: number;
  readonly times: readonly StepTimes[];
  /** The fastest of our ways, and by its median how many rows it steps in a second. */
  readonly fastest: string;
  readonly stepsPerSecond: number;
}

const WARM_MS = 500;
/** A turn is about so long: long enough for the clock, short enough that a noisy moment meets all. */
const TURN_MS = 3;
const ROUNDS_MAX = 1000;

export async function compareSteps(
  model: NcpsModel,
  rows: number,
  contestants: readonly Contestant[],
  budgetMs: number,
): Promise<StepComparison> {
  const turns: { readonly contestant: Contestant; readonly steps: number; readonly samples: number[] }[] = [];
  for (const contestant of contestants) {
    let stepMs = 0;
    for (let spent = 0; spent < WARM_MS; ) {
      stepMs = await contestant.run(10);
      spent += 10 * stepMs;
    }
    turns.push({ contestant, steps: Math.max(1, Math.round(TURN_MS / stepMs)), samples: [] });
  }
  const end = performance.now() + budgetMs;
  for (let round = 0; round < ROUNDS_MAX && (round < 10 || performance.now() < end); round++) {
    for (const { contestant, steps, samples } of turns) samples.push(1000 * (await contestant.run(steps)));
  }
  const reference = turns.find(({ contestant }) => contestant.name === 'ncps')?.samples ?? [];
  const times = turns.map(({ contestant, samples }): StepTimes => {
    const ratioAt = (q: number): number | null => {
      const [ours, theirs] = [quantile(samples, q), quantile(reference, q)];
      return ours === null || theirs === null ? null : rounded(ours / theirs, 4);
    };
    return {
      name: contestant.name,
      rounds: samples.length,
      medianUs: rounded(quantile(samples, 0.5), 3),
      p99Us: rounded(quantile(samples, 0.99), 3),
      bestUs: rounded(quantile(samples, 0), 3),
      ratio: ratioAt(0.5),
      bestRatio: ratioAt(0),
    };
  });
  const ours = times.filter(({ name }) => name !== 'ncps').sort((a, b) => (a.medianUs ?? 0) - (b.medianUs ?? 0));
  const [fastest] = ours;
  return {
    model,
    rows,
    times,
    fastest: fastest.name,
    stepsPerSecond: Math.round((1e6 * rows) / (fastest.medianUs ?? Number.NaN)),
  };
}

/**
 * Our ways to run the model, with ncps' weights where there are any, which the import checks against a run of ncps. Each gives a failure
 * score, so a readout and a logistic are in the time, which ncps' cell does without.
 */
export async function oursOf(model: NcpsModel, record: unknown, inputs: number, rows: number) {
  const { network, theta } = scored(model, record, inputs);
  const { cell } = network;
  const random = mulberry32(2);
  const features = Float32Array.from({ length: rows * inputs }, () => 2 * random() - 1);
  const elapsed = Float32Array.from({ length: rows }, () => 0.1 + 2 * random());
  const logits = new Float64Array(rows);
  const contestants: Contestant[] = [];

  const step = cell.createStep(rows);
  const [x, spans] = [Float64Array.from(features), Float64Array.from(elapsed)];
  let state = new Float64Array(rows * cell.state);
  let next = new Float64Array(rows * cell.state);
  contestants.push({
    name: 'TypeScript',
    run: async (steps) => {
      const start = performance.now();
      for (let k = 0; k < steps; k++) {
        step.forward(theta, x, state, spans, rows, next);
        readLogits(network, theta, next, rows, logits);
        [state, next] = [next, state];
      }
      return (performance.now() - start) / steps;
    },
  });

  const compiled = compileStep(network, theta, rows);
  if (compiled !== null) {
    const hidden = new Float32Array(rows * cell.state);
    contestants.push({
      name: 'SIMD',
      run: async (steps) => {
        const start = performance.now();
        for (let k = 0; k < steps; k++) {
          compiled.forward(features, hidden, elapsed, rows, hidden);
          compiled.readOut(hidden, rows, logits);
        }
        return (performance.now() - start) / steps;
      },
    });
  }

  const calibration = { slope: 1, intercept: 0 };
  const runner = await createStepRunner(stepProgram(network, theta, { name: 'bench', tile: rows, calibration }));
  let carried: Float32Array = new Float32Array(rows * cell.state);
  contestants.push({
    name: 'ONNX',
    run: async (steps) => {
      const start = performance.now();
      for (let k = 0; k < steps; k++) {
        ({ hidden: carried } = await runner.step(features, carried, elapsed, rows));
      }
      return (performance.now() - start) / steps;
    },
  });
  return { contestants, close: () => runner.close() };
}

/** The network with one logit behind it. */
function scored(
  model: NcpsModel,
  record: unknown,
  inputs: number,
): { readonly network: Network; readonly theta: Float64Array } {
  const sizes: VariantSizes = { inputs, units: 32, outputs: 8, backboneUnits: 128, load: [0], seed: 22222 };
  const variant = { 'CfC-32': 'cfc', 'CfC AutoNCP-32': 'cfc-ncp', 'LTC AutoNCP-32': 'ltc-ncp' } as const;
  const imported = record === null ? null : importNcps(record);
  const network = networkOf(imported?.network.architecture ?? VARIANTS[variant[model]](sizes));
  const theta = initialParameters(network.layout, mulberry32(1)).map(Math.fround);
  if (imported !== null) theta.set(imported.theta.subarray(0, network.cell.layout.size));
  return { network, theta };
}
