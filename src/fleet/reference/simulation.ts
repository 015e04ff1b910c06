import type { Heartbeat, Interaction } from '../../../schemas/records.ts';
import { FleetError } from '../errors.ts';
import { SimulatedAgent } from './agent.ts';
import { Call } from './call.ts';
import { EventQueue } from './event-queue.ts';
import { checkFault, type Fault, type FaultSchedule, progress, serviceFactor } from './faults.ts';
import { type Failure, GroundTruth, JUDGE_EVERY_MS } from './ground-truth.ts';
import { DOWN_MS_DEFAULT, type Intervention, KEEP_DEFAULT, lasts, parameter } from './intervention.ts';
import { type AgentPlan, type Dependency, layOut } from './layout.ts';
import { Random } from './random.ts';
import { heartbeatOf, interactionsOf } from './report.ts';

export interface ReferenceFleetOptions {
  /** The same seed and options give the same run. */
  readonly seed: number;
  readonly tenant: string;
  readonly fleet: string;
  /** Number of agents, 5 to 10,000. */
  readonly agents: number;
  /** Virtual time at the start, in ms since the epoch. */
  readonly startMs: number;
  /** Mean time between two heartbeats of an agent, in ms, at least 10. */
  readonly heartbeatMs: number;
  readonly faults?: FaultSchedule;
  /** Length of the wave of the load, in ms; ten minutes unless given. */
  readonly waveMs?: number;
}

/** What the agents sent to the pipeline, in order of time. */
export interface Reports {
  readonly heartbeats: readonly Heartbeat[];
  readonly interactions: readonly Interaction[];
}

/** What became of the requests from outside; the first is the sum of the others. */
export interface ExternalRequests {
  readonly arrived: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly open: number;
}

/** Requests of one agent since the beginning; `received` is the sum of the others. */
export interface AgentRequests {
  readonly received: number;
  readonly served: number;
  readonly failed: number;
  readonly rejected: number;
  readonly throttled: number;
  readonly lost: number;
  readonly running: number;
  readonly queued: number;
}

/** What happens next in virtual time. */
type Event =
  | { readonly kind: 'arrival'; readonly agent: SimulatedAgent }
  | { readonly kind: 'served'; readonly call: Call }
  | { readonly kind: 'timeout'; readonly call: Call }
  | { readonly kind: 'retry'; readonly parent: Call; readonly dependency: Dependency; readonly attempt: number }
  | { readonly kind: 'heartbeat'; readonly agent: SimulatedAgent; readonly dueMs: number }
  | { readonly kind: 'fault-begins'; readonly fault: Fault }
  | { readonly kind: 'fault-peaks'; readonly fault: Fault }
  | { readonly kind: 'fault-ends'; readonly fault: Fault }
  | { readonly kind: 'up'; readonly agent: SimulatedAgent; readonly incarnation: number }
  | { readonly kind: 'undo'; readonly id: string }
  | { readonly kind: 'judge' };

const SERVICE_SIGMA = 0.4;
/** A bad peer answers after this share of the service time. */
const SPOILT_SHARE = 0.2;
const ATTEMPTS = 3;
const BACKOFF_MS = 50;
const STORM_ATTEMPTS = 10;
const STORM_BACKOFF_MS = 5;
const STORM_TIMEOUT_SHARE = 0.5;
/** How long a restart takes that nobody asked for, in ms. */
const OUT_OF_MEMORY_DOWN_MS = 5000;
const HEARTBEAT_JITTER = 0.1;
const WAVE_MS_DEFAULT = 600_000;
const WAVE_AMPLITUDE = 0.25;
const NOISE_MEMORY = 0.95;
const NOISE_SIGMA = 0.03;
/** How often an agent without load from outside looks whether there is some again, in ms. */
const IDLE_LOOK_MS = 250;
/** Upper bound of what one call of advanceTo may cover, in ms. */
const ADVANCE_MS_MAX = 86_400_000;

/**
 * A fleet of agents in virtual time: a discrete-event simulation. Requests enter at the gateways in a Poisson stream that follows a wave and noise,
 * and go down a layered call graph. An agent has slots and a bounded queue; a request keeps its slot while it waits for callees; callers time out and
 * retry with exponential backoff, while the callee goes on with what nobody waits for any more. Nothing else is needed for a slow store to take its
 * callers with it.
 *
 * It knows no clock: `advanceTo` plays what happens up to a time and returns what the agents reported. Each agent draws from random streams of its own, so an
 * intervention changes what it touches and little else.
 */
