import type { PlainError } from './program.ts';

/** What goes to a thread. */
export interface TaskMessage {
  readonly id: number;
  readonly job: string;
  readonly input: unknown;
}

/** What comes back: first `ready` or `failed-to-load`, then one answer a task, in the order of the tasks. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed-to-load'; readonly error: PlainError }
  | { readonly kind: 'done'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError };

/** The error as it can be sent. A field that structured cloning refuses arrives as its text. */
export function plainError(thrown: unknown): PlainError {
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: `a job threw ${String(thrown)}, which is no Error`, stack: undefined, fields: {} };
  }
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(thrown)) {
    if (key !== 'name' && key !== 'message' && key !== 'stack') fields[key] = cloneable(value);
  }
  return { name: thrown.name, message: thrown.message, stack: thrown.stack, fields };
}

function cloneable(value: unknown): unknown {
  if (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol') return value;
  try {
    return structuredClone(value);
  } catch (error) {
    // DataCloneError: functions and the like.
    if (error instanceof DOMException) return String(value);
    throw error;
  }
}
