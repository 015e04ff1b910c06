import { Worker } from 'node:worker_threads';
import { ComputeError } from '../errors.ts';
import type { ThreadMessage } from './messages.ts';
import type { PlainError } from './program.ts';

/** A task and the promise of its caller. */
export interface Task {
  readonly id: number;
  readonly job: string;
  readonly input: unknown;
  /** Threads that died under it. */
  deaths: number;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface ThreadEvents {
  /** An answer came; the task is already off the thread's list. */
  readonly answered: (thread: ThreadHandle) => void;
  /** The thread is gone; `tasks` are those it had not answered, the first of which it was working on. */
  readonly died: (thread: ThreadHandle, tasks: readonly Task[], cause: Error) => void;
  readonly revive: (error: PlainError) => Error;
}

export interface ThreadOptions {
  readonly module: URL;
  readonly name: string;
  /** Heap limit of the thread, MiB; memory shared between threads does not count. */
  readonly heapMaxMiB: number | undefined;
}

/** One thread and the tasks it was given, oldest first. It keeps the process up only while it has some. */
export class ThreadHandle {
  /** Settles when the program is loaded and warm, or could not be. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #tasks: Task[] = [];
  #ended = false;
  #cause: Error | undefined;

  constructor(options: ThreadOptions, events: ThreadEvents) {
    this.#events = events;
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      name: options.name,
      workerData: { module: options.module.href },
      ...(options.heapMaxMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.heapMaxMiB } }),
    });
    this.ready = this.#untilReady(options.module);
    this.#worker.on('error', (cause) => {
      this.#cause = cause instanceof Error ? cause : new Error(String(cause));
    });
    // An answer that cannot be read is lost, and the order of answers with it.
    this.#worker.on('messageerror', (cause) => {
      this.#cause = cause;
      void this.#worker.terminate();
    });
    // Comes after 'error', also where the thread ended itself.
    this.#worker.on('exit', (code) => {
      if (this.#ended) return;
      this.#ended = true;
      const cause = this.#cause ?? new Error(`the thread ended with code ${code}`);
      this.#events.died(this, this.#tasks.splice(0), cause);
    });
  }

  get taskCount(): number {
    return this.#tasks.length;
  }

  /** @throws ComputeError job-invalid if the input cannot be copied to a thread */
  give(task: Task): void {
    try {
      this.#worker.postMessage({ id: task.id, job: task.job, input: task.input });
    } catch (cause) {
      throw new ComputeError('job-invalid', `the input of job '${task.job}' cannot be sent to a thread`, { cause });
    }
    this.#tasks.push(task);
    if (this.#tasks.length === 1) this.#worker.ref();
  }

  /** Ends the thread at once; the tasks it still had, which nobody answers any more. */
  async end(): Promise<readonly Task[]> {
    this.#ended = true;
    await this.#worker.terminate();
    return this.#tasks.splice(0);
  }

  #untilReady(module: URL): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.on('message', (message: ThreadMessage) => {
        switch (message.kind) {
          case 'ready':
            this.#worker.unref();
            resolve();
            break;
          case 'failed-to-load':
            reject(
              new ComputeError('program-invalid', `${module.href} cannot be loaded: ${message.error.message}`, {
                cause: message.error,
              }),
            );
            break;
          default:
            this.#answer(message);
        }
      });
      this.#worker.once('exit', (code) => {
        const why = this.#cause?.message ?? `exit code ${code}`;
        reject(new ComputeError('worker-died', `a thread ended before it was ready: ${why}`, { cause: this.#cause }));
      });
    });
  }

  #answer(message: Extract<ThreadMessage, { id: number }>): void {
    const task = this.#tasks.shift();
    if (task === undefined || task.id !== message.id) {
      throw new ComputeError('worker-died', `a thread answered task ${message.id}, but ${task?.id ?? 'none'} was due`);
    }
    if (this.#tasks.length === 0) this.#worker.unref();
    if (message.kind === 'done') task.resolve(message.output);
    else task.reject(this.#events.revive(message.error));
    this.#events.answered(this);
  }
}
