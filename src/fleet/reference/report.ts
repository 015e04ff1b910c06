import type { Heartbeat, Interaction } from '../../../schemas/records.ts';
import type { SimulatedAgent } from './agent.ts';
import { progress } from './faults.ts';
import type { AgentPlan } from './layout.ts';

const MEMORY_MIB = 512;
const MEMORY_MIB_FULL = 4096;
const DEGRADED_ERROR_RATE = 0.25;
const DEGRADED_SATURATION = 1.25;

interface Place {
  readonly tenant: string;
  readonly fleet: string;
}

/**
 * What an agent says of itself since its last heartbeat. Latency is the mean over requests taken and ended, traffic counts requests answered,
 * refusals for a full queue among them, the error rate likewise; throttled requests count nowhere, as they are no failure of the agent's.
 * Saturation is the mean share of busy slots plus how full the queue is now: above 1 requests wait.
 */
export function heartbeatOf(agent: SimulatedAgent, place: Place, nowMs: number): Heartbeat {
  agent.accrue(nowMs);
  const { recent, plan } = agent;
  const sinceMs = Math.max(nowMs - agent.reportedMs, 1);
  const bad = recent.failed + recent.rejected + recent.lost;
  const ended = recent.served + bad;
  const errorRate = ended === 0 ? null : bad / ended;
  const saturation = agent.busyIntegral / (plan.slots * sinceMs) + agent.queue.length / plan.queueCapacity;
  const degraded = (errorRate ?? 0) > DEGRADED_ERROR_RATE || saturation > DEGRADED_SATURATION;
  return {
    tenant: place.tenant,
    fleet: place.fleet,
    agent: plan.agent,
    timeMs: Math.floor(nowMs),
    status: degraded ? 'DEGRADED' : 'UP',
    signals: {
      latencyMs: recent.latencyCount === 0 ? null : recent.latencySumMs / recent.latencyCount,
      trafficPerS: (1000 * ended) / sinceMs,
      errorRate,
      saturation,
    },
    metrics: {
      queue_length: agent.queue.length,
      busy_slots: agent.running.size,
      memory_mib: memoryMib(agent, nowMs),
      retries: agent.recentRetries,
      throttled: recent.throttled,
    },
  };
}

function memoryMib(agent: SimulatedAgent, nowMs: number): number {
  let full = 0;
  for (const fault of agent.faults) if (fault.kind === 'leak') full = Math.max(full, progress(fault, nowMs));
  return MEMORY_MIB + (MEMORY_MIB_FULL - MEMORY_MIB) * full;
}

/** What an agent asked of others since its last heartbeat: one record a callee, of the calls that ended, each attempt counted. */
export function interactionsOf(
  agent: SimulatedAgent,
  place: Place,
  plans: readonly AgentPlan[],
  nowMs: number,
): Interaction[] {
  const spanMs = Math.round(nowMs - agent.reportedMs);
  const interactions: Interaction[] = [];
  for (const [callee, { count, errors, latencySumMs }] of agent.recentEdges) {
    interactions.push({
      tenant: place.tenant,
      fleet: place.fleet,
      caller: agent.plan.agent,
      callee: plans[callee].agent,
      timeMs: Math.floor(nowMs),
      spanMs,
      count,
      errors,
      latencyMs: latencySumMs / count,
    });
  }
  return interactions;
}
