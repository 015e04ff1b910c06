/** Latency one at a time and throughput batched, of one protocol in one process with real ed25519 signatures. */
import type { Offer, Vocabulary } from '../../../src/consensus/core.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import { ed25519Signer, type SignatureScheme, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import { LIES } from '../../../src/consensus/simulator/liars.ts';
import type { Lie } from '../../../src/consensus/simulator/model.ts';
import { Random } from '../../../src/consensus/simulator/random.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { quantile, rounded } from '../machine.ts';
import { Cluster, type Seat } from './cluster.ts';
import type { AnyContestant, Contestant, Place } from './contestants.ts';

/** Whether validators verify each signature themselves, or believe what one of their process has verified. */
export type Memory = 'independent' | 'shared';

/** What the Byzantine third does: 'none', or the name of a lie of the simulator. */
export type Fault = 'none' | (string & {});

export interface Setting {
  readonly n: number;
  readonly memory: Memory;
  readonly fault: Fault;
}

export interface Latency {
  readonly rounds: number;
  /** Until every honest validator has committed. ms */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Until the first has. ms */
  readonly firstP50Ms: number | null;
  /** Processor time of one decision at all validators, and what was waited for timers: what p50 tends to on a core of its own. Mean, ms */
  readonly workMs: number | null;
}

export interface Throughput {
  readonly proposals: number;
  /** Proposals that every honest validator has committed. */
  readonly decisionsPerSecond: number | null;
  /** The same by processor time and waits for timers: what it tends to on a core of its own, whatever else the machine does. */
  readonly decisionsPerCoreSecond: number | null;
  /** Of the time, what was waited for timers (skipped, not slept). ms */
  readonly waitedMs: number | null;
}

/** Messages that liars remember. */
const HEARD = 256;

/** Most that is open at a time, as the consensus pipeline has it: four blocks. */
const OPEN_MAX = 4 * 256;

/**
 * Decisions one at a time before the measuring begins: for code to be compiled; and where some are faulty, for leaders to have settled (over
 * a log, nobody leads who has signed nothing in 4n heights; over links, everybody has had a turn or two).
 */
const warmUp = ({ n, fault }: Setting, channel: 'links' | 'log'): number =>
  fault === 'none' ? Math.max(24, n) : channel === 'log' ? 5 * n + 8 : 2 * n + 20;

export interface Limits {
  /** Most decisions one at a time. */
  readonly rounds: number;
  /** Time for these, and for the batched ones. ms */
  readonly latencyMs: number;
  readonly throughputMs: number;
}

export interface Figures {
  readonly latency: Latency;
  readonly throughput: Throughput;
}

/** Both in one cluster, one after the other: where some are faulty, settling takes longer than measuring. */
export function measure(
  contestant: AnyContestant,
  setting: Setting,
  limits: Limits,
  ed25519: SignatureScheme,
): Figures {
  return contestant.with((known) => {
    const proposals = new Proposals();
    const { cluster, verifies } = makeCluster(known, setting, ed25519);
    settle(cluster, proposals, warmUp(setting, known.model.channel));
    verifies();
    const latency = oneAtATime(cluster, proposals, limits);
    return { latency, throughput: batched(cluster, proposals, limits) };
  });
}

function oneAtATime<V extends Vocabulary>(
  cluster: Cluster<V>,
  proposals: Proposals,
  { rounds, latencyMs }: Limits,
): Latency {
  const all: number[] = [];
  const first: number[] = [];
  const work = new Work(cluster);
  for (let i = 0; i < rounds && work.wallMs < latencyMs; i++) {
    const goal = cluster.decided.byAll + 1;
    const atMs = cluster.nowMs();
    let firstMs = Number.NaN;
    cluster.offer(proposals.take(1));
    cluster.run(() => {
      if (Number.isNaN(firstMs) && cluster.decided.byAny >= goal) firstMs = cluster.nowMs() - atMs;
      return cluster.decided.byAll >= goal;
    });
    all.push(cluster.nowMs() - atMs);
    first.push(firstMs);
  }
  return {
    rounds: all.length,
    p50Ms: rounded(quantile(all, 0.5), 3),
    p99Ms: rounded(quantile(all, 0.99), 3),
    firstP50Ms: rounded(quantile(first, 0.5), 3),
    workMs: rounded(work.ms / all.length, 3),
  };
}

function batched<V extends Vocabulary>(
  cluster: Cluster<V>,
  proposals: Proposals,
  { throughputMs }: Limits,
): Throughput {
  const before = cluster.decided.byAll;
  const work = new Work(cluster);
  let offered = before;
  while (work.wallMs < throughputMs) {
    while (offered - cluster.decided.byAll < OPEN_MAX) {
      cluster.offer(proposals.take(256));
      offered += 256;
    }
    cluster.run(() => offered - cluster.decided.byAll < OPEN_MAX);
  }
  const { ms, wallMs, waitedMs } = work;
  const decided = cluster.decided.byAll - before;
  return {
    proposals: decided,
    decisionsPerSecond: rounded((decided / wallMs) * 1000, 0),
    decisionsPerCoreSecond: rounded((decided / ms) * 1000, 0),
    waitedMs: rounded(waitedMs, 0),
  };
}

