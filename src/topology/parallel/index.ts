/**
 * Persistent homology on several threads: one large input (persistence-in-parallel.ts) or many small ones (jobs.ts through a pool's
 * map()). Threads come in as an argument; `topologyProgram` is what they load.
 */
export type { CellResult, JobOptions, TopologyJobs } from './jobs.ts';
export {
  PARALLEL_POINTS_MIN,
  type ParallelOptions,
  persistenceInParallel,
  persistenceOfPointsInParallel,
  shared,
} from './persistence-in-parallel.ts';
export { persistenceOfWitnesses } from './persistence-of-witnesses.ts';
export { topologyProgram } from './program.ts';
export type { Workers } from './workers.ts';
