/** Keeps the history: everything from snapshots onward into Postgres, exactly once. */
import { type SinkWorkerOptions, sinkWorker } from '../src/sinks/sink-task.ts';
import type { WorkerSpec } from '../src/streams/worker.ts';

export function history(options: Omit<SinkWorkerOptions, 'name'>): WorkerSpec {
  return sinkWorker({ name: 'history', ...options });
}
