import { availableParallelism } from 'node:os';
import { ComputeError } from '../errors.ts';
import type { JobInput, JobOutput, Jobs, PlainError, WorkerProgram } from './program.ts';
import { type Task, ThreadHandle } from './thread-handle.ts';

export interface WorkerPoolOptions {
  /** Threads beside the caller's, 1..256. Default: the machine's cores. */
  readonly threads?: number;
  /** Tasks that may wait for a thread. Default 1024. */
  readonly waitingMax?: number;
  /** Heap limit of a thread, MiB. A task that needs more ends its thread, not the process. Default: Node's. */
  readonly heapMaxMiB?: number;
}

export interface MapOptions {
  /** Inputs taken ahead of the result that is due: the back-pressure. Default: four a thread. */
  readonly aheadMax?: number;
}

/** What became of one input. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

/** A thread works on one task while the next lies in its port, so that it does not wait for this thread's turn. */
const TASKS_A_THREAD = 2;
const THREADS_MAX = 256;
/** A task under which a thread died is tried once more; it may not have been the task's fault. */
const DEATHS_MAX = 2;

/** Starts the threads; resolves when each has loaded the program and is warm. Rejects with program-invalid or worker-died. */
export async function openWorkerPool<J extends Jobs>(
  program: WorkerProgram<J>,
  options: WorkerPoolOptions = {},
): Promise<WorkerPool<J>> {
  const pool = new WorkerPool(program, options);
  await pool.untilReady();
  return pool;
}

/**
 * A fixed number of threads that run a program's jobs. Inputs and outputs are copied (structured clone) but for SharedArrayBuffers,
 * which are shared. A thread that dies is replaced; the task it was working on is tried once more, then refused with worker-died. The
 * pool does not keep the process up while it has nothing to do.
 */
export class WorkerPool<J extends Jobs> {
  /** How many threads were asked for. */
  readonly threads: number;
  readonly #program: WorkerProgram<J>;
  readonly #waitingMax: number;
  readonly #heapMaxMiB: number | undefined;
  readonly #live = new Set<ThreadHandle>();
  /** Threads that are up, or coming up. */
  readonly #starting = new Map<ThreadHandle, Promise<void>>();
  readonly #waiting: Task[] = [];
  readonly #roomWanted: (() => void)[] = [];
  readonly #drained: (() => void)[] = [];
  #unanswered = 0;
  #nextId = 0;
  #closed = false;
  #lastDeath: Error | undefined;

  constructor(program: WorkerProgram<J>, options: WorkerPoolOptions) {
    const { threads = availableParallelism(), waitingMax = 1024, heapMaxMiB } = options;
    checkWhole('threads', threads, THREADS_MAX);
    checkWhole('waitingMax', waitingMax, Number.MAX_SAFE_INTEGER);
    this.#program = program;
    this.threads = threads;
    this.#waitingMax = waitingMax;
    this.#heapMaxMiB = heapMaxMiB;
    for (let i = 0; i < threads; i++) this.#start();
  }