export class ReferenceFleet {
  readonly tenant: string;
  readonly fleet: string;
  readonly plans: readonly AgentPlan[];
  readonly #agents: readonly SimulatedAgent[];
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #peers: ReadonlyMap<string, readonly SimulatedAgent[]>;
  readonly #heartbeatMs: number;
  readonly #waveMs: number;
  readonly #wavePhase: number;
  readonly #startMs: number;
  readonly #noiseSource: Random;
  readonly #router: Random;
  readonly #events = new EventQueue<Event>();
  readonly #truth: GroundTruth;
  readonly #interventions = new Map<string, Intervention>();
  readonly #faults: Fault[] = [];
  #noise = 0;
  #nowMs: number;
  #arrived = 0;
  #succeeded = 0;
  #failed = 0;
  #heartbeats: Heartbeat[] = [];
  #interactions: Interaction[] = [];

  /** @throws FleetError REFERENCE_OPTION_INVALID */
  constructor(options: ReferenceFleetOptions) {
    const { seed, tenant, fleet, agents, startMs, heartbeatMs, faults = [], waveMs = WAVE_MS_DEFAULT } = options;
    checkOption('seed', seed, 0, Number.MAX_SAFE_INTEGER);
    checkOption('startMs', startMs, 0, 8e15);
    checkOption('heartbeatMs', heartbeatMs, 10, 3_600_000);
    checkOption('waveMs', waveMs, 1000, 1e10);
    this.tenant = tenant;
    this.fleet = fleet;
    this.plans = layOut(agents, seed);
    this.#agents = this.plans.map((plan, place) => new SimulatedAgent(place, plan, seed, startMs));
    this.#placeOf = new Map(this.plans.map(({ agent }, place) => [agent, place]));
    this.#peers = Map.groupBy(this.#agents, (agent) => agent.plan.role);
    this.#heartbeatMs = heartbeatMs;
    this.#waveMs = waveMs;
    this.#startMs = startMs;
    this.#nowMs = startMs;
    this.#noiseSource = new Random(seed, 'noise');
    this.#router = new Random(seed, 'router');
    this.#wavePhase = this.#noiseSource.uniform();
    this.#truth = new GroundTruth(this.#agents);
    for (const agent of this.#agents) {
      this.#startArrivals(agent);
      const dueMs = startMs + agent.jitter.uniform() * heartbeatMs;
      this.#events.add(dueMs, { kind: 'heartbeat', agent, dueMs });
    }
    this.#events.add(startMs + JUDGE_EVERY_MS, { kind: 'judge' });
    for (const fault of faults) this.inject(fault);
  }

  /** Virtual time, in ms since the epoch. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Faults injected so far, whether past, present or to come. */
  get faults(): FaultSchedule {
    return this.#faults;
  }

