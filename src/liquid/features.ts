import type { AgentState, Snapshot, Status } from '../../schemas/records.ts';
import { silentWindows, trouble } from '../fleet/state-space.ts';

/** What an input belongs to; the words of SignalEvidence in aura.scores. Putting a group back to normal is what evidence measures. */
export const FEATURE_GROUPS = [
  'latency',
  'traffic',
  'errors',
  'saturation',
  'silence',
  'neighbours',
  'topology',
] as const;
export type FeatureGroup = (typeof FEATURE_GROUPS)[number];

interface FeatureEntry {
  readonly name: string;
  readonly group: FeatureGroup;
  /** Range and meaning. */
  readonly about: string;
}

/**
 * What the network reads of one agent in one window, entry by entry. All lie in [-1, 1] without any scale learned from data, so that a
 * fleet unlike the training fleets still gives inputs of the same range.
 *
 * `squash z` is asinh(z) / asinh(50) of a robust deviation, which the snapshot clips at 50; `ratio r` is ln r / ln 100 clipped to [-1, 1];
 * `level t` is t / (t + 1). Trouble is that of src/fleet/state-space.ts. An input that cannot be known is 0.
 */
export const FEATURES: readonly FeatureEntry[] = [
  { name: 'latency.deviation', group: 'latency', about: '[-1, 1] squash of the latency deviation' },
  { name: 'latency.relative', group: 'latency', about: "[-1, 1] ratio of the latency to the cell's median latency" },
  { name: 'latency.seen', group: 'latency', about: '[-1, 1] ratio of the latency its callers saw to its own' },
  { name: 'traffic.deviation', group: 'traffic', about: '[-1, 1] squash of the traffic deviation' },
  {
    name: 'traffic.unserved',
    group: 'traffic',
    about: '[-1, 1] (asked - served) / (asked + served), requests of the cell per s',
  },
  { name: 'errors.deviation', group: 'errors', about: '[-1, 1] squash of the error rate deviation' },
  { name: 'errors.rate', group: 'errors', about: '[0, 1] error rate as reported' },
  {
    name: 'errors.seen',
    group: 'errors',
    about: '[0, 1] share of the requests made of it that failed, as its callers saw',
  },
  { name: 'errors.status', group: 'errors', about: '0 up or unknown, 0.5 degraded, 1 down' },
  { name: 'saturation.deviation', group: 'saturation', about: '[-1, 1] squash of the saturation deviation' },
  { name: 'saturation.level', group: 'saturation', about: '[0, 1] saturation / 2, clipped: 0.5 is full' },
  { name: 'silence.windows', group: 'silence', about: '[0, 1] squash of the silence beyond one window, in windows' },
  { name: 'silence.unheard', group: 'silence', about: '1 where no heartbeat came in the window, else 0' },
  { name: 'silence.unreported', group: 'silence', about: '[0, 1] share of the four signals that were not reported' },
  {
    name: 'neighbours.callees',
    group: 'neighbours',
    about: '[0, 1) level of the mean trouble of whom it asks, by share of requests',
  },
  { name: 'neighbours.worst', group: 'neighbours', about: '[0, 1) level of the largest trouble among whom it asks' },
  { name: 'neighbours.failing', group: 'neighbours', about: '[0, 1] share of the requests it made that failed' },
  {
    name: 'neighbours.beyond',
    group: 'neighbours',
    about: '[0, 1) neighbours.callees of whom it asks, by share of requests',
  },
  {
    name: 'neighbours.callers',
    group: 'neighbours',
    about: '[0, 1) level of the mean trouble of those who ask it, by share of requests',
  },
  { name: 'neighbours.cell', group: 'neighbours', about: "[0, 1) level of the cell's mean trouble" },
  {
    name: 'neighbours.troubled',
    group: 'neighbours',
    about: "[0, 1] share of the cell's agents with trouble of 1 or more",
  },
  { name: 'topology.instability', group: 'topology', about: "[0, 1] 1 - stability of the cell's shape" },
  { name: 'topology.apart', group: 'topology', about: '[0, 1) level of how far the agent stands apart in state space' },
  {
    name: 'topology.ring',
    group: 'topology',
    about: '[0, 1) level of how long the rings through the agent in state space stay open',
  },
];

