import type { TopologyJobs } from './jobs.ts';

/**
 * Threads that run this folder's jobs: src/compute/worker-pool's WorkerPool, opened with `topologyProgram`, is one. They come in as an
 * argument, because this folder starts nothing itself.
 */
export interface Workers {
  readonly threads: number;
  run<K extends keyof TopologyJobs & string>(
    job: K,
    input: Parameters<TopologyJobs[K]>[0],
  ): Promise<ReturnType<TopologyJobs[K]>>;
}