  /** Interventions in effect. */
  get interventions(): readonly Intervention[] {
    return [...this.#interventions.values()];
  }

  get external(): ExternalRequests {
    const open = this.#arrived - this.#succeeded - this.#failed;
    return { arrived: this.#arrived, succeeded: this.#succeeded, failed: this.#failed, open };
  }

  /** Times in which agents were failed, by the definition of GroundTruth. */
  failures(): readonly Failure[] {
    return this.#truth.failures();
  }

  has(agent: string): boolean {
    return this.#placeOf.has(agent);
  }

  /** Requests of one agent since the beginning. @throws FleetError REFERENCE_OPTION_INVALID */
  requests(agent: string): AgentRequests {
    const { total, running, queue } = this.#agent(agent);
    const { received, served, failed, rejected, throttled, lost } = total;
    return { received, served, failed, rejected, throttled, lost, running: running.size, queued: queue.length };
  }

  /** Schedules a fault; one that began in the past begins now. @throws FleetError REFERENCE_OPTION_INVALID */
  inject(fault: Fault): void {
    checkFault(fault);
    this.#agent(fault.agent);
    this.#faults.push(fault);
    this.#events.add(Math.max(fault.fromMs, this.#nowMs), { kind: 'fault-begins', fault });
  }

  /**
   * Plays what happens up to and including a time, and returns what was reported on the way.
   * @throws FleetError TIME_BACKWARDS; REFERENCE_OPTION_INVALID for more than a day at once
   */
  advanceTo(timeMs: number): Reports {
    if (!(timeMs >= this.#nowMs)) {
      throw new FleetError('TIME_BACKWARDS', `virtual time is ${this.#nowMs}; valid is that or later, not ${timeMs}`);
    }
    checkOption('the time to advance by', timeMs - this.#nowMs, 0, ADVANCE_MS_MAX);
    while (this.#events.nextMs <= timeMs) {
      this.#nowMs = this.#events.nextMs;
      const event = this.#events.take();
      if (event !== undefined) this.#play(event);
    }
    this.#nowMs = timeMs;
    const reports = { heartbeats: this.#heartbeats, interactions: this.#interactions };
    this.#heartbeats = [];
    this.#interactions = [];
    return reports;
  }

  /**
   * Does an intervention now. THROTTLE lets in a share of the requests that reach the targets and refuses the rest at once. ISOLATE takes the targets
   * out of their callers' choice; a caller that has no other fails fast. REROUTE has every call to a target go to the less busy of two healthy agents of its
   * role. RESTART drops what the targets hold and brings them back empty, ending a leak or a death. ESCALATE changes nothing here. The first
   * three end at `expiresMs` or by `undo`.
   * @throws FleetError REFERENCE_OPTION_INVALID for an unknown target, kind or parameter; then nothing was done
   */
  apply(intervention: Intervention): void {
    const { id, kind, targets, expiresMs } = intervention;
    if (this.#interventions.has(id)) return;
    const agents = targets.map((target) => this.#agent(target));
    const keep = parameter(intervention, 'keep', KEEP_DEFAULT, 1);
    const downMs = parameter(intervention, 'downMs', DOWN_MS_DEFAULT, 3_600_000);
    if (kind === 'UNKNOWN') {
      throw new FleetError(
        'REFERENCE_OPTION_INVALID',
        `the kind of ${id} is UNKNOWN; valid is one that this fleet knows`,
      );
    }
    for (const agent of agents) {
      if (kind === 'THROTTLE') agent.throttles.set(id, keep);
      else if (kind === 'ISOLATE') agent.isolations.add(id);
      else if (kind === 'REROUTE') agent.reroutes.add(id);
      else if (kind === 'RESTART') this.#restart(agent, downMs);
    }
    if (!lasts(kind)) return;
    this.#interventions.set(id, intervention);
    this.#events.add(Math.max(expiresMs, this.#nowMs), { kind: 'undo', id });
  }

  /** Ends an intervention; false where it is not in effect. */
  undo(id: string): boolean {
    const intervention = this.#interventions.get(id);
    if (intervention === undefined) return false;
    this.#interventions.delete(id);
    for (const target of intervention.targets) {
      const agent = this.#agent(target);
      agent.throttles.delete(id);
      agent.isolations.delete(id);
      agent.reroutes.delete(id);
    }
    return true;
  }

  #agent(name: string): SimulatedAgent {
    const place = this.#placeOf.get(name);
    if (place === undefined) {
      throw new FleetError(
        'REFERENCE_OPTION_INVALID',
        `agent ${name} is not of this fleet; valid is one like ${this.plans[0].agent}`,
      );
    }
    return this.#agents[place];
  }

  #play(event: Event): void {
    switch (event.kind) {
      case 'arrival':
        this.#arrive(event.agent);
        break;
      case 'served':
        this.#afterService(event.call);
        break;
      case 'timeout':
        this.#timeOut(event.call);
        break;
      case 'retry':
        this.#retry(event.parent, event.dependency, event.attempt);
        break;
      case 'heartbeat':
        this.#report(event.agent, event.dueMs);
        break;
      case 'fault-begins':
        this.#beginFault(event.fault);
        break;
      case 'fault-peaks':
        this.#peakFault(event.fault);
        break;
      case 'fault-ends':
        this.#endFault(event.fault);
        break;
      case 'up':
        if (event.agent.incarnation === event.incarnation) event.agent.condition = 'up';
        break;
      case 'undo':
        this.#expire(event.id);
        break;
      case 'judge':
        this.#judge();
        break;
    }
  }

  /** Unless it was undone and done again since this was due. */
  #expire(id: string): void {
    const intervention = this.#interventions.get(id);
    if (intervention !== undefined && intervention.expiresMs <= this.#nowMs) this.undo(id);
  }

  #judge(): void {
    this.#truth.judge(this.#agents, this.#nowMs);
    this.#noise = NOISE_MEMORY * this.#noise + NOISE_SIGMA * this.#noiseSource.normal();
    this.#events.add(this.#nowMs + JUDGE_EVERY_MS, { kind: 'judge' });
  }

  // Requests from outside.

  /** Requests from outside per ms at an agent now. */
  #externalPerMs(agent: SimulatedAgent): number {
    const { externalPerS, nominalPerS } = agent.plan;
    const turn = (this.#nowMs - this.#startMs) / this.#waveMs + this.#wavePhase;
    const wave = Math.max(0, 1 + WAVE_AMPLITUDE * Math.sin(2 * Math.PI * turn) + this.#noise);
    let perS = externalPerS * wave;
    for (const fault of agent.faults) {
      if (fault.kind === 'overload') perS += nominalPerS * fault.severity * progress(fault, this.#nowMs);
    }
    return perS / 1000;
  }

  /** Begins the stream of arrivals at an agent that has load from outside, unless it runs already. */
  #startArrivals(agent: SimulatedAgent): void {
    const has = agent.plan.externalPerS > 0 || agent.faults.some(({ kind }) => kind === 'overload');
    if (agent.hasArrival || !has) return;
    agent.hasArrival = true;
    this.#scheduleArrival(agent);
  }

  #scheduleArrival(agent: SimulatedAgent): void {
    const perMs = this.#externalPerMs(agent);
    const gapMs = perMs > 0 ? agent.arrivals.exponential(1 / perMs) : Number.POSITIVE_INFINITY;
    // The rate is looked at anew after a while, which an exponential gap permits: it has no memory.
    this.#events.add(this.#nowMs + Math.min(gapMs, IDLE_LOOK_MS), { kind: 'arrival', agent });
    agent.arrivalDue = gapMs <= IDLE_LOOK_MS;
  }

  #arrive(agent: SimulatedAgent): void {
    const due = agent.arrivalDue;
    agent.hasArrival = false;
    this.#startArrivals(agent);
    if (!due) return;
    this.#arrived++;
    // A load balancer stands before agents that take requests from outside.
    const callee = agent.isolations.size > 0 || agent.reroutes.size > 0 ? this.#healthyPeer(agent) : agent;
    if (callee === null) this.#failed++;
    else this.#send(null, callee, null, null, 1);
  }

  // One call.

  #send(
    caller: number | null,
    callee: SimulatedAgent,
    parent: Call | null,
    dependency: Dependency | null,
    attempt: number,
  ): void {
    const call = new Call(caller, callee.place, parent, dependency, attempt, this.#nowMs);
    const storm = caller !== null && this.#stormAt(callee);
    this.#events.add(this.#nowMs + callee.plan.timeoutMs * (storm ? STORM_TIMEOUT_SHARE : 1), {
      kind: 'timeout',
      call,
    });
    this.#receive(callee, call);
  }

  #receive(agent: SimulatedAgent, call: Call): void {
    this.#count(agent, 'received');
    if (agent.condition !== 'up') {
      this.#count(agent, 'lost');
      // A host that is up refuses the connection; a dead one says nothing.
      if (agent.condition === 'restarting') this.#answer(call, false);
      return;
    }
    if (agent.throttles.size > 0 && agent.random.uniform() >= agent.keep) {
      this.#count(agent, 'throttled');
      this.#answer(call, false);
      return;
    }
    if (agent.running.size < agent.plan.slots) {
      this.#begin(agent, call);
    } else if (agent.queue.length < agent.plan.queueCapacity) {
      agent.queue.push(call);
    } else {
      this.#count(agent, 'rejected');
      this.#answer(call, false);
    }
  }

