/** The assessment engine: a model file, its ONNX step on the device that was chosen. */
import { readFileSync } from 'node:fs';
import type { AssessmentEngine } from '../../pipelines/assessment.ts';
import { createStepRunner, type StepRunner } from '../compute/step-runner.ts';
import { type Model, readModel } from '../liquid/model.ts';
import { stepProgram } from '../liquid/onnx/step-program.ts';

/** Rows of a batch: the agents of most cells fit in one or two. */
const tile = 64;

export interface Engine extends AssessmentEngine {
  readonly device: StepRunner['device'];
  close(): Promise<void>;
}

/** The model that is shipped. */
export const shippedModel = new URL('../liquid/models/failure-v1.json', import.meta.url);

/** Throws LiquidError for a file that is no good model, and ComputeError where no device takes it. */
export async function loadEngine(path: string | URL = shippedModel): Promise<Engine> {
  const model: Model = readModel(JSON.parse(readFileSync(path, 'utf8')));
  const { network, theta, calibration, name } = model;
  const runner = await createStepRunner(stepProgram(network, theta, { name, tile, calibration }));
  return { model, step: runner.step, device: runner.device, close: () => runner.close() };
}
