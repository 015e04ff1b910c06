import type { AgentState, Snapshot } from '../../schemas/records.ts';

/** Coordinates of an agent's state, in this order. */
const STATE_COORDINATES = ['latency', 'traffic', 'errors', 'saturation', 'silence'] as const;

export const STATE_DIMENSION = STATE_COORDINATES.length;

/** Most trouble an agent can be in, and what each of its coordinates is clipped at there. */
export const TROUBLE_MAX = 10;

/** The agents of a cell as points. */
export interface StateSpace {
  /** Row by row, the snapshot's order. */
  readonly agents: readonly string[];
  /** n x 5, row-major. */
  readonly points: Float64Array;
}

/**
 * The agents' states as points, for Vietoris-Rips. The first four coordinates are asinh of the robust deviations, so linear for what is
 * normal (z = 1 lies at 0.88) and logarithmic for what is not (z = 50, the clip, at 4.61): an outlier stands apart, and its exact height does not drown
 * the rest. The fifth is asinh of the silence beyond one window, in windows, clipped at 50 likewise. Signals not reported in the window lie at 0,
 * as their deviation does.
 */
export function stateSpace(snapshot: Snapshot): StateSpace {
  const { agents } = snapshot;
  const windowMs = snapshot.windowEndMs - snapshot.windowStartMs;
  const points = new Float64Array(agents.length * STATE_DIMENSION);
  for (let i = 0; i < agents.length; i++) {
    const { deviation } = agents[i];
    const at = i * STATE_DIMENSION;
    points[at] = Math.asinh(deviation.latency);
    points[at + 1] = Math.asinh(deviation.traffic);
    points[at + 2] = Math.asinh(deviation.errors);
    points[at + 3] = Math.asinh(deviation.saturation);
    points[at + 4] = Math.asinh(silentWindows(agents[i], windowMs));
  }
  return { agents: agents.map(({ agent }) => agent), points };
}

/** Silence beyond one window, in windows, 0 to 50. */
export function silentWindows(agent: AgentState, windowMs: number): number {
  return Math.min(Math.max(agent.silentMs / windowMs - 1, 0), 50);
}

/**
 * How far an agent is from its normal state: the mean magnitude of its four deviations and its silence, each clipped at 10, as a number from
 * 0 to 10. Traffic counts when it moves either way; latency, errors and saturation only when they rise, as less of these is no trouble.
 */
export function trouble(agent: AgentState, windowMs: number): number {
  const { latency, traffic, errors, saturation } = agent.deviation;
  const sum =
    rise(latency) +
    Math.min(Math.abs(traffic), TROUBLE_MAX) +
    rise(errors) +
    rise(saturation) +
    rise(silentWindows(agent, windowMs));
  return sum / STATE_DIMENSION;
}

function rise(deviation: number): number {
  return Math.min(Math.max(deviation, 0), TROUBLE_MAX);
}