  #begin(agent: SimulatedAgent, call: Call): void {
    agent.accrue(this.#nowMs);
    agent.running.add(call);
    call.incarnation = agent.incarnation;
    let durationMs = agent.plan.serviceMs * agent.random.logNormal(SERVICE_SIGMA);
    for (const fault of agent.faults) {
      durationMs *= serviceFactor(fault, this.#nowMs);
      if (fault.kind === 'bad-peer' && agent.random.uniform() < fault.severity * progress(fault, this.#nowMs)) {
        call.spoilt = true;
      }
    }
    if (call.spoilt) durationMs *= SPOILT_SHARE;
    this.#events.add(this.#nowMs + durationMs, { kind: 'served', call });
  }

  /** The agent has done its own part of a request; what it needs from others comes next. */
  #afterService(call: Call): void {
    const agent = this.#agents[call.callee];
    if (call.incarnation !== agent.incarnation) return;
    if (call.spoilt) {
      this.#finish(agent, call, false);
      return;
    }
    for (const dependency of agent.plan.dependencies) {
      const whole = Math.floor(dependency.calls);
      const count = whole + (agent.random.uniform() < dependency.calls - whole ? 1 : 0);
      for (let i = 0; i < count; i++) call.needs.push(dependency);
    }
    call.needs.reverse();
    this.#proceed(agent, call);
  }

  #proceed(agent: SimulatedAgent, call: Call): void {
    const next = call.needs.pop();
    if (next === undefined) this.#finish(agent, call, true);
    else this.#ask(agent, call, next, 1);
  }

