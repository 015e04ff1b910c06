import { quantile, rounded } from '../machine.ts';
import type { BarSummary, Peer } from '../peers/peer.ts';
import type { BenchInput, Instance } from './inputs.ts';
import { type Answer, agree } from './ours.ts';

export interface Times {
  readonly rounds: number;
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  /** The shortest round: what is left of a time on a machine that others keep busy. */
  readonly bestMs: number | null;
}

/** A program in the comparison. */
export interface PeerTimes extends Times {
  /** Our median over its median. */
  readonly ratio: number | null;
  /** Our best over its best. */
  readonly bestRatio: number | null;
  /** Whether its bars were ours, in number and total length, every round. */
  readonly sameBars: boolean;
}

export interface Comparison {
  readonly name: string;
  readonly dims: string;
  readonly points: number;
  readonly ours: Times;
  /** Large inputs only: our median on two threads over that on one, and over giotto-ph's on two. */
  readonly oursOnTwoThreads:
    | (Times & {
        readonly ratioToOne: number | null;
        readonly ratioToGiottoPh: number | null;
        readonly sameBars: boolean;
      })
    | null;
  readonly peers: Readonly<Record<string, PeerTimes>>;
  /** Of the first instance. */
  readonly bars: BarSummary;
}

/** One of those that take turns. */
export interface Contestant {
  readonly name: string;
  run(instance: number, input: BenchInput): Promise<Answer>;
}

export const OURS_ON_TWO = 'ours, 2 threads';
export const GIOTTO_ON_TWO = 'giotto-ph, 2 threads';

/** A call that takes longer is not repeated. */
const LONG_MS = 3_000;
const ROUNDS_MAX = 300;
const ROUNDS_MIN = 5;
/** On a machine that others keep busy, rounds end when this many budgets of wall time have passed. */
const BUDGETS_MAX = 4;
/** Calls of ours before the clock counts: the compiler is done by then. */
const WARM_MS = 400;

/** All take turns on the same instance, round by round, so that a noisy moment meets all of them. The first one is ours. */
export async function compare(
  input: BenchInput,
  contestants: readonly [Contestant, ...Contestant[]],
  budgetMs: number,
): Promise<Comparison> {
  const [ours] = contestants;
  const first = await ours.run(0, input);
  for (const contestant of contestants) {
    if (contestant !== ours && contestant.name !== OURS_ON_TWO) continue;
    for (let spent = 0, k = 0; spent < WARM_MS; k++) {
      spent += (await contestant.run(k % input.instances.length, input)).ms;
    }
  }
  const times = new Map<Contestant, number[]>();
  const differing = new Set<Contestant>();
  let roundMs = 0;
  for (const contestant of contestants) {
    const { ms, bars } = await contestant.run(0, input);
    if (!agree(first.bars, bars)) differing.add(contestant);
    times.set(contestant, ms > LONG_MS ? [ms] : []);
    if (ms <= LONG_MS) roundMs += ms;
  }
  const rounds = Math.min(ROUNDS_MAX, Math.max(ROUNDS_MIN, input.instances.length, Math.floor(budgetMs / roundMs)));
  const deadline = performance.now() + BUDGETS_MAX * budgetMs;
  for (let round = 0; round < rounds; round++) {
    if (round >= ROUNDS_MIN && performance.now() > deadline) break;
    const instance = round % input.instances.length;
    let expected: BarSummary | undefined;
    for (const contestant of contestants) {
      const samples = times.get(contestant) ?? [];
      if (samples.length === 1 && samples[0] > LONG_MS) continue;
      const { ms, bars } = await contestant.run(instance, input);
      samples.push(ms);
      expected ??= bars;
      if (!agree(expected, bars)) differing.add(contestant);
    }
  }
  const median = (contestant: Contestant): number | null => quantile(times.get(contestant) ?? [], 0.5);
  const best = (contestant: Contestant): number | null => quantile(times.get(contestant) ?? [], 0);
  const timesOf = (contestant: Contestant): Times => summaryOfTimes(times.get(contestant) ?? []);
  const onTwo = contestants.find(({ name }) => name === OURS_ON_TWO);
  const giottoOnTwo = contestants.find(({ name }) => name === GIOTTO_ON_TWO);
  const ratio = (of: (contestant: Contestant) => number | null, one: Contestant, other: Contestant): number | null => {
    const [a, b] = [of(one), of(other)];
    return a === null || b === null ? null : rounded(a / b, 3);
  };
  return {
    name: input.name,
    dims: input.maxDimension === 0 ? 'H0' : `H0-${input.maxDimension}`,
    points: input.instances[0].count,
    ours: timesOf(ours),
    oursOnTwoThreads:
      onTwo === undefined
        ? null
        : {
            ...timesOf(onTwo),
            ratioToOne: ratio(median, onTwo, ours),
            ratioToGiottoPh: giottoOnTwo === undefined ? null : ratio(median, onTwo, giottoOnTwo),
            sameBars: !differing.has(onTwo),
          },
    peers: Object.fromEntries(
      contestants
        .filter((contestant) => contestant !== ours && contestant !== onTwo)
        .map((contestant) => [
          contestant.name,
          {
            ...timesOf(contestant),
            ratio: ratio(median, ours, contestant),
            bestRatio: ratio(best, ours, contestant),
            sameBars: !differing.has(contestant),
          },
        ]),
    ),
    bars: first.bars,
  };
}

export function summaryOfTimes(samples: readonly number[]): Times {
  return {
    rounds: samples.length,
    medianMs: rounded(quantile(samples, 0.5), 4),
    p99Ms: rounded(quantile(samples, 0.99), 4),
    bestMs: rounded(quantile(samples, 0), 4),
  };
}

/** A peer as a contestant; its process has loaded the instances under these names. */
export function peerContestant(name: string, peer: Peer, threads: number): Contestant {
  return {
    name,
    run: (instance, input) =>
      peer.run({
        input: instanceName(input, instance),
        maxDimension: input.maxDimension,
        threshold: input.threshold,
        threads,
      }),
  };
}

export function instanceName(input: BenchInput, instance: number): string {
  return `${input.name} H${input.maxDimension} ${instance}`;
}

export function triangleBytes({ lower }: Instance): Uint8Array {
  return new Uint8Array(Float32Array.from(lower).buffer);
}
