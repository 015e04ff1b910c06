/**
 * From scores to causes. An agent whose requests go to a failing peer looks bad itself; acting on it would treat the victim. So each troubled
 * agent's evidence is followed to the neighbour it names, and on, to the agent where the trail ends. What depends on that agent is at stake with it.
 */
import type { AgentScore, Scores } from '../../schemas/records.ts';
import type { Trouble } from './catalogue.ts';
import { silenceDeviation } from './trouble.ts';

/** A signal stands out from here on: three robust standard deviations. */
const standsOut = 3;
/** More windows without a heartbeat than this is silence (10 is two windows beyond the first). */
const silentDeviation = 10;
/** An agent blames its neighbour where the neighbours hold this share of what raised its score. */
const victimShare = 0.5;
/** "Several agents fail together" begins here. */
const severalAgents = 3;
const severalShare = 0.1;

/** An agent to act on: what is the matter with it, and what is at stake. */
export interface Cause {
  readonly score: AgentScore;
  readonly trouble: Trouble;
  /** Expected number of agents that fail within the horizon because of it, itself included. */
  readonly atStake: number;
  /** Agents whose trouble was traced to it, heaviest user first. */
  readonly dependents: readonly AgentScore[];
  /** A peer in another cell that it blames. */
  readonly foreignPeer: string | null;
}

/**
 * The causes among the agents with a score of at least `minFailure`, by agent id in ascending order.
 *
 * At stake is the cause's own failure probability, plus, of each dependent's, the share its evidence lays at the neighbours' door. Where the cascade
 * risk promises more failures than the agents' scores add up to (E[N] >= n P(N >= n)), the excess is laid on the causes in proportion.
 */
export function findCauses(scores: Scores, minFailure: number): readonly Cause[] {
  const windowMs = scores.windowEndMs - scores.windowStartMs;
  const byAgent = new Map<string, AgentScore>();
  let expectedFailures = 0;
  for (const score of scores.agents) {
    byAgent.set(score.agent, score);
    expectedFailures += score.failure;
  }

  const dependents = new Map<string, { score: AgentScore; share: number; weight: number }[]>();
  for (const score of scores.agents) {
    if (score.failure < minFailure) continue;
    const root = follow(score, byAgent, minFailure, windowMs);
    const list = dependents.get(root.agent) ?? [];
    dependents.set(root.agent, list);
    if (root === score) continue;
    const weight = score.neighbours[0]?.weight ?? 0;
    list.push({ score, share: Math.max(neighbourShare(score), Math.min(1, weight)), weight });
  }

  const several = Math.max(severalAgents, severalShare * scores.agents.length);
  const excess = Math.max(0, scores.cascade * several - expectedFailures);
  let total = 0;
  const found: Cause[] = [];
  for (const score of scores.agents) {
    const list = dependents.get(score.agent);
    if (list === undefined) continue;
    let atStake = score.failure;
    for (const dependent of list) atStake += dependent.share * dependent.score.failure;
    total += atStake;
    list.sort((a, b) => b.weight - a.weight || (a.score.agent < b.score.agent ? -1 : 1));
    const foreignPeer = foreignPeerOf(score, byAgent);
    found.push({
      score,
      trouble: foreignPeer === null ? troubleOf(score, windowMs) : 'FOREIGN_PEER',
      atStake,
      dependents: list.map((dependent) => dependent.score),
      foreignPeer,
    });
  }
  if (excess === 0) return found;
  return found.map((cause) => ({ ...cause, atStake: cause.atStake + (excess * cause.atStake) / total }));
}

/** True where the agent has fallen silent: two windows and more beyond the first without a heartbeat. */
export function isSilent(score: AgentScore, windowMs: number): boolean {
  return silenceDeviation(score.silentMs, windowMs) >= silentDeviation;
}

/** True where nothing but traffic and saturation may stand out. */
export function isOnlyBusy(score: AgentScore, windowMs: number): boolean {
  return !isSilent(score, windowMs) && score.deviation.latency < standsOut && score.deviation.errors < standsOut;
}

/** What is the matter with an agent, from its own signals. */
export function troubleOf(score: AgentScore, windowMs: number): Trouble {
  if (isSilent(score, windowMs)) return 'SILENT';
  const { latency, traffic, errors, saturation } = score.deviation;
  if (traffic >= standsOut && errors >= standsOut) return 'RETRY_STORM';
  if (errors >= standsOut && errors >= Math.max(latency, saturation)) return 'ERRORS';
  // The same trouble with less to do is an agent that lost its strength; with more to do, one that is given too much.
  if (Math.max(latency, saturation) >= standsOut) return traffic >= standsOut ? 'OVERLOAD' : 'SLOW';
  if (errors >= standsOut) return 'ERRORS';
  return 'UNEXPLAINED';
}

/** Follows blame from an agent to where it ends. In a circle of agents that blame each other the likeliest to fail is the end. */
function follow(
  start: AgentScore,
  byAgent: ReadonlyMap<string, AgentScore>,
  minFailure: number,
  windowMs: number,
): AgentScore {
  const path = [start];
  const seen = new Set([start.agent]);
  let at = start;
  for (;;) {
    const next = blames(at, byAgent, minFailure, windowMs);
    if (next === null) return at;
    if (seen.has(next.agent)) {
      let worst = next;
      for (const score of path.slice(path.indexOf(next))) {
        if (score.failure > worst.failure || (score.failure === worst.failure && score.agent < worst.agent))
          worst = score;
      }
      return worst;
    }
    seen.add(next.agent);
    path.push(next);
    at = next;
  }
}

/** The peer whose trouble explains the agent's: a callee likely to fail itself whose kind of trouble travels upstream to its callers. */
function blames(
  score: AgentScore,
  byAgent: ReadonlyMap<string, AgentScore>,
  minFailure: number,
  windowMs: number,
): AgentScore | null {
  if (isSilent(score, windowMs)) return null;
  const heaviest = score.neighbours[0];
  if (heaviest === undefined || heaviest.weight <= 0 || heaviest.agent === score.agent) return null;
  const peer = byAgent.get(heaviest.agent);
  if (peer === undefined || peer.failure < minFailure) return null;
  if (neighbourShare(score) >= victimShare) return peer;
  const { latency, errors } = score.deviation;
  // A caller sees its callee's errors as its own errors, and its callee's slowness or silence as latency and timeouts.
  const travels = (errors >= standsOut && peer.deviation.errors >= standsOut) || isSilent(peer, windowMs);
  const slows = latency >= standsOut && peer.deviation.latency >= standsOut && score.deviation.saturation < standsOut;
  return travels || slows ? peer : null;
}

function foreignPeerOf(score: AgentScore, byAgent: ReadonlyMap<string, AgentScore>): string | null {
  const heaviest = score.neighbours[0];
  if (heaviest === undefined || heaviest.weight <= 0 || byAgent.has(heaviest.agent)) return null;
  return neighbourShare(score) >= victimShare ? heaviest.agent : null;
}

/** Share of the evidence against an agent that is its neighbours', 0 to 1; 0 where no evidence was given. */
function neighbourShare(score: AgentScore): number {
  let all = 0;
  let neighbours = 0;
  for (const { signal, weight } of score.signals) {
    if (weight <= 0) continue;
    all += weight;
    if (signal === 'neighbours') neighbours += weight;
  }
  return all === 0 ? 0 : neighbours / all;
}
