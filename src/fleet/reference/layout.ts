import { FleetError } from '../errors.ts';
import { Random } from './random.ts';

/** What an agent does in the fleet: requests enter at gateways and go down the list. */
export const ROLES = ['gateway', 'planner', 'worker', 'tool', 'store'] as const;
export type Role = (typeof ROLES)[number];

/** Calls that an agent makes for each request it serves. */
export interface Dependency {
  readonly role: Role;
  /** Mean number of calls a request. */
  readonly calls: number;
  /** Places of the agents that it calls, chosen at random for each call. */
  readonly candidates: readonly number[];
}

/** One agent as it is built; the rest is state. */
export interface AgentPlan {
  readonly agent: string;
  readonly role: Role;
  /** Mean of its own time for a request, in ms, without what it waits for. */
  readonly serviceMs: number;
  /** Requests that it works on at a time. One that waits for a callee keeps its slot. */
  readonly slots: number;
  /** Requests that may wait for a slot; more are refused. */
  readonly queueCapacity: number;
  readonly dependencies: readonly Dependency[];
  /** Requests that arrive from outside the fleet, per second, in the mean. */
  readonly externalPerS: number;
  /** Requests that arrive in all while nothing fails, per second, in the mean. */
  readonly nominalPerS: number;
  /** Mean time to serve a request while nothing waits or fails, in ms, callees included. */
  readonly nominalLatencyMs: number;
  /** How long its callers wait for an answer, in ms. */
  readonly timeoutMs: number;
}

interface RoleSpec {
  readonly share: number;
  readonly serviceMs: number;
  readonly calls: readonly { readonly role: Role; readonly calls: number }[];
}

const SPECS: Readonly<Record<Role, RoleSpec>> = {
  gateway: { share: 0.1, serviceMs: 5, calls: [{ role: 'planner', calls: 1 }] },
  planner: {
    share: 0.2,
    serviceMs: 60,
    calls: [
      { role: 'store', calls: 0.5 },
      { role: 'worker', calls: 1.5 },
    ],
  },
  worker: {
    share: 0.4,
    serviceMs: 80,
    calls: [
      { role: 'tool', calls: 0.8 },
      { role: 'store', calls: 0.6 },
    ],
  },
  tool: { share: 0.2, serviceMs: 40, calls: [{ role: 'store', calls: 0.6 }] },
  store: { share: 0.1, serviceMs: 20, calls: [] },
};

const GATEWAY_PER_S = 10;
const CANDIDATES = 3;
/** State lives in few stores: callers cannot choose among many. */
const STORE_CANDIDATES = 2;
/** Slots are dimensioned so that about this share is busy in the mean. */
const UTILISATION = 0.4;
const QUEUE_PER_SLOT = 6;
const TIMEOUT_FACTOR = 8;
const TIMEOUT_MS_MIN = 1000;
/** Standard deviation of the logarithm of an agent's own speed. */
const SPEED_SIGMA = 0.15;

const AGENTS_MIN = ROLES.length;
const AGENTS_MAX = 10_000;

/** Names and roles of a fleet of so many agents, in the order of the layout. @throws FleetError REFERENCE_OPTION_INVALID */
export function roster(agents: number): readonly { readonly agent: string; readonly role: Role }[] {
  if (!(Number.isInteger(agents) && agents >= AGENTS_MIN && agents <= AGENTS_MAX)) {
    throw new FleetError(
      'REFERENCE_OPTION_INVALID',
      `agents is ${agents}; valid is a whole number from ${AGENTS_MIN} to ${AGENTS_MAX}`,
    );
  }
  const digits = Math.max(2, String(agents - 1).length);
  const counts = ROLES.map((role) => Math.max(1, Math.floor(SPECS[role].share * agents)));
  counts[ROLES.indexOf('worker')] += agents - counts.reduce((a, b) => a + b, 0);
  return ROLES.flatMap((role, r) =>
    Array.from({ length: counts[r] }, (_, i) => ({ agent: `${role}-${String(i).padStart(digits, '0')}`, role })),
  );
}

/**
 * Builds the layered call graph: each agent calls up to three agents, or two stores, of each role it depends on. Load is followed down the layers to give
 * every agent the slots it needs, nominal latency up again.
 */
export function layOut(agents: number, seed: number): readonly AgentPlan[] {
  const random = new Random(seed, 'layout');
  const members = roster(agents);
  const byRole = new Map(ROLES.map((role) => [role, placesOf(members, role)]));
  const dependencies = members.map(({ role }) =>
    SPECS[role].calls.map((call) => ({
      ...call,
      candidates: sample(byRole.get(call.role) ?? [], call.role === 'store' ? STORE_CANDIDATES : CANDIDATES, random),
    })),
  );
  const serviceMs = members.map(({ role }) => SPECS[role].serviceMs * random.logNormal(SPEED_SIGMA));

  // Roles are laid out in the order of the calls, except that stores, the last, are called by all: top down for load, bottom up for latency.
  const perS = members.map(({ role }) => (role === 'gateway' ? GATEWAY_PER_S : 0));
  for (let i = 0; i < members.length; i++) {
    for (const { calls, candidates } of dependencies[i]) {
      for (const j of candidates) perS[j] += (perS[i] * calls) / candidates.length;
    }
  }
  const latencyMs = [...serviceMs];
  for (let i = members.length - 1; i >= 0; i--) {
    for (const { calls, candidates } of dependencies[i]) {
      for (const j of candidates) latencyMs[i] += (latencyMs[j] * calls) / candidates.length;
    }
  }
  return members.map(({ agent, role }, i) => {
    const slots = Math.max(2, Math.ceil((perS[i] * latencyMs[i]) / 1000 / UTILISATION));
    return {
      agent,
      role,
      serviceMs: serviceMs[i],
      slots,
      queueCapacity: QUEUE_PER_SLOT * slots,
      dependencies: dependencies[i],
      externalPerS: role === 'gateway' ? GATEWAY_PER_S : 0,
      // An agent that nobody happens to call still has a nominal rate, for the faults that are measured by it.
      nominalPerS: Math.max(perS[i], 0.5),
      nominalLatencyMs: latencyMs[i],
      timeoutMs: Math.max(TIMEOUT_MS_MIN, TIMEOUT_FACTOR * latencyMs[i]),
    };
  });
}

function placesOf(members: readonly { readonly role: Role }[], role: Role): readonly number[] {
  return members.flatMap((member, place) => (member.role === role ? [place] : []));
}

/** Up to `count` of the places, without repetition, in ascending order. */
function sample(places: readonly number[], count: number, random: Random): readonly number[] {
  const left = [...places];
  const chosen: number[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.below(left.length), 1));
  return chosen.sort((a, b) => a - b);
}
