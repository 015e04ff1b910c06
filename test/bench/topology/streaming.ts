import { strict as assert } from 'node:assert';
import { writeFile } from 'node:fs/promises';
import { euclidean } from '../../../src/topology/filtrations/distances.ts';
import { persistence, ripsOfLowerTriangle } from '../../../src/topology/index.ts';
import { StreamingRips } from '../../../src/topology/streaming/streaming-rips.ts';
import { mulberry32, uniformPoints } from '../../topology/inputs.ts';
import { quantile, rounded } from '../machine.ts';
import type { Peer } from '../peers/peer.ts';
import { summaryOfTimes, type Times, triangleBytes } from './comparison.ts';

const POINTS = 500;
const MOVED = 5;
const DIMENSION = 3;
/** Of the median distance to the nearest neighbour: the standard deviation of a move. */
const MOVE = 0.1;
const WARM_STEPS = 100;
/** So many steps are timed in a row: what starting over leaves to the garbage collector would else be paid for by the steps between. */
const STEPS_A_BLOCK = 100;
/** After each block as many turns of starting over and of Ripser. */
const TURNS_A_BLOCK = 10;

export interface StreamingTimes {
  readonly points: number;
  readonly moved: number;
  readonly streaming: Times;
  readonly scratch: Times;
  readonly ripser: Times | null;
  readonly medianToScratch: number | null;
  readonly medianToRipser: number | null;
  readonly p99ToScratch: number | null;
  readonly p99ToRipser: number | null;
}

/**
 * 500 uniform points of which a fresh 1 % moves at each step, H0-1: bringing the diagrams up to date (distances included) against our own
 * start from distances in memory, and Ripser's, in turns of blocks. At the end of each block the bars are checked to be those of starting
 * over, to the last bit; the tests check every step.
 */
export async function streamingTimes(steps: number, ripser: Peer | undefined, path: string): Promise<StreamingTimes> {
  const points = uniformPoints(POINTS, DIMENSION, 42);
  const random = mulberry32(43);
  const deviation = MOVE * medianNearest(points);
  const stream = new StreamingRips(points, DIMENSION);
  const samples = { streaming: [] as number[], scratch: [] as number[], ripser: [] as number[] };
  for (let step = -WARM_STEPS; step < steps; step++) {
    const changes = distinct(random).map((point) => {
      for (let k = 0; k < DIMENSION; k++) points[point * DIMENSION + k] += deviation * gaussian(random);
      return { point, coordinates: points.slice(point * DIMENSION, (point + 1) * DIMENSION) };
    });
    const streamingFrom = performance.now();
    stream.change(changes);
    const updated = stream.diagrams;
    const streamingMs = performance.now() - streamingFrom;
    if (step >= 0) samples.streaming.push(streamingMs);
    if ((step + 1) % STEPS_A_BLOCK !== 0) continue;

    const { lower } = euclidean(points, DIMENSION);
    await writeFile(path, triangleBytes({ count: POINTS, lower }));
    await ripser?.load('streaming', path, POINTS);
    for (let turn = 0; turn < TURNS_A_BLOCK; turn++) {
      const scratchFrom = performance.now();
      const { diagrams } = persistence(ripsOfLowerTriangle(lower, POINTS));
      const scratchMs = performance.now() - scratchFrom;
      for (const [dimension, { births, deaths }] of diagrams.entries()) {
        assert.deepEqual(updated[dimension].births, births, `births in dimension ${dimension} at step ${step}`);
        assert.deepEqual(updated[dimension].deaths, deaths, `deaths in dimension ${dimension} at step ${step}`);
      }
      const task = { input: 'streaming', maxDimension: 1, threshold: null, threads: 1 };
      const ripserMs = (await ripser?.run(task))?.ms;
      if (step < 0) continue;
      samples.scratch.push(scratchMs);
      if (ripserMs !== undefined) samples.ripser.push(ripserMs);
    }
  }
  const ratio = (q: number, over: readonly number[]): number | null => {
    const [own, other] = [quantile(samples.streaming, q), quantile(over, 0.5)];
    return own === null || other === null ? null : rounded(own / other, 4);
  };
  return {
    points: POINTS,
    moved: MOVED,
    streaming: summaryOfTimes(samples.streaming),
    scratch: summaryOfTimes(samples.scratch),
    ripser: samples.ripser.length === 0 ? null : summaryOfTimes(samples.ripser),
    medianToScratch: ratio(0.5, samples.scratch),
    medianToRipser: ratio(0.5, samples.ripser),
    p99ToScratch: ratio(0.99, samples.scratch),
    p99ToRipser: ratio(0.99, samples.ripser),
  };
}

export function streamingLines(times: StreamingTimes): string {
  const ms = ({ medianMs, p99Ms }: Times): string => `${medianMs} ms (p99 ${p99Ms})`;
  const against = (name: string, other: Times, median: number | null, p99: number | null): string =>
    `  ${name}: ${ms(other)}; ours over its median: median ${median}, p99 ${p99}`;
  return [
    `\nstreaming, ${times.points} points, ${times.moved} moved a step, H0-1: ${ms(times.streaming)}, bars equal`,
    against('starting over', times.scratch, times.medianToScratch, times.p99ToScratch),
    ...(times.ripser === null ? [] : [against('ripser', times.ripser, times.medianToRipser, times.p99ToRipser)]),
  ].join('\n');
}

function distinct(random: () => number): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < MOVED) chosen.add(Math.floor(random() * POINTS));
  return [...chosen];
}

/** Standard normal (Box & Muller 1958). */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function medianNearest(points: Float64Array): number {
  const { lower } = euclidean(points, DIMENSION);
  const nearest = new Float64Array(POINTS).fill(Number.POSITIVE_INFINITY);
  for (let i = 1, pair = 0; i < POINTS; i++) {
    for (let j = 0; j < i; j++, pair++) {
      nearest[i] = Math.min(nearest[i], lower[pair]);
      nearest[j] = Math.min(nearest[j], lower[pair]);
    }
  }
  return quantile([...nearest], 0.5) ?? 0;
}