function settle<V extends Vocabulary>(cluster: Cluster<V>, proposals: Proposals, decisions: number): void {
  for (let i = decisions; i > 0; i--) {
    const goal = cluster.decided.byAll + 1;
    cluster.offer(proposals.take(1));
    cluster.run(() => cluster.decided.byAll >= goal);
  }
}

type Clock = Pick<Cluster<Vocabulary>, 'nowMs' | 'skippedMs'>;

/** Time since it was made, in three ways; what was skipped counts in all of them. */
class Work {
  readonly #cluster: Clock;
  readonly #cpu = process.cpuUsage();
  readonly #startedMs: number;
  readonly #skippedMs: number;

  constructor(cluster: Clock) {
    this.#cluster = cluster;
    this.#startedMs = cluster.nowMs();
    this.#skippedMs = cluster.skippedMs;
  }

  get wallMs(): number {
    return this.#cluster.nowMs() - this.#startedMs;
  }

  get waitedMs(): number {
    return this.#cluster.skippedMs - this.#skippedMs;
  }

  /** Processor time and waits. */
  get ms(): number {
    const { user, system } = process.cpuUsage(this.#cpu);
    return (user + system) / 1000 + this.waitedMs;
  }
}

/** Offers in the order of their offsets. The digests are made up, and fast: hashing a record's bytes is not agreement. */
class Proposals {
  #next = 0;
  readonly #random = new Random(3);

  take(count: number): Offer[] {
    return Array.from({ length: count }, () => {
      const offset = this.#next++;
      const digest = new Uint8Array(32);
      const words = new Uint32Array(digest.buffer);
      for (let i = 0; i < words.length; i++) words[i] = this.#random.next() * 0x1_0000_0000;
      const proposal = { offset, digest, decidedMs: 1_700_000_000_000 + offset };
      return { proposal, check: { verdict: 'approve', dryRun: false } };
    });
  }
}

interface Made<V extends Vocabulary> {
  readonly cluster: Cluster<V>;
  /** From now on validators verify as the setting says; before, the warm-up is shortened by one memory for all. */
  verifies(): void;
}

function makeCluster<V extends Vocabulary>(
  contestant: Contestant<V>,
  { n, memory, fault }: Setting,
  ed25519: SignatureScheme,
): Made<V> {
  const { model } = contestant;
  const pairs = Array.from({ length: n }, (_, i) => keyPairFromSeed(new Uint8Array(32).fill(i + 1)));
  const id = (i: number): string => `v${String(i).padStart(2, '0')}`;
  const set = createValidatorSet(pairs.map(({ publicKey }, i) => ({ id: id(i), publicKey })));
  const instance = createInstance(model.protocol, 'bench/aura.proposals/0', set);
  const one = new VerifiedSignatures(ed25519);
  let isWarm = false;
  const memories = pairs.map(() => (memory === 'shared' ? one : new VerifiedSignatures(ed25519)));
  const places = pairs.map((pair, index): Place => {
    const own = memories[index];
    const scheme: SignatureScheme = {
      verify: (...given) => (isWarm ? own : one).verify(...given),
      verifyAll: (claims) => (isWarm ? own : one).verifyAll(claims),
    };
    return { instance, index, scheme, signer: own.signer(one.signer(ed25519Signer(pair))) };
  });
  const faulty = fault === 'none' ? 0 : set.faulty;
  const random = new Random(1);
  const signers = places.map(({ signer }) => signer);
  const world = { instance, scheme: one, signers, random, timeoutMs: 500, bug: null };
  const lies: Readonly<Record<string, Lie<V>>> = { ...LIES, ...model.begin(world).lies };
  const lie = lies[fault];
  const heard: V['message'][] = [];
  let said = 0;
  const seats = places.map((place, index): Seat<V> => {
    const seat: Seat<V> = {
      machine: contestant.create(place),
      // With one memory for all there is one signature at a time to verify.
      get memory() {
        return isWarm && memory === 'independent' ? memories[index] : undefined;
      },
    };
    // Not the first ones: those are heavy at the start where votes weigh, and would flatter it or not.
    if (index < n - faulty) return seat;
    // No lie of the bench changes what is signed.
    const resigned = (message: V['message']): V['message'] => message;
    const tools = { random, index, replicas: n, machine: seat.machine, heard, resigned };
    return {
      machine: seat.machine,
      distort: (saying) => {
        if (heard.length < HEARD) heard.push(saying.message);
        else heard[said++ % HEARD] = saying.message;
        return lie(saying, tools);
      },
    };
  });
  const honest = Array.from({ length: n - faulty }, (_, i) => i);
  const cluster = new Cluster({ channel: model.channel, seats, honest, scheme: ed25519 });
  return {
    cluster,
    verifies: () => {
      isWarm = true;
    },
  };
}
