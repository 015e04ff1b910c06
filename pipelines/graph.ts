/** Keeps the graph: agents, interactions, incidents, decisions and signatures into Neo4j, exactly once. */
import { type SinkWorkerOptions, sinkWorker } from '../src/sinks/sink-task.ts';
import type { WorkerSpec } from '../src/streams/worker.ts';

export function graph(options: Omit<SinkWorkerOptions, 'name'>): WorkerSpec {
  return sinkWorker({ name: 'graph', ...options });
}