export const FEATURE_COUNT = FEATURES.length;
export const FEATURE_NAMES: readonly string[] = FEATURES.map(({ name }) => name);

/** Entries of each group. */
export const GROUP_ENTRIES: Readonly<Record<FeatureGroup, readonly number[]>> = Object.fromEntries(
  FEATURE_GROUPS.map((group) => [group, FEATURES.flatMap((feature, i) => (feature.group === group ? [i] : []))]),
) as unknown as Record<FeatureGroup, readonly number[]>;

/** What of the cell's topology bears on its agents; arrays by place of the agent in the snapshot. */
export interface TopologyInput {
  /** 0 to 1, as in aura.signatures. */
  readonly stability: number;
  /** Apartness and ringness of src/topology/evidence.ts in the shape of the agents' states. */
  readonly apartness: ArrayLike<number>;
  readonly ringness: ArrayLike<number>;
}

export interface CellFeatures {
  readonly n: number;
  /** [n, FEATURE_COUNT] row-major, agents in the snapshot's order. */
  readonly values: Float32Array;
  /** [n] 0 to 1: share of the seven groups that could be read. Silence always can. */
  readonly readable: Float32Array;
  /** [n] 0 to 10. */
  readonly trouble: Float64Array;
  readonly edges: PlacedEdges;
}

/** The cell's edges by place; a callee of no known place is -1. Entry k is edge k of the snapshot. */
export interface PlacedEdges {
  readonly callers: Int32Array;
  readonly callees: Int32Array;
  /** Share of the caller's requests that go this way. */
  readonly shares: Float64Array;
}

export function cellFeatures(snapshot: Snapshot, topology: TopologyInput | null): CellFeatures {
  const { agents } = snapshot;
  const n = agents.length;
  const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
  const troubles = Float64Array.from(agents, (agent) => trouble(agent, windowMs));
  const around = neighbourhoods(snapshot, troubles);
  const medianLatency = medianOf(agents.flatMap(({ latencyMs }) => (latencyMs === null ? [] : [latencyMs])));
  const cellLevel = level(mean(troubles));
  const troubledShare = n === 0 ? 0 : troubles.reduce((count, t) => count + (t >= 1 ? 1 : 0), 0) / n;

  const values = new Float32Array(n * FEATURE_COUNT);
  const readable = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    const agent = agents[i];
    const { deviation, latencyMs, trafficPerS, errorRate, saturation } = agent;
    const asked = (1000 * around.askedCount[i]) / windowMs;
    let at = i * FEATURE_COUNT;
    values[at++] = squash(deviation.latency);
    values[at++] = latencyMs === null ? 0 : ratio(latencyMs, medianLatency);
    values[at++] = latencyMs === null ? 0 : ratio(around.seenLatency[i], latencyMs);
    values[at++] = squash(deviation.traffic);
    values[at++] = trafficPerS === null || asked === 0 ? 0 : (asked - trafficPerS) / (asked + trafficPerS);
    values[at++] = squash(deviation.errors);
    values[at++] = errorRate === null ? 0 : errorRate;
    values[at++] = around.seenErrors[i];
    values[at++] = statusLevels[agent.status];
    values[at++] = squash(deviation.saturation);
    values[at++] = saturation === null ? 0 : Math.min(saturation / 2, 1);
    values[at++] = squash(silentWindows(agent, windowMs));
    values[at++] = agent.heartbeats === 0 ? 1 : 0;
    values[at++] = unreported(agent) / 4;
    values[at++] = level(around.callees[i]);
    values[at++] = level(around.worst[i]);
    values[at++] = around.failing[i];
    values[at++] = level(around.beyond[i]);
    values[at++] = level(around.callers[i]);
    values[at++] = cellLevel;
    values[at++] = troubledShare;
    values[at++] = topology === null ? 0 : 1 - topology.stability;
    values[at++] = topology === null ? 0 : level(topology.apartness[i]);
    values[at++] = topology === null ? 0 : level(topology.ringness[i]);
    const linked = around.askedCount[i] > 0 || around.asksCount[i] > 0;
    readable[i] = (4 - unreported(agent) + 1 + (linked ? 1 : 0) + (topology === null ? 0 : 1)) / FEATURE_GROUPS.length;
  }
  return { n, values, readable, trouble: troubles, edges: around.edges };
}

