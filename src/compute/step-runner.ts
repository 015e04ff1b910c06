import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { type Device, openSession, type Provider } from './device.ts';
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
  readonly device: Device;
  /**
   * Steps n rows: features [n, F], hidden [n, H], elapsed [n]. Any n; batches are cut into tiles, the last one filled with zeros, so a
   * row's result is the same bits whoever shares its batch. Calls run one after the other, in the order they came.
   * Rejects with batch-shape, runner-busy or runner-closed.
   */
  step(features: Float32Array, hidden: Float32Array, elapsed: Float32Array, n: number): Promise<StepResult>;
  /** Waits for the steps under way, then frees the session. */
  close(): Promise<void>;
}

export interface StepRunnerOptions {
  /** Providers to try, in order. */
  readonly providers?: readonly Provider[];
  /** Steps that may wait for their turn. */
  readonly waitingMax?: number;
}

export async function createStepRunner(program: StepProgram, options: StepRunnerOptions = {}): Promise<StepRunner> {
  const { providers = ['cpu'], waitingMax = 64 } = options;
  const { tile, features: width, hidden: state } = program;
  const { session, device } = await openSession(program.bytes, providers);
  checkSignature(session, program);

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
  // The first runs plan memory and pick kernels; traffic should not wait for that.
  for (let i = 0; i < 3; i++) await session.run(feeds, fetches);

  let waiting = 0;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function runTiles(
    features: Float32Array,
    hidden: Float32Array,
    elapsed: Float32Array,
    n: number,
  ): Promise<StepResult> {
    const result = {
      failure: new Float32Array(n),
      logOdds: new Float32Array(n),
      hidden: new Float32Array(n * state),
    };
    for (let from = 0; from < n; from += tile) {
      const rows = Math.min(tile, n - from);
      fill(x, features, from * width, rows * width);
      fill(h, hidden, from * state, rows * state);
      fill(dt, elapsed, from, rows);
      await session.run(feeds, fetches);
      result.failure.set(failureOut.subarray(0, rows), from);
      result.logOdds.set(logOddsOut.subarray(0, rows), from);
      result.hidden.set(hiddenOut.subarray(0, rows * state), from * state);
    }
    return result;
  }

  return {
    device,
    async step(features, hidden, elapsed, n) {
      if (closed) throw new ComputeError('runner-closed', `the runner of '${program.name}' was closed`);
      checkBatch('features', features, n, width);
      checkBatch('hidden', hidden, n, state);
      checkBatch('elapsed', elapsed, n, 1);
      if (waiting >= waitingMax) {
        throw new ComputeError('runner-busy', `${waiting} steps wait already; at most ${waitingMax} may`);
      }
      waiting++;
      const run = turn.then(() => runTiles(features, hidden, elapsed, n));
      // A failed step must not fail those behind it: its own caller hears of it.
      turn = run.then(ignoreResult, ignoreResult);
      try {
        return await run;
      } finally {
        waiting--;
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await turn;
      await session.release();
    },
  };
}

function ignoreResult(): void {}

function fill(tileArray: Float32Array, from: Float32Array, offset: number, length: number): void {
  tileArray.set(from.subarray(offset, offset + length));
  tileArray.fill(0, length);
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

function checkSignature(session: InferenceSession, { name, tile, features, hidden }: StepProgram): void {
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
