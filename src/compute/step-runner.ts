import { Tensor } from 'onnxruntime-node';
import { chooseDevice } from './choose-device.ts';
import type { ComputeChoice } from './compute-choice.ts';
import { type Device, openOnnxSession, type Provider, reasonOf, type Session, type SessionOpener } from './device.ts';
import { ComputeError } from './errors.ts';

/**
 * An ONNX file of one streaming step with a fixed batch, the tile: inputs `features` [tile, F], `hidden` [tile, H], `elapsed` [tile];
 * outputs `failure` [tile], `log_odds` [tile], `hidden_next` [tile, H]; all float32.
 */
export interface StepProgram {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly tile: number;
  readonly features: number;
  readonly hidden: number;
}

/** Arrays of the caller's own, n rows each. */
export interface StepResult {
  readonly failure: Float32Array;
  readonly logOdds: Float32Array;
  readonly hidden: Float32Array;
}

export interface StepRunner {
  /** Where steps run now: a device that is lost is given up for the CPU. */
  readonly device: Device;
  /**
   * Steps n rows: features [n, F], hidden [n, H], elapsed [n]; they are read until the step is done. Any n. Steps that wait are packed into
   * tiles together, in the order they came, the last tile filled with zeros; a row's result is the same bits whoever shares its tile. A step
   * waits for nobody: the first run takes what was asked for in the same turn, the next one what came while it ran.
   * Rejects with batch-shape, runner-busy, runner-closed, or step-failed (on the CPU: there is nothing left to fall back to).
   */
  step(features: Float32Array, hidden: Float32Array, elapsed: Float32Array, n: number): Promise<StepResult>;
  /** Waits for the steps under way, then frees the sessions. */
  close(): Promise<void>;
}

export interface StepRunnerOptions {
  /** What to compute on, or providers to try in order. */
  readonly providers?: ComputeChoice | readonly Provider[];
  /** Steps that may be under way or wait. */
  readonly waitingMax?: number;
  /** The same in rows. */
  readonly waitingRowsMax?: number;
  /** The device failed under a step, which is repeated on the CPU, as are all that follow. */
  readonly onLost?: (lost: Provider, device: Device) => void;
  /** ONNX Runtime unless a test wants to hold the session itself. */
  readonly open?: SessionOpener;
}

const waitingDefault = 4_096;
/** 64 MB of features and states at 27 + 32 numbers a row. */
const waitingRowsDefault = 262_144;
const warmRuns = 3;
const timedRuns = 5;

/** A step that waits: rows [0, taken) are in a tile or done. */
interface Waiting {
  readonly features: Float32Array;
  readonly hidden: Float32Array;
  readonly elapsed: Float32Array;
  readonly n: number;
  readonly result: StepResult;
  taken: number;
  done: number;
  resolve(result: StepResult): void;
  reject(error: Error): void;
}

/** Rows of one step in the tile: `rows` of them from `from`, standing in the tile from `at`. */
interface Part {
  readonly step: Waiting;
  readonly from: number;
  readonly at: number;
  readonly rows: number;
}

