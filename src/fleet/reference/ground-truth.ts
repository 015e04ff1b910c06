import type { SimulatedAgent } from './agent.ts';
import type { FaultKind } from './faults.ts';

/** Why an agent counts as failed. */
export type FailureCause = 'dead' | 'errors' | 'latency';

/** A time in which an agent was failed, by the definition of `GroundTruth`. */
export interface Failure {
  readonly agent: string;
  readonly fromMs: number;
  /** Null: it goes on. */
  readonly toMs: number | null;
  /** What it began with. */
  readonly cause: FailureCause;
  /** The fault that the agent itself had then; null: it was drawn in by others. */
  readonly fault: FaultKind | null;
}

/** How often the agents are judged, in ms. */
export const JUDGE_EVERY_MS = 1000;
/** Times in a row that the verdict must be the same before it changes, except that death counts at once. */
const STEADY = 3;
const ERROR_RATE = 0.5;
const LATENCY_FACTOR = 5;

interface Watch {
  verdict: FailureCause | null;
  /** First time of the present run of verdicts that differ from the accepted state. */
  sinceMs: number;
  run: number;
  failure: { agent: string; fromMs: number; cause: FailureCause; fault: FaultKind | null } | null;
  requests: { served: number; bad: number; latencySumMs: number; latencyCount: number };
}

/**
 * Decides which agents have failed, every second of virtual time, from what the simulation knows and the heartbeats need not tell.
 *
 * An agent is failing in a second in which it is dead, or more than half of the requests that ended were errors or
 * refusals (throttled ones apart), or the mean latency of those that ended, or the age of the oldest where none ended, was above five times
 * its nominal latency. It has failed from the first of three such seconds in a row, and at once when dead, to the first of three seconds
 * in a row that are not.
 */
export class GroundTruth {
  readonly #watches: Watch[];
  readonly #ended: Failure[] = [];

  constructor(agents: readonly SimulatedAgent[]) {
    this.#watches = agents.map(() => ({
      verdict: null,
      sinceMs: 0,
      run: 0,
      failure: null,
      requests: { served: 0, bad: 0, latencySumMs: 0, latencyCount: 0 },
    }));
  }

  /** Judges the second that ends now. */
  judge(agents: readonly SimulatedAgent[], nowMs: number): void {
    for (const agent of agents) {
      const watch = this.#watches[agent.place];
      const verdict = judgeAgent(agent, watch, nowMs);
      const changes = (verdict === null) !== (watch.failure === null);
      if (!changes) {
        watch.run = 0;
        continue;
      }
      if (watch.run === 0) watch.sinceMs = nowMs - JUDGE_EVERY_MS;
      watch.run++;
      if (watch.run === 1 || watch.verdict === null) watch.verdict = verdict;
      if (watch.run < STEADY && verdict !== 'dead') continue;
      watch.run = 0;
      if (watch.failure === null) {
        const cause = verdict === 'dead' ? 'dead' : (watch.verdict ?? 'latency');
        watch.failure = {
          agent: agent.plan.agent,
          fromMs: watch.sinceMs,
          cause,
          fault: agent.faults.at(0)?.kind ?? null,
        };
      } else {
        this.#ended.push({ ...watch.failure, toMs: watch.sinceMs });
        watch.failure = null;
      }
      watch.verdict = null;
    }
  }

  /** All failures so far, by start. */
  failures(): readonly Failure[] {
    const ongoing = this.#watches.flatMap(({ failure }) => (failure === null ? [] : [{ ...failure, toMs: null }]));
    return [...this.#ended, ...ongoing].sort((a, b) => a.fromMs - b.fromMs || (a.agent < b.agent ? -1 : 1));
  }
}

function judgeAgent(agent: SimulatedAgent, watch: Watch, nowMs: number): FailureCause | null {
  const { total } = agent;
  const bad = total.failed + total.rejected + total.lost;
  const before = watch.requests;
  watch.requests = {
    served: total.served,
    bad,
    latencySumMs: total.latencySumMs,
    latencyCount: total.latencyCount,
  };
  if (agent.condition === 'dead') return 'dead';
  const errors = bad - before.bad;
  const ended = errors + total.served - before.served;
  if (ended > 0 && errors / ended > ERROR_RATE) return 'errors';
  const measured = total.latencyCount - before.latencyCount;
  const latencyMs = measured > 0 ? (total.latencySumMs - before.latencySumMs) / measured : agent.oldestMs(nowMs);
  return latencyMs > LATENCY_FACTOR * agent.plan.nominalLatencyMs ? 'latency' : null;
}