const statusLevels: Readonly<Record<Status, number>> = { UP: 0, DEGRADED: 0.5, DOWN: 1, UNKNOWN: 0 };
const squashScale = 1 / Math.asinh(50);

function squash(z: number): number {
  return Math.asinh(z) * squashScale;
}

function level(t: number): number {
  return t / (t + 1);
}

function ratio(value: number, reference: number): number {
  if (value <= 0 || reference <= 0) return 0;
  return Math.max(-1, Math.min(1, Math.log(value / reference) / Math.log(100)));
}

function unreported({ latencyMs, trafficPerS, errorRate, saturation }: AgentState): number {
  return (
    (latencyMs === null ? 1 : 0) +
    (trafficPerS === null ? 1 : 0) +
    (errorRate === null ? 1 : 0) +
    (saturation === null ? 1 : 0)
  );
}

/** Sums over the interaction graph, each [n]. */
function neighbourhoods({ agents, edges }: Snapshot, troubles: Float64Array) {
  const n = agents.length;
  const placeOf = new Map<string, number>();
  for (let i = 0; i < n; i++) placeOf.set(agents[i].agent, i);
  const callers = new Int32Array(edges.length);
  const callees = new Int32Array(edges.length);
  const shares = new Float64Array(edges.length);
  const asksCount = new Float64Array(n);
  const asksErrors = new Float64Array(n);
  const askedCount = new Float64Array(n);
  const askedErrors = new Float64Array(n);
  const latencySum = new Float64Array(n);
  const latencyCount = new Float64Array(n);
  for (let k = 0; k < edges.length; k++) {
    const { caller, callee, count, errors, latencyMs } = edges[k];
    const from = placeOf.get(caller) ?? -1;
    const to = placeOf.get(callee) ?? -1;
    callers[k] = from;
    callees[k] = to;
    if (from >= 0) {
      asksCount[from] += count;
      asksErrors[from] += errors;
    }
    if (to >= 0) {
      askedCount[to] += count;
      askedErrors[to] += errors;
      if (latencyMs !== null) {
        latencySum[to] += latencyMs * count;
        latencyCount[to] += count;
      }
    }
  }
  const calleeTrouble = new Float64Array(n);
  const callerTrouble = new Float64Array(n);
  const worst = new Float64Array(n);
  for (let k = 0; k < edges.length; k++) {
    const from = callers[k];
    const to = callees[k];
    const { count } = edges[k];
    shares[k] = from >= 0 && asksCount[from] > 0 ? count / asksCount[from] : 0;
    if (from < 0 || to < 0 || count === 0) continue;
    calleeTrouble[from] += shares[k] * troubles[to];
    callerTrouble[to] += (count / askedCount[to]) * troubles[from];
    worst[from] = Math.max(worst[from], troubles[to]);
  }
  const beyond = new Float64Array(n);
  for (let k = 0; k < edges.length; k++) {
    if (callers[k] >= 0 && callees[k] >= 0) beyond[callers[k]] += shares[k] * calleeTrouble[callees[k]];
  }
  return {
    edges: { callers, callees, shares },
    asksCount,
    askedCount,
    failing: shareOf(asksErrors, asksCount),
    seenErrors: shareOf(askedErrors, askedCount),
    /** 0: not seen. */
    seenLatency: shareOf(latencySum, latencyCount),
    callees: calleeTrouble,
    callers: callerTrouble,
    worst,
    beyond,
  };
}

function shareOf(parts: Float64Array, wholes: Float64Array): Float64Array {
  return parts.map((part, i) => (wholes[i] === 0 ? 0 : part / wholes[i]));
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The upper median; 0 of nothing. */
function medianOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : Float64Array.from(values).sort()[values.length >> 1];
}