  /** Makes one attempt at a call that a request needs. */
  #ask(agent: SimulatedAgent, parent: Call, dependency: Dependency, attempt: number): void {
    const callee = this.#route(agent, dependency);
    if (callee === null) this.#fail(agent, parent, dependency, ATTEMPTS, null);
    else this.#send(agent.place, callee, parent, dependency, attempt);
  }

  /** The callee of one attempt; null where every candidate is isolated. */
  #route(agent: SimulatedAgent, dependency: Dependency): SimulatedAgent | null {
    const { candidates } = dependency;
    const first = agent.random.below(candidates.length);
    for (let i = 0; i < candidates.length; i++) {
      const candidate = this.#agents[candidates[(first + i) % candidates.length]];
      if (candidate.reroutes.size > 0) return this.#healthyPeer(candidate) ?? candidate;
      if (candidate.isolations.size === 0) return candidate;
    }
    return null;
  }

  /** The less busy of two agents of the same role that are up and free to be called; null where there is none. */
  #healthyPeer(agent: SimulatedAgent): SimulatedAgent | null {
    const healthy = (this.#peers.get(agent.plan.role) ?? []).filter((peer) => peer !== agent && peer.reachable);
    if (healthy.length === 0) return null;
    const one = this.#router.pick(healthy);
    const other = this.#router.pick(healthy);
    return one.running.size + one.queue.length <= other.running.size + other.queue.length ? one : other;
  }

  #timeOut(call: Call): void {
    if (!call.settled) this.#settle(call, false);
  }

  #answer(call: Call, ok: boolean): void {
    if (!call.settled) this.#settle(call, ok);
  }

  /** The caller learns how a call ended, or gives it up. */
  #settle(call: Call, ok: boolean): void {
    call.settled = true;
    const { caller, parent, dependency } = call;
    if (caller === null || parent === null || dependency === null) {
      if (ok) this.#succeeded++;
      else this.#failed++;
      return;
    }
    const agent = this.#agents[caller];
    if (parent.incarnation !== agent.incarnation) return;
    agent.countEdge(call.callee, !ok, this.#nowMs - call.sentMs);
    if (ok) this.#proceed(agent, parent);
    else this.#fail(agent, parent, dependency, call.attempt, this.#agents[call.callee]);
  }

  /** An attempt has failed: the caller tries again after a pause, or gives its own request up. */
  #fail(
    agent: SimulatedAgent,
    parent: Call,
    dependency: Dependency,
    attempt: number,
    callee: SimulatedAgent | null,
  ): void {
    const storm = callee !== null && this.#stormAt(callee);
    if (attempt >= (storm ? STORM_ATTEMPTS : ATTEMPTS)) {
      this.#finish(agent, parent, false);
      return;
    }
    const backoffMs = storm ? STORM_BACKOFF_MS : BACKOFF_MS * 2 ** (attempt - 1);
    const pauseMs = backoffMs * agent.random.between(0.5, 1.5);
    this.#events.add(this.#nowMs + pauseMs, { kind: 'retry', parent, dependency, attempt: attempt + 1 });
  }

  #retry(parent: Call, dependency: Dependency, attempt: number): void {
    const agent = this.#agents[parent.callee];
    if (parent.incarnation !== agent.incarnation) return;
    agent.recentRetries++;
    this.#ask(agent, parent, dependency, attempt);
  }

  #stormAt(agent: SimulatedAgent): boolean {
    for (const fault of agent.faults) if (fault.kind === 'retry-storm') return true;
    return false;
  }

  /** A request is done with: its slot goes to the next one that waits, and its caller gets the answer. */
  #finish(agent: SimulatedAgent, call: Call, ok: boolean): void {
    agent.accrue(this.#nowMs);
    agent.running.delete(call);
    const latencyMs = this.#nowMs - call.sentMs;
    this.#count(agent, ok ? 'served' : 'failed');
    for (const counts of [agent.total, agent.recent]) {
      counts.latencySumMs += latencyMs;
      counts.latencyCount++;
    }
    const next = agent.queue.shift();
    if (next !== undefined) this.#begin(agent, next);
    this.#answer(call, ok);
  }

  #count(agent: SimulatedAgent, what: 'received' | 'served' | 'failed' | 'rejected' | 'throttled' | 'lost'): void {
    agent.total[what]++;
    agent.recent[what]++;
  }

  // Death and restart.

  /** Drops all that an agent holds. Callers of a dead one are left waiting, others get an error. */
  #drop(agent: SimulatedAgent, tell: boolean): void {
    agent.accrue(this.#nowMs);
    const dropped = [...agent.running, ...agent.queue];
    agent.running.clear();
    agent.queue.length = 0;
    agent.incarnation++;
    for (const call of dropped) {
      this.#count(agent, 'failed');
      if (tell) this.#answer(call, false);
    }
  }

  #die(agent: SimulatedAgent): void {
    this.#drop(agent, false);
    agent.condition = 'dead';
  }

  #restart(agent: SimulatedAgent, downMs: number): void {
    agent.condition = 'restarting';
    this.#drop(agent, true);
    for (const fault of [...agent.faults]) {
      if (fault.kind === 'leak' || fault.kind === 'dead') agent.faults.splice(agent.faults.indexOf(fault), 1);
    }
    this.#events.add(this.#nowMs + downMs, { kind: 'up', agent, incarnation: agent.incarnation });
  }

  #beginFault(fault: Fault): void {
    const agent = this.#agent(fault.agent);
    agent.faults.push(fault);
    if (fault.kind === 'dead')
      this.#events.add(Math.max(fault.fromMs + fault.rampMs, this.#nowMs), { kind: 'fault-peaks', fault });
    this.#events.add(Math.max(fault.toMs, this.#nowMs), { kind: 'fault-ends', fault });
    this.#startArrivals(agent);
  }

  #peakFault(fault: Fault): void {
    const agent = this.#agent(fault.agent);
    if (agent.faults.includes(fault)) this.#die(agent);
  }

  /** A fault that a restart has not ended ends by itself: the dead come back, and a leak ends in a restart for want of memory. */
  #endFault(fault: Fault): void {
    const agent = this.#agent(fault.agent);
    if (!agent.faults.includes(fault)) return;
    agent.faults.splice(agent.faults.indexOf(fault), 1);
    if (fault.kind === 'leak') this.#restart(agent, OUT_OF_MEMORY_DOWN_MS);
    else if (fault.kind === 'dead') this.#restart(agent, 0);
  }

  // Reports.

  #report(agent: SimulatedAgent, dueMs: number): void {
    if (agent.condition === 'up') {
      const place = { tenant: this.tenant, fleet: this.fleet };
      this.#heartbeats.push(heartbeatOf(agent, place, this.#nowMs));
      this.#interactions.push(...interactionsOf(agent, place, this.plans, this.#nowMs));
    }
    agent.resetRecent(this.#nowMs);
    const nextMs = dueMs + this.#heartbeatMs;
    const jitterMs = this.#heartbeatMs * HEARTBEAT_JITTER * agent.jitter.between(-1, 1);
    this.#events.add(Math.max(nextMs + jitterMs, this.#nowMs), { kind: 'heartbeat', agent, dueMs: nextMs });
  }
}

function checkOption(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new FleetError('REFERENCE_OPTION_INVALID', `${name} is ${value}; valid is ${min} to ${max}`);
}
