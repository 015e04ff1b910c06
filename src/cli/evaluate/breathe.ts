import { setImmediate } from 'node:timers/promises';

/** Lets the program see what came in while it computed, and ends it where that is somebody's wish to stop. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}
