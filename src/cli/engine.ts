/** The assessment engine: model files, their ONNX steps on the device that was chosen, and what happens to it. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AssessmentEngine } from '../../pipelines/assessment.ts';
import type { OpenedModel } from '../../pipelines/models.ts';
import type { AgentState, Edge, Snapshot } from '../../schemas/records.ts';
import type { ComputeChoice } from '../compute/compute-choice.ts';
import type { Device, Provider, SessionOpener } from '../compute/device.ts';
import { ComputeError } from '../compute/errors.ts';
import { createStepRunner, type StepRunner } from '../compute/step-runner.ts';
import { cellShape, NO_HISTORY } from '../liquid/cell-shape.ts';
import { LiquidError } from '../liquid/errors.ts';
import { NO_MEMORY } from '../liquid/memory.ts';
import { type Model, readModel } from '../liquid/model.ts';
import { stepProgram } from '../liquid/onnx/step-program.ts';
import { type StepFunction, scoreCell } from '../liquid/scoring.ts';
import { RetriableError } from '../streams/execution.ts';
import { codeOf, messageOf } from './errors.ts';
import { modelFileBytesMax } from './model-use.ts';

/** Rows of a batch unless the configuration says otherwise: the agents of most cells fit in one or two. */
const defaultTile = 64;

/** What happens to the devices, for logs and metrics. */
export interface EngineObserver {
  /** A model is ready; also called for one that is opened later, at an operator's word. */
  opened?(model: string, device: Device): void;
  /** An operator's model is no good; what was in force stays. */
  refused?(code: string, reason: string): void;
  /** Its device failed under a step, which was repeated on the CPU. */
  lost?(model: string, lost: Provider, device: Device): void;
  /** The last of its users let go of it. */
  closed?(model: string): void;
}

export interface EngineOptions {
  /** `cpu` unless given: the same bits on every machine. */
  readonly compute?: ComputeChoice;
  readonly tile?: number;
  readonly observer?: EngineObserver;
  /** ONNX Runtime unless a test wants to hold the sessions itself. */
  readonly openSession?: SessionOpener;
}

export interface Engine extends AssessmentEngine {
  /** Of the model that the process was configured with. */
  readonly device: Device;
  close(): Promise<void>;
}

/** The model that is shipped. */
export const shippedModel = new URL('../liquid/models/failure-v2.json', import.meta.url);

/** Throws LiquidError for a file that is no good model, and ComputeError where no device takes it. */
export async function loadEngine(path: string | URL = shippedModel, options: EngineOptions = {}): Promise<Engine> {
  const model = readModel(JSON.parse(readFileSync(path, 'utf8')));
  const runners = new Runners(options);
  const configured = await runners.use(model);
  await warmUp(model, configured.step);
  return {
    model,
    step: configured.step,
    open: async (file) => {
      try {
        return await runners.use(readCompressed(file));
      } catch (error) {
        options.observer?.refused?.(codeOf(error) ?? 'unknown', messageOf(error));
        throw error;
      }
    },
    get device() {
      return configured.device();
    },
    close: () => runners.close(),
  };
}

/** The file of a record of aura.models. Throws model-malformed, and what readModel throws. */
function readCompressed(file: Uint8Array): Model {
  let json: unknown;
  try {
    json = JSON.parse(gunzipSync(file, { maxOutputLength: modelFileBytesMax }).toString('utf8'));
  } catch (cause) {
    throw new LiquidError(
      'model-malformed',
      `model file: no JSON under gzip of at most ${modelFileBytesMax} bytes: ${messageOf(cause)}`,
    );
  }
  return readModel(json);
}

interface Entry {
  readonly model: Model;
  readonly runner: Promise<StepRunner>;
  users: number;
}

/** One runner a model, whoever uses it; the last one closes it. */
class Runners {
  readonly #options: EngineOptions;
  readonly #entries = new Map<string, Entry>();
  #started = false;
  #lost = false;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  async use(model: Model): Promise<OpenedModel & { device(): Device }> {
    let entry = this.#entries.get(model.hash);
    if (entry === undefined) {
      entry = { model, runner: this.#start(model), users: 0 };
      this.#entries.set(model.hash, entry);
    }
    entry.users++;
    let runner: StepRunner;
    try {
      runner = await entry.runner;
    } catch (error) {
      // Whoever asks next tries again.
      if (this.#entries.get(model.hash) === entry) this.#entries.delete(model.hash);
      throw error;
    }
    const used = entry;
    let closed = false;
    return {
      model,
      step: retriable(runner.step),
      device: () => runner.device,
      close: async () => {
        if (closed) return;
        closed = true;
        used.users--;
        if (used.users === 0 && this.#entries.get(model.hash) === used) await this.#end(model, runner);
      },
    };
  }

  /** Closes them all, whoever uses them. */
  async close(): Promise<void> {
    for (const { model, runner } of [...this.#entries.values()]) await this.#end(model, await runner);
  }

  async #end({ hash, id }: Model, runner: StepRunner): Promise<void> {
    this.#entries.delete(hash);
    await runner.close();
    this.#options.observer?.closed?.(id);
  }

  async #start({ network, theta, calibration, name, id }: Model): Promise<StepRunner> {
    const { tile = defaultTile, observer, openSession } = this.#options;
    const runner = await createStepRunner(stepProgram(network, theta, { name, tile, calibration }), {
      providers: this.#providers(),
      onLost: (lost, device) => {
        this.#lost = true;
        observer?.lost?.(id, lost, device);
      },
      ...(openSession === undefined ? {} : { open: openSession }),
    });
    this.#started = true;
    observer?.opened?.(id, runner.device);
    return runner;
  }

  /** A device that was named must be there at the start. A model that comes later is not refused for a device that is lost or does not take it. */
  #providers(): ComputeChoice | readonly Provider[] {
    const { compute = 'cpu' } = this.#options;
    if (this.#lost) return 'cpu';
    return this.#started && compute !== 'auto' ? [compute, 'cpu'] : compute;
  }
}

/** Where there is no room or no device no record is to blame: its task begins anew and takes it again. */
function retriable(step: StepFunction): StepFunction {
  return async (...batch) => {
    try {
      return await step(...batch);
    } catch (cause) {
      if (!(cause instanceof ComputeError) || cause.code === 'batch-shape') throw cause;
      throw new RetriableError(cause.message, { cause });
    }
  };
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
