import { TopologyError } from '../errors.ts';
import { checkPoints, type Distances, lowerTriangle } from '../filtrations/distances.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES } from '../filtrations/flag.ts';
import { mergeSurveys } from '../filtrations/nearest.ts';
import type { OpenPairs } from '../filtrations/relative-neighbourhood.ts';
import type { Persistence } from '../homology/persistence.ts';
import type { JobOptions, Rows } from './jobs.ts';
import type { Workers } from './workers.ts';

/** Below this many points sharing out costs about as much as it saves (measured with two threads). */
export const PARALLEL_POINTS_MIN = 800;
/** Parts a thread: rows differ in how much there is to find, and a thread that is done early takes another part. */
const PARTS_A_THREAD = 4;

export interface ParallelOptions extends JobOptions {
  /** Inputs of fewer points are computed by one of the threads. Default PARALLEL_POINTS_MIN. */
  readonly sharedFromPoints?: number;
}

/**
 * The persistent homology of the Rips filtration of one large input, on several threads, while the caller's stays free. The result is
 * that of persistence(ripsOfLowerTriangle(...)), bit for bit.
 *
 * Two steps are shared out by rows: finding neighbours and enclosing radius, and finding the edges whose lune is empty. Sorting and
 * reduction run on one thread.
 *
 * @param lower the lower triangle row by row; taken as it stands where it lies in shared memory, else copied there once
 * @throws TopologyError as ripsOfLowerTriangle() and persistence() do
 */
export async function persistenceInParallel(
  workers: Workers,
  lower: Float64Array | Float32Array,
  count: number,
  options: ParallelOptions = {},
): Promise<Persistence> {
  return ofDistances(workers, lowerTriangle(shared(lower), count), options);
}

/**
 * The same for points: distances are computed on several threads too. The result is that of persistence(ripsOfPoints(...)).
 *
 * @param points n x dimension, row by row
 */
export async function persistenceOfPointsInParallel(
  workers: Workers,
  points: Float64Array,
  dimension: number,
  options: ParallelOptions = {},
): Promise<Persistence> {
  checkPoints(points, dimension);
  const count = points.length / dimension;
  const pairs = (count * (count - 1)) / 2;
  const limit = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES;
  if (8 * pairs > limit) {
    const what = `the distances among ${count} points need an estimated number of bytes`;
    throw new TopologyError('TOPOLOGY_TOO_LARGE', what, 8 * pairs, `at most ${limit}; raise memoryLimitBytes`);
  }
  if (isSmall(count, workers, options)) return workers.run('points', { points, dimension, options });
  const distances = { count, lower: new Float64Array(new SharedArrayBuffer(8 * pairs)) };
  const parts = evenRows(count, workers.threads);
  await Promise.all(
    parts.map((rows) => workers.run('fillDistances', { ...distances, ...rows, points: shared(points), dimension })),
  );
  return ofDistances(workers, distances, options);
}

async function ofDistances(workers: Workers, distances: Distances, options: ParallelOptions): Promise<Persistence> {
  const { count } = distances;
  const wanted = options.threshold ?? Number.POSITIVE_INFINITY;
  if (!(wanted >= 0)) throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'threshold', wanted, 'a number of at least 0');
  if (isSmall(count, workers, options)) return workers.run('rips', { ...distances, options });

  const [first, ...others] = await Promise.all(
    evenRows(count, workers.threads).map((rows) => workers.run('surveyRows', { ...distances, ...rows })),
  );
  const nearest = mergeSurveys(count, [first, ...others]);
  const threshold = Math.min(wanted, nearest.radius);
  const limit = Math.min(threshold, Number.MAX_VALUE);
  const found = await Promise.all(
    evenRows(count, PARTS_A_THREAD * workers.threads).map((rows) =>
      workers.run('openPairs', { ...distances, ...rows, nearest, limit }),
    ),
  );
  return workers.run('ripsOfPairs', { ...distances, threshold, pairs: joined(found), options });
}

function isSmall(count: number, workers: Workers, options: ParallelOptions): boolean {
  return workers.threads === 1 || count < (options.sharedFromPoints ?? PARALLEL_POINTS_MIN);
}

/** Ranges of rows that hold about as many pairs each; all rows, in order. */
function evenRows(count: number, parts: number): Rows[] {
  const ends = Array.from({ length: parts }, (_, k) => Math.round(count * Math.sqrt((k + 1) / parts)));
  return ends.map((to, k) => ({ from: k === 0 ? 0 : ends[k - 1], to }));
}

function joined(parts: readonly OpenPairs[]): OpenPairs {
  const size = parts.reduce((sum, { values }) => sum + values.length, 0);
  const tails = new Int32Array(size);
  const heads = new Int32Array(size);
  const values = new Float64Array(size);
  let at = 0;
  let within = 0;
  for (const part of parts) {
    tails.set(part.tails, at);
    heads.set(part.heads, at);
    values.set(part.values, at);
    at += part.values.length;
    within += part.within;
  }
  return { tails, heads, values, within };
}

/** The same numbers in memory that threads share. */
export function shared(values: Float64Array | Float32Array): Float64Array {
  if (values instanceof Float64Array && values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Float64Array(new SharedArrayBuffer(8 * values.length));
  copy.set(values);
  return copy;
}