/** Throws device-unavailable where no provider takes the program, program-invalid where it is no step. */
export async function createStepRunner(program: StepProgram, options: StepRunnerOptions = {}): Promise<StepRunner> {
  const {
    providers = ['cpu'],
    waitingMax = waitingDefault,
    waitingRowsMax = waitingRowsDefault,
    onLost,
    open = openOnnxSession,
  } = options;
  const { tile, features: width, hidden: state } = program;

  // One set of tensors serves every run: their arrays are filled and read in place.
  const x = new Float32Array(tile * width);
  const h = new Float32Array(tile * state);
  const dt = new Float32Array(tile);
  const failureOut = new Float32Array(tile);
  const logOddsOut = new Float32Array(tile);
  const hiddenOut = new Float32Array(tile * state);
  const feeds = {
    features: new Tensor('float32', x, [tile, width]),
    hidden: new Tensor('float32', h, [tile, state]),
    elapsed: new Tensor('float32', dt, [tile]),
  };
  const fetches = {
    failure: new Tensor('float32', failureOut, [tile]),
    log_odds: new Tensor('float32', logOddsOut, [tile]),
    hidden_next: new Tensor('float32', hiddenOut, [tile, state]),
  };

  const chosen = await chooseDevice(program.bytes, providers, open, async (candidate) => {
    checkSignature(candidate, program);
    // The first runs plan memory and pick or compile kernels; traffic should not wait for that.
    for (let i = 0; i < warmRuns; i++) await candidate.run(feeds, fetches);
    const times: number[] = [];
    for (let i = 0; i < timedRuns; i++) {
      const startedMs = performance.now();
      await candidate.run(feeds, fetches);
      times.push(performance.now() - startedMs);
    }
    return times.sort((a, b) => a - b)[timedRuns >> 1];
  });
  let { session, device, spare } = chosen;

  const waiting: Waiting[] = [];
  let underWay = 0;
  let openRows = 0;
  let closing: Promise<void> | null = null;
  let draining: Promise<void> | null = null;

  /** Runs tile after tile until nobody waits. */
  async function drain(): Promise<void> {
    // Whoever asks in this turn shares the first run.
    await null;
    while (waiting.length > 0) {
      const parts = fillTile();
      try {
        await runTile();
      } catch (cause) {
        const message = `'${program.name}' failed on the CPU: ${reasonOf(cause)}`;
        for (const { step } of parts) fail(step, new ComputeError('step-failed', message, { cause }));
        continue;
      }
      for (const part of parts) readTile(part);
    }
    draining = null;
  }

  function fillTile(): readonly Part[] {
    const parts: Part[] = [];
    let at = 0;
    for (let step = waiting[0]; step !== undefined && at < tile; step = waiting[0]) {
      const from = step.taken;
      const rows = Math.min(tile - at, step.n - from);
      x.set(step.features.subarray(from * width, (from + rows) * width), at * width);
      h.set(step.hidden.subarray(from * state, (from + rows) * state), at * state);
      dt.set(step.elapsed.subarray(from, from + rows), at);
      parts.push({ step, from, at, rows });
      step.taken += rows;
      at += rows;
      if (step.taken === step.n) waiting.shift();
    }
    x.fill(0, at * width);
    h.fill(0, at * state);
    dt.fill(0, at);
    return parts;
  }

  /** The tile's inputs stay as they are until the run is done, so a run that failed is repeated as it was. */
  async function runTile(): Promise<void> {
    try {
      await session.run(feeds, fetches);
    } catch (error) {
      if (spare === null) throw error;
      const lost = device.provider;
      // What is lost is not released: a driver may fail on that too.
      session = spare;
      spare = null;
      const refused = [...device.refused.filter(({ provider }) => provider !== 'cpu')];
      refused.push({ provider: lost, reason: `lost: ${reasonOf(error)}` });
      device = { provider: 'cpu', reason: `${lost} was lost`, refused };
      onLost?.(lost, device);
      await session.run(feeds, fetches);
    }
  }

  function readTile({ step, from, at, rows }: Part): void {
    const { failure, logOdds, hidden } = step.result;
    failure.set(failureOut.subarray(at, at + rows), from);
    logOdds.set(logOddsOut.subarray(at, at + rows), from);
    hidden.set(hiddenOut.subarray(at * state, (at + rows) * state), from * state);
    step.done += rows;
    if (step.done === step.n) step.resolve(step.result);
  }

  function fail(step: Waiting, error: ComputeError): void {
    const place = waiting.indexOf(step);
    if (place >= 0) waiting.splice(place, 1);
    step.reject(error);
  }

  async function end(): Promise<void> {
    await draining;
    await session.release();
    await spare?.release();
  }

  return {
    get device() {
      return device;
    },
    async step(features, hidden, elapsed, n) {
      if (closing !== null) throw new ComputeError('runner-closed', `the runner of '${program.name}' was closed`);
      checkBatch('features', features, n, width);
      checkBatch('hidden', hidden, n, state);
      checkBatch('elapsed', elapsed, n, 1);
      const result = {
        failure: new Float32Array(n),
        logOdds: new Float32Array(n),
        hidden: new Float32Array(n * state),
      };
      if (n === 0) return result;
      // A single step may be as large as it likes: it is its caller's memory.
      if (underWay >= waitingMax || (underWay > 0 && openRows + n > waitingRowsMax)) {
        throw new ComputeError(
          'runner-busy',
          `${underWay} steps of ${openRows} rows wait already; at most ${waitingMax} of ${waitingRowsMax} may`,
        );
      }
      underWay++;
      openRows += n;
      try {
        return await new Promise<StepResult>((resolve, reject) => {
          waiting.push({ features, hidden, elapsed, n, result, taken: 0, done: 0, resolve, reject });
          draining ??= drain();
        });
      } finally {
        underWay--;
        openRows -= n;
      }
    },
    async close() {
      closing ??= end();
      await closing;
    },
  };
}

function checkBatch(name: string, array: Float32Array, n: number, width: number): void {
  if (!Number.isInteger(n) || n < 0)
    throw new ComputeError('batch-shape', `a batch of ${n} rows; valid are integers from 0`);
  if (array.length < n * width) {
    throw new ComputeError(
      'batch-shape',
      `${name} holds ${array.length} numbers; ${n} rows of ${width} need ${n * width}`,
    );
  }
}

function checkSignature(session: Session, { name, tile, features, hidden }: StepProgram): void {
  const found = [...session.inputMetadata, ...session.outputMetadata].map((value) =>
    value.isTensor ? `${value.name}[${value.shape.join(', ')}]` : value.name,
  );
  const wanted = [
    `features[${tile}, ${features}]`,
    `hidden[${tile}, ${hidden}]`,
    `elapsed[${tile}]`,
    `log_odds[${tile}]`,
    `failure[${tile}]`,
    `hidden_next[${tile}, ${hidden}]`,
  ];
  const missing = wanted.filter((value) => !found.includes(value));
  if (missing.length > 0 || found.length !== wanted.length) {
    throw new ComputeError('program-invalid', `'${name}' has ${found.join(', ')}; a step has ${wanted.join(', ')}`);
  }
}
