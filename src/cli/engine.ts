/** The assessment engine: a model file, its ONNX step on the device that was chosen. */
import { readFileSync } from 'node:fs';
import type { AssessmentEngine } from '../../pipelines/assessment.ts';
import type { AgentState, Edge, Snapshot } from '../../schemas/records.ts';
import { createStepRunner, type StepRunner } from '../compute/step-runner.ts';
import { cellShape, NO_HISTORY } from '../liquid/cell-shape.ts';
import { NO_MEMORY } from '../liquid/memory.ts';
import { type Model, readModel } from '../liquid/model.ts';
import { stepProgram } from '../liquid/onnx/step-program.ts';
import { scoreCell } from '../liquid/scoring.ts';

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
  await warmUp(model, runner.step);
  return { model, step: runner.step, device: runner.device, close: () => runner.close() };
}

const warmWindows = 40;

/** A cell closes once a second: without this, the first minutes' decisions would wait for code that no compiler has looked at yet. */
async function warmUp(model: Model, step: AssessmentEngine['step']): Promise<void> {
  let history = NO_HISTORY;
  let memory = NO_MEMORY;
  for (let window = 0; window < warmWindows; window++) {
    const snapshot = syntheticSnapshot(window);
    const shape = cellShape(snapshot, history);
    history = shape?.history ?? history;
    ({ memory } = await scoreCell(model, step, snapshot, shape?.input ?? null, memory));
  }
}

/** A hundred agents in rings of ten, one of them in trouble; nobody sees what comes of it. */
function syntheticSnapshot(window: number): Snapshot {
  const agents = Array.from({ length: 100 }, (_, i): AgentState => {
    const wave = Math.sin(i * 12.9898 + window * 78.233);
    const trouble = i === window % 100 ? 20 : 0;
    return {
      agent: `a${String(i).padStart(2, '0')}`,
      status: 'UP',
      heartbeats: 1,
      silentMs: 100,
      latencyMs: 20 + wave,
      trafficPerS: 10,
      errorRate: 0,
      saturation: 0.3,
      deviation: { latency: wave + trouble, traffic: wave / 2, errors: trouble, saturation: -wave },
    };
  });
  const edges = agents.map(({ agent }, i): Edge => {
    const callee = agents[i - (i % 10) + ((i + 1) % 10)].agent;
    return { caller: agent, callee, count: 5 + (i % 7), errors: 0, latencyMs: 20, boundary: false };
  });
  const windowStartMs = 1_000 * window;
  return {
    tenant: 'warm',
    fleet: 'up',
    cell: 0,
    windowStartMs,
    windowEndMs: windowStartMs + 1_000,
    agents,
    edges,
    late: 0,
  };
}
