import type { Heartbeat, Interaction } from '../../../schemas/records.ts';
import { Random, type ReferenceFleet } from '../../fleet/reference/index.ts';
import type { FailureSpan } from './labels.ts';
import type { Telemetry } from './windows.ts';

/**
 * What surrounds a fleet in production and the reference fleet's own faults do not have. It changes what is reported of the fleet, not how the fleet
 * runs: a busy host and noise are no failures and are to be learned as such; a slow network is one.
 */
export interface Circumstances {
  /** Share of agents, 0 to 1, whose host has other work: a steady 0.2 to 0.8 comes on top of their saturation, wavering by a tenth. */
  readonly busyShare: number;
  /** Deviation of the logarithm of each agent's latency from window to window, as percentiles of few requests have; at most this. */
  readonly noise: number;
  /** Mean time between the starts of two slow networks in ms; null: none. */
  readonly slowNetworkEveryMs: number | null;
}

interface Surroundings {
  readonly busy: number;
  readonly noise: number;
  readonly nominalLatencyMs: number;
  /** Of this window. */
  factor: number;
  extra: number;
}

/** The network to one agent is slow: each request to it takes longer by `delayMs`, for `fromMs` up to `toMs`. */
interface SlowNetwork {
  readonly agent: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly delayMs: number;
}

export interface SurroundedOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly windowMs: number;
}

/** As in the reference fleet's ground truth: above five times its nominal latency an agent has failed. */
const FAILED_FACTOR = 5;

/**
 * A reference fleet as somebody sees it who sees these circumstances too. An agent's latency is what its callers see, network included, and each caller's
 * rises by the share of its requests that go the slow way. Deterministic in its seed.
 */
export class SurroundedFleet implements Telemetry {
  readonly #fleet: ReferenceFleet;
  readonly #random: Random;
  readonly #windowMs: number;
  readonly #agents: ReadonlyMap<string, Surroundings>;
  readonly #networks: readonly SlowNetwork[];
  #windowEndMs = Number.NEGATIVE_INFINITY;

  constructor(fleet: ReferenceFleet, circumstances: Circumstances, options: SurroundedOptions) {
    const { busyShare, noise, slowNetworkEveryMs } = circumstances;
    const random = new Random(options.seed, 'circumstances');
    this.#fleet = fleet;
    this.#random = random;
    this.#windowMs = options.windowMs;
    this.#agents = new Map(
      fleet.plans.map(({ agent, nominalLatencyMs }) => [
        agent,
        {
          busy: random.uniform() < busyShare ? random.between(0.2, 0.8) : 0,
          noise: random.between(0, noise),
          nominalLatencyMs,
          factor: 1,
          extra: 0,
        },
      ]),
    );
    this.#networks = slowNetworkEveryMs === null ? [] : slowNetworks(fleet, slowNetworkEveryMs, options, random);
  }

  advanceTo(ms: number): { readonly heartbeats: readonly Heartbeat[]; readonly interactions: readonly Interaction[] } {
    const { heartbeats, interactions } = this.#fleet.advanceTo(ms);
    return {
      heartbeats: heartbeats.map((heartbeat) => this.#seen(heartbeat, interactions)),
      interactions: interactions.map((interaction) => this.#carried(interaction)),
    };
  }

  /** Those of the fleet and those of the network. */
  failures(): readonly FailureSpan[] {
    return [...this.#fleet.failures(), ...this.#networks].sort((a, b) => a.fromMs - b.fromMs);
  }

  #seen(heartbeat: Heartbeat, interactions: readonly Interaction[]): Heartbeat {
    const { agent, timeMs, signals } = heartbeat;
    this.#renew(timeMs);
    const around = this.#agents.get(agent);
    if (around === undefined) return heartbeat;
    const { latencyMs, saturation } = signals;
    return {
      ...heartbeat,
      signals: {
        ...signals,
        latencyMs:
          latencyMs === null
            ? null
            : latencyMs * around.factor + this.#delayOf(agent, timeMs) + this.#waited(agent, timeMs, interactions),
        saturation: saturation === null ? null : saturation + around.extra,
      },
    };
  }

  #carried(interaction: Interaction): Interaction {
    const { callee, timeMs, latencyMs } = interaction;
    const delayMs = this.#delayOf(callee, timeMs);
    return delayMs === 0 || latencyMs === null ? interaction : { ...interaction, latencyMs: latencyMs + delayMs };
  }

  /** What the caller's requests took longer, by share of those of its report. */
  #waited(caller: string, timeMs: number, interactions: readonly Interaction[]): number {
    if (this.#networks.length === 0) return 0;
    let count = 0;
    let delay = 0;
    for (const one of interactions) {
      if (one.caller !== caller || one.timeMs !== timeMs) continue;
      count += one.count;
      delay += one.count * this.#delayOf(one.callee, timeMs);
    }
    return count === 0 ? 0 : delay / count;
  }

  #delayOf(agent: string, timeMs: number): number {
    for (const network of this.#networks) {
      if (network.agent === agent && timeMs >= network.fromMs && timeMs < network.toMs) return network.delayMs;
    }
    return 0;
  }

  /** New noise for every agent once a window. */
  #renew(timeMs: number): void {
    if (timeMs < this.#windowEndMs) return;
    this.#windowEndMs = timeMs - (timeMs % this.#windowMs) + this.#windowMs;
    for (const around of this.#agents.values()) {
      around.factor = this.#random.logNormal(around.noise);
      around.extra = Math.max(0, around.busy * (1 + 0.1 * this.#random.normal()));
    }
  }
}

/** No two at a time on one agent; none so slow that its callers would fail of it too, as that would be theirs to be told of. */
function slowNetworks(
  fleet: ReferenceFleet,
  everyMs: number,
  { fromMs, toMs, windowMs }: SurroundedOptions,
  random: Random,
): readonly SlowNetwork[] {
  const networks: SlowNetwork[] = [];
  const freeMs = new Map<string, number>();
  for (let at = fromMs + random.exponential(everyMs); at < toMs; at += random.exponential(everyMs)) {
    const { agent, role, nominalLatencyMs } = random.pick(fleet.plans);
    const start = Math.round(at);
    const end = Math.round(at + Math.max(random.between(30_000, 180_000), 2 * windowMs));
    const wanted = nominalLatencyMs * random.between(FAILED_FACTOR, 40);
    const callers = fleet.plans.filter(({ dependencies }) => dependencies.some((one) => one.role === role));
    const borne = Math.min(...callers.map((caller) => (FAILED_FACTOR - 2) * caller.nominalLatencyMs));
    const delayMs = Math.min(wanted, borne);
    if (start < (freeMs.get(agent) ?? 0) || delayMs < (FAILED_FACTOR - 1) * nominalLatencyMs) continue;
    freeMs.set(agent, end + 60_000);
    networks.push({ agent, fromMs: start, toMs: end, delayMs });
  }
  return networks;
}
