import type { Call } from './call.ts';
import type { Fault } from './faults.ts';
import type { AgentPlan } from './layout.ts';
import { Random } from './random.ts';

/** What became of the requests that an agent received; all but the last two add up to `received` less those it still holds. */
export interface RequestCounts {
  received: number;
  served: number;
  /** Taken and then answered with an error, or dropped when it died or was restarted. */
  failed: number;
  /** Refused because the queue was full. */
  rejected: number;
  /** Refused by a throttle. */
  throttled: number;
  /** Received while it was dead or restarting. */
  lost: number;
  /** Sum of the latencies of what was taken and answered, in ms, and their number. */
  latencySumMs: number;
  latencyCount: number;
}

/** Calls to one callee that ended since the last report. */
export interface EdgeCounts {
  count: number;
  errors: number;
  latencySumMs: number;
}

export type Condition = 'up' | 'dead' | 'restarting';

function noRequests(): RequestCounts {
  return { received: 0, served: 0, failed: 0, rejected: 0, throttled: 0, lost: 0, latencySumMs: 0, latencyCount: 0 };
}

/** One agent of the simulation: its plan, its queue, what it counts, and what is being done to it. */
export class SimulatedAgent {
  readonly place: number;
  readonly plan: AgentPlan;
  /** Service times, admission, routing. */
  readonly random: Random;
  /** Arrivals from outside, apart so that what happens inside leaves them alone. */
  readonly arrivals: Random;
  readonly jitter: Random;

  condition: Condition = 'up';
  /** Raised when it dies or is restarted: what it was working on is gone. */
  incarnation = 0;
  readonly queue: Call[] = [];
  /** In the order they were begun. */
  readonly running = new Set<Call>();

  readonly faults: Fault[] = [];
  /** Share of requests let in by each throttle on it. */
  readonly throttles = new Map<string, number>();
  /** Interventions that keep all traffic from it. */
  readonly isolations = new Set<string>();
  /** Interventions that send its traffic to its peers. */
  readonly reroutes = new Set<string>();
  /** An event of its stream of arrivals is under way, and whether that is an arrival or only a look at the rate. */
  hasArrival = false;
  arrivalDue = false;

  /** Since the beginning. */
  readonly total = noRequests();
  /** Since the last heartbeat. */
  recent = noRequests();
  recentRetries = 0;
  recentEdges = new Map<number, EdgeCounts>();
  reportedMs: number;
  /** Integral of the busy slots since the last heartbeat, in slot-ms. */
  busyIntegral = 0;
  #busySinceMs: number;

  constructor(place: number, plan: AgentPlan, seed: number, startMs: number) {
    this.place = place;
    this.plan = plan;
    this.random = new Random(seed, `work/${plan.agent}`);
    this.arrivals = new Random(seed, `arrivals/${plan.agent}`);
    this.jitter = new Random(seed, `jitter/${plan.agent}`);
    this.reportedMs = startMs;
    this.#busySinceMs = startMs;
  }

  get reachable(): boolean {
    return this.isolations.size === 0 && this.reroutes.size === 0 && this.condition === 'up';
  }

  /** Share of requests let in. */
  get keep(): number {
    return this.throttles.size === 0 ? 1 : Math.min(...this.throttles.values());
  }

  /** Adds the time since the last change to the integral; call it before the number of busy slots changes. */
  accrue(nowMs: number): void {
    this.busyIntegral += this.running.size * (nowMs - this.#busySinceMs);
    this.#busySinceMs = nowMs;
  }

  /** Time since the oldest request that it holds arrived, in ms; 0 where it holds none. */
  oldestMs(nowMs: number): number {
    for (const call of this.running) return nowMs - call.sentMs;
    return 0;
  }

  countEdge(callee: number, failed: boolean, latencyMs: number): void {
    let edge = this.recentEdges.get(callee);
    if (edge === undefined) {
      edge = { count: 0, errors: 0, latencySumMs: 0 };
      this.recentEdges.set(callee, edge);
    }
    edge.count++;
    edge.latencySumMs += latencyMs;
    if (failed) edge.errors++;
  }

  /** Begins a new report. */
  resetRecent(nowMs: number): void {
    this.accrue(nowMs);
    this.busyIntegral = 0;
    this.recent = noRequests();
    this.recentRetries = 0;
    this.recentEdges = new Map();
    this.reportedMs = nowMs;
  }
}
