/** What can go wrong in this folder; a code is stable. */
export type ComputeErrorCode =
  /** No provider of those asked for could load the program. */
  | 'device-unavailable'
  /** The program's file does not have the inputs and outputs of a step. */
  | 'program-invalid'
  /** A batch's arrays do not fit its row count. */
  | 'batch-shape'
  /** More steps, or more rows of them, are waiting than the runner admits. */
  | 'runner-busy'
  /** A step failed on the CPU too, where nothing is left to fall back to. */
  | 'step-failed'
  /** The runner was closed. */
  | 'runner-closed'
  /** More tasks are waiting than the pool admits. */
  | 'pool-busy'
  /** The pool was closed. */
  | 'pool-closed'
  /** The thread died under a task and, where the task was tried again, died a second time; or no thread is left. */
  | 'worker-died'
  /** A job failed with an error that its program does not know how to carry from thread to thread. */
  | 'job-failed'
  /** A job's name, or an input or output that cannot be sent to a thread. */
  | 'job-invalid';

export class ComputeError extends Error {
  override readonly name = 'ComputeError';
  readonly code: ComputeErrorCode;

  constructor(code: ComputeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