  /** Resolves when every thread is up; ends all of them if one cannot be. */
  async untilReady(): Promise<void> {
    try {
      await Promise.all(this.#starting.values());
    } catch (error) {
      await this.terminate();
      throw error;
    }
  }

  /**
   * Runs a job on the next free thread; tasks begin in the order they came. Rejects with the job's own error, or with pool-busy,
   * pool-closed, worker-died, job-invalid.
   */
  run<K extends keyof J & string>(job: K, input: JobInput<J, K>): Promise<JobOutput<J, K>> {
    if (this.#waiting.length >= this.#waitingMax) {
      const error = new ComputeError(
        'pool-busy',
        `${this.#waiting.length} tasks wait already; at most ${this.#waitingMax} may`,
      );
      return Promise.reject(error);
    }
    return this.#admit(job, input);
  }

  /**
   * Runs a job on every input and gives the outcomes in the order of the inputs. An input is taken only when fewer than `aheadMax` are
   * under way or not yet fetched, so a slow reader slows the source down. One failing input fails alone.
   */
  async *map<K extends keyof J & string>(
    job: K,
    inputs: Iterable<JobInput<J, K>> | AsyncIterable<JobInput<J, K>>,
    options: MapOptions = {},
  ): AsyncGenerator<Outcome<JobOutput<J, K>>, void, void> {
    const { aheadMax = 4 * this.threads } = options;
    checkWhole('aheadMax', aheadMax, Number.MAX_SAFE_INTEGER);
    const source = Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();
    const due: Promise<Outcome<JobOutput<J, K>>>[] = [];
    let upcoming: Promise<IteratorResult<JobInput<J, K>>> | undefined;
    let isOver = false;
    try {
      for (;;) {
        if (!isOver && due.length < aheadMax) upcoming ??= Promise.resolve(source.next());
        if (upcoming === undefined && due.length === 0) return;
        // Whichever comes first: a source that takes its time does not hold up results that are there.
        const arrived = await Promise.race([
          ...(upcoming === undefined ? [] : [upcoming.then((input) => ({ input, outcome: undefined }))]),
          ...due.slice(0, 1).map((first) => first.then((outcome) => ({ input: undefined, outcome }))),
        ]);
        if (arrived.outcome !== undefined) {
          due.shift();
          yield arrived.outcome;
          continue;
        }
        upcoming = undefined;
        isOver = arrived.input.done === true;
        if (arrived.input.done === true) continue;
        while (this.#waiting.length >= this.#waitingMax && !this.#closed) await this.#room();
        due.push(outcomeOf(this.#admit(job, arrived.input.value)));
      }
    } finally {
      // Where the reader stopped early, what is under way is waited for, so that nothing runs on behind its back.
      if (!isOver) await source.return?.();
      await Promise.all(due);
    }
  }

  /** Takes no more tasks, waits for those it has, and ends the threads. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callAll(this.#roomWanted);
    if (this.#unanswered > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
    await this.terminate();
  }

  /** Ends the threads at once; tasks that were not answered are rejected with pool-closed. */
  async terminate(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#live];
    // Taken now: a thread that is still coming up ends as one that could not, and would have them rejected for want of threads.
    const waiting = this.#waiting.splice(0);
    this.#live.clear();
    this.#starting.clear();
    const left = (await Promise.all(threads.map((thread) => thread.end()))).flat();
    for (const task of [...left, ...waiting]) task.reject(closedError(this.#program.name));
    this.#callAll(this.#roomWanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #admit<K extends keyof J & string>(job: K, input: JobInput<J, K>): Promise<JobOutput<J, K>> {
    if (this.#closed) return Promise.reject(closedError(this.#program.name));
    if (this.#live.size === 0) return Promise.reject(this.#noThreadLeft());
    this.#unanswered += 1;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.push({ id: this.#nextId++, job, input, deaths: 0, resolve, reject });
    });
    this.#handOut();
    // The thread runs the job of that name, so its answer has that job's type.
    return answer.finally(() => {
      this.#unanswered -= 1;
      if (this.#unanswered === 0) this.#callAll(this.#drained);
    }) as Promise<JobOutput<J, K>>;
  }

  /** Gives waiting tasks to threads, the least occupied first, so that one task each comes before a second. */
  #handOut(): void {
    while (this.#waiting.length > 0) {
      let freest: ThreadHandle | undefined;
      for (const thread of this.#live) {
        if (this.#starting.has(thread)) continue;
        if (freest === undefined || thread.taskCount < freest.taskCount) freest = thread;
      }
      if (freest === undefined || freest.taskCount >= TASKS_A_THREAD) return;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      try {
        freest.give(task);
      } catch (error) {
        task.reject(error instanceof Error ? error : new Error(String(error)));
      }
      this.#roomWanted.shift()?.();
    }
  }

  #start(): void {
    const thread = new ThreadHandle(
      { module: this.#program.module, name: this.#program.name, heapMaxMiB: this.#heapMaxMiB },
      {
        answered: () => this.#handOut(),
        died: (dead, tasks, cause) => this.#replace(dead, tasks, cause),
        revive: (error) => this.#program.reviveError?.(error) ?? unknownError(error),
      },
    );
    this.#live.add(thread);
    this.#starting.set(
      thread,
      thread.ready.then(
        () => {
          this.#starting.delete(thread);
          this.#handOut();
        },
        async (error: Error) => {
          this.#starting.delete(thread);
          this.#live.delete(thread);
          this.#lastDeath = error;
          await thread.end();
          // A program that does not load would not load in another thread either: the pool goes on with those it has.
          if (this.#live.size === 0) {
            for (const task of this.#waiting.splice(0)) task.reject(this.#noThreadLeft());
            this.#callAll(this.#roomWanted);
          }
          throw error;
        },
      ),
    );
    // untilReady() hears of it on opening; later the pool is only smaller.
    this.#starting.get(thread)?.catch(() => undefined);
  }

  #replace(dead: ThreadHandle, tasks: readonly Task[], cause: Error): void {
    // One that died while loading is dealt with where its `ready` rejects.
    if (!this.#live.has(dead) || this.#starting.has(dead)) return;
    this.#live.delete(dead);
    this.#lastDeath = cause;
    const [blamed, ...others] = tasks;
    const again: Task[] = [...others];
    if (blamed !== undefined) {
      blamed.deaths += 1;
      if (blamed.deaths < DEATHS_MAX) again.unshift(blamed);
      else {
        const what = `${blamed.deaths} threads died running job '${blamed.job}': ${cause.message}`;
        blamed.reject(new ComputeError('worker-died', what, { cause }));
      }
    }
    this.#waiting.unshift(...again);
    this.#start();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => this.#roomWanted.push(resolve));
  }

  #callAll(callbacks: (() => void)[]): void {
    for (const call of callbacks.splice(0)) call();
  }

  #noThreadLeft(): ComputeError {
    const why = this.#lastDeath?.message ?? 'none started';
    return new ComputeError('worker-died', `no thread of '${this.#program.name}' is left: ${why}`, {
      cause: this.#lastDeath,
    });
  }
}

async function outcomeOf<T>(answer: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await answer };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function unknownError(error: PlainError): ComputeError {
  const failure = new ComputeError('job-failed', `${error.name}: ${error.message}`, { cause: error });
  if (error.stack !== undefined) failure.stack = error.stack;
  return failure;
}

function closedError(name: string): ComputeError {
  return new ComputeError('pool-closed', `the pool of '${name}' was closed`);
}

function checkWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new ComputeError('job-invalid', `${name} is ${value}; valid are whole numbers 1..${most}`);
}
