/** What a thread can be asked to do, by name. A job is synchronous and depends on its input alone, so that it may be run again elsewhere. */
export type Jobs = Readonly<Record<string, (input: never) => unknown>>;

/**
 * A module whose export `jobs` is a `J`. It may export `warm()`, run once in each thread before its first task, so that the first
 * inputs do not wait for the compiler.
 */
export interface WorkerProgram<J extends Jobs> {
  readonly name: string;
  readonly module: URL;
  /** Makes an error of the program's own out of what was sent; undefined for one it does not know. */
  readonly reviveError?: (error: PlainError) => Error | undefined;
  /** Carries the jobs' types; never set. */
  readonly jobs?: J;
}

/** An error as it goes from thread to thread: its message, stack and its own fields, those left out that cannot be copied. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type JobInput<J extends Jobs, K extends keyof J> = Parameters<J[K]>[0];
export type JobOutput<J extends Jobs, K extends keyof J> = ReturnType<J[K]>;
