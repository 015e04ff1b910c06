/**
 * A whole cluster in one process, in virtual time, under one seed: replicas, twins and liars among them, over lossy links or around
 * a log. First the faults, then calm, in which everything must be decided.
 */
import type { Check, Event, OfferedProposal, Vocabulary } from '../core.ts';
import { sha256 } from '../encoding.ts';
import { createInstance, type Instance } from '../instance.ts';
import { Checkers, type Truth } from './checkers.ts';
import { EventQueue, type Scheduled } from './event-queue.ts';
import { encodedOr } from './garbling.ts';
import { Host, type SharedProcess } from './host.ts';
import { IdealHashes } from './ideal-hashes.ts';
import { IdealSignatures } from './ideal-signature.ts';
import { CALM_DELAY_MS, FAULTY_MS, type Incident } from './incidents.ts';
import { garbling, LIES, together } from './liars.ts';
import type { Cast, Lie, Model, Saying, Watch } from './model.ts';
import { Noise } from './noise.ts';
import { Random } from './random.ts';
import { validatorsOf } from './validators.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly replicas: number;
  readonly incidents: readonly Incident[];
  /** Name of a planted bug of the model; null: none. */
  readonly bug: string | null;
  /** Told of everything that happens, in order. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface Outcome {
  readonly violations: readonly string[];
  /** After the faults had ended, something was not decided within the bound of views. */
  readonly stalled: boolean;
  /** Proposals decided. */
  readonly committed: number;
  readonly blocks: number;
  /** Most views entered without a block after the faults had ended. */
  readonly viewsInVain: number;
  readonly messages: number;
}

/** Of a proposal and its copies: whether an honest check ever gave this verdict. */
interface Said {
  APPROVED: boolean;
  REJECTED: boolean;
}

interface SimulatedProposal {
  readonly proposal: OfferedProposal;
  readonly value: Uint8Array;
  /** What checks say in the end, and from when on, by host. */
  readonly final: Check;
  readonly before: Check;
  readonly knownMs: readonly number[];
  readonly finalMs: readonly number[];
  /** What honest checks have said, of it or of a copy. */
  readonly said: Said;
}

export const TIMEOUT_MS = 200;
/** Views that may be entered in vain, by number of replicas, before the next block once the faults have ended. */
const SETTLE_VIEWS = 10;
/** And virtual time, for runs in which views do not change either. ms */
const SETTLE_MS = 100_000;
/** Part of the runs in which nothing is left out for speed: sha256, and whoever costs as much as a replica reads along. */
const THOROUGH = 0.05;
const WAIT: Check = { verdict: 'wait' };
const APPROVE: Check = { verdict: 'approve', dryRun: false };
const REJECT: Check = { verdict: 'reject', dryRun: false, reason: 'BUDGET_SPENT' };
/** Messages that liars remember. */
const HEARD = 256;

/** A host reads the log up to a record, once it may read. */
class LogRead<V extends Vocabulary> implements Scheduled {
  next: Scheduled | null = null;
  readonly queue: EventQueue;
  readonly host: Host<V>;
  readonly position: number;

  constructor(queue: EventQueue, host: Host<V>, position: number) {
    this.queue = queue;
    this.host = host;
    this.position = position;
  }

  run(): void {
    const waitMs = this.host.mayReadMs - this.queue.nowMs;
    if (waitMs > 0) this.queue.schedule(waitMs, this);
    else this.host.readLog(this.position);
  }
}

/** A host reads the proposals up to an offset, once it may read. */
class ProposalsRead<V extends Vocabulary> implements Scheduled {
  next: Scheduled | null = null;
  readonly queue: EventQueue;
  readonly host: Host<V>;
  readonly offset: number;
  #hasWaited = false;

  constructor(queue: EventQueue, host: Host<V>, offset: number) {
    this.queue = queue;
    this.host = host;
    this.offset = offset;
  }

  run(): void {
    const waitMs = this.#hasWaited ? 0 : this.host.mayReadMs - this.queue.nowMs;
    this.#hasWaited = true;
    if (waitMs > 0) this.queue.schedule(waitMs, this);
    else this.host.readProposals(this.offset);
  }
}

/** What a host has said reaches the log. */
class Append<V extends Vocabulary> implements Scheduled {
  next: Scheduled | null = null;
  readonly simulation: Simulation<V>;
  readonly from: Host<V>;
  readonly message: V['message'];

  constructor(simulation: Simulation<V>, from: Host<V>, message: V['message']) {
    this.simulation = simulation;
    this.from = from;
    this.message = message;
  }

  run(): void {
    this.simulation.append(this.from, this.message);
  }
}

/** A message over a link. */
class Delivery<V extends Vocabulary> implements Scheduled {
  next: Scheduled | null = null;
  readonly host: Host<V>;
  readonly message: V['message'];

  constructor(host: Host<V>, message: V['message']) {
    this.host = host;
    this.message = message;
  }

  run(): void {
    this.host.deliver(this.message);
  }
}

export class Simulation<V extends Vocabulary> {
  readonly model: Model<V>;
  readonly cast: Cast<V>;
  readonly queue = new EventQueue();
  readonly checkers: Checkers<V>;
  readonly watch: Watch<V> | null;
  readonly log: V['message'][] = [];
  readonly heard: V['message'][] = [];
  readonly proposals: SimulatedProposal[] = [];
  readonly hosts: Host<V>[] = [];
  readonly instance: Instance;
  readonly scheme = new IdealSignatures();
  /** Null in a thorough run, which hashes as production does. */
  readonly #hashes: IdealHashes | null;
  /** For liars. */
  readonly random: Random;
  readonly noise: Noise;
  readonly trace: ((host: Host<V>, event: Event<V>) => void) | null;
  readonly #seed: number;
  readonly #hostsOf: Host<V>[][] = [];
  readonly #onLine: ((line: string) => void) | null;
  readonly #checksMostMs: number;
  readonly #slowDisk: boolean;
  /** Times of checks that know at once, by host. */
  readonly #atOnce: readonly number[];
  #planned = 0;
  #saidCount = 0;
  // What is wrong with the network just now.
  #loss = 0;
  #duplication = 0;
  #delayMs = CALM_DELAY_MS;
  /** Least and most delay of a calm network. */
  #leastDelayMs = 1;
  #calmDelayMs = CALM_DELAY_MS;
  #cuts: ReadonlySet<number>[] = [];
  #deaf: Extract<Incident, { readonly type: 'deaf' }>[] = [];

  constructor(model: Model<V>, { seed, replicas, incidents, bug, onLine }: SimulationOptions) {
    this.#seed = seed;
    this.model = model;
    this.random = new Random(seed ^ 0x5bd1e995);
    this.#onLine = onLine ?? null;
    this.trace = onLine === undefined ? null : (host, event) => this.#tell(host, event);
    const signers = Array.from({ length: replicas }, (_, i) => this.scheme.createSigner(i));
    const set = validatorsOf(signers);
    const watchRandom = new Random(seed ^ 0x2545f491);
    const isThorough = watchRandom.chance(THOROUGH);
    this.#hashes = isThorough ? null : new IdealHashes();
    this.instance = createInstance(model.protocol, `simulation/${seed}`, set, this.#hashes);
    const { instance, scheme } = this;
    const random = new Random(seed ^ 0x1b873593);
    this.cast = model.begin({ instance, scheme, signers, random, timeoutMs: TIMEOUT_MS, bug, isThorough });
    const lies: Readonly<Record<string, Lie<V>>> = { ...LIES, garbling, ...this.cast.lies };

    const kinds = new Map<number, Lie<V> | 'twins'>();
    const rates = new Map<number, number>();
    for (const incident of incidents) {
      if (incident.type === 'twins') kinds.set(incident.replica, 'twins');
      else if (incident.type === 'liar')
        kinds.set(incident.replica, together(incident.lie.split('+').map((name) => lies[name])));
      else if (incident.type === 'skew') rates.set(incident.replica, incident.rate);
      else if (incident.type === 'distance') {
        this.#leastDelayMs = incident.mostMs >> 1;
        this.#calmDelayMs = incident.mostMs;
      }
    }
    for (let index = 0; index < replicas; index++) {
      const kind = kinds.get(index);
      const lie = kind === undefined || kind === 'twins' ? null : kind;
      const rate = rates.get(index) ?? 1;
      const group: Host<V>[] = [];
      for (let twin = 0; twin < (kind === 'twins' ? 2 : 1); twin++) {
        const number = this.hosts.length;
        const host = new Host(this, { index, number, isHonest: kind === undefined, rate, lie });
        this.hosts.push(host);
        group.push(host);
      }
      this.#hostsOf.push(group);
    }
    for (const incident of incidents) {
      if (incident.type !== 'hosted') continue;
      const process: SharedProcess<V> = {
        hosts: incident.replicas.flatMap((index) => this.#hostsOf[index]),
        writtenMs: 0,
      };
      for (const host of process.hosts) host.process = process;
    }
    this.#atOnce = this.hosts.map(() => 0);
    this.noise = new Noise(seed, (this.hosts.length + 1) ** 2);
    this.checkers = new Checkers(
      this.instance,
      this.cast,
      (index) => kinds.get(index) === undefined,
      (offset) => this.#truth(offset),
    );
    this.watch = this.cast.watch?.(this.checkers.report, watchRandom) ?? null;
    this.#checksMostMs = Math.max(
      0,
      ...incidents.map((incident) => (incident.type === 'checks' ? incident.mostMs : 0)),
    );
    this.#slowDisk = incidents.some(({ type }) => type === 'crash');
    this.#clearNetwork();
    for (const incident of incidents) this.#schedule(incident);
    for (const host of this.hosts) this.queue.after(this.noise.int(host.config.number, 0, 20), () => host.start());
  }

  run(): Outcome {
    const { queue, checkers } = this;
    while (queue.nowMs < FAULTY_MS && checkers.violations.length === 0 && queue.step());
    this.#settleDown();
    let blocks = checkers.blocks;
    let lastView = this.#view();
    let lastMs = queue.nowMs;
    let viewsInVain = 0;
    let stalled = false;
    let lookedMs = -1;
    while (checkers.violations.length === 0) {
      // Nothing more can come of looking twice in one millisecond.
      if (queue.nowMs !== lookedMs) {
        lookedMs = queue.nowMs;
        if (this.#isDone()) break;
        const view = this.#view();
        if (checkers.blocks > blocks) {
          blocks = checkers.blocks;
          lastView = view;
          lastMs = queue.nowMs;
        }
        viewsInVain = Math.max(viewsInVain, view - lastView);
        stalled = view - lastView > SETTLE_VIEWS * this.instance.set.size || queue.nowMs - lastMs > SETTLE_MS;
      }
      stalled ||= !queue.step() && !this.#isDone();
      if (stalled || queue.isEmpty) break;
    }
    const honest = this.hosts.filter(({ config }) => config.isHonest);
    const machines = honest.flatMap(({ machine }) => (machine === null ? [] : [machine]));
    if (!stalled && checkers.violations.length === 0) this.watch?.onEnd?.(this.log, machines);
    return {
      violations: checkers.violations,
      stalled,
      committed: checkers.decided,
      blocks: checkers.blocks,
      viewsInVain,
      messages: this.#saidCount,
    };
  }

  /** A host says something; what becomes of it is up to the faults. */
  say(host: Host<V>, { message, to }: Saying<V['message']>): void {
    this.#saidCount++;
    const { index, isHonest } = host.config;
    const judge = (): void => {
      this.checkers.onSaid(index, message);
      this.watch?.onSaid?.(index, isHonest, message);
    };
    // What has no encoding is no vote that anybody could count.
    if (isHonest) judge();
    else encodedOr(undefined, judge);
    if (this.heard.length < HEARD) this.heard.push(message);
    else this.heard[this.#saidCount % HEARD] = message;
    if (this.model.channel === 'log') {
      this.#write(host, message);
      if (host.process !== null && this.cast.isForwarded?.(message) === true) {
        for (const other of host.process.hosts) if (other !== host) other.overhear(message);
      }
      return;
    }
    if (to === undefined) {
      for (let index = 0; index < this.#hostsOf.length; index++) {
        if (index !== host.config.index) this.#transmit(host, index, message);
      }
    } else if (to !== host.config.index && to < this.#hostsOf.length) this.#transmit(host, to, message);
  }

  /** Towards the log. */
  #write(host: Host<V>, message: V['message']): void {
    const { queue, noise } = this;
    const link = this.#link(host, null);
    if (noise.next(link) < this.#loss) return;
    const copies = noise.next(link) < this.#duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const waitMs = Math.max(0, host.cutOffUntilMs - queue.nowMs);
      let ms = waitMs + this.#delay(link);
      if (host.process !== null) {
        ms = Math.max(ms, host.process.writtenMs - queue.nowMs);
        host.process.writtenMs = queue.nowMs + ms;
      }
      queue.schedule(ms, new Append(this, host, message));
    }
  }

  /** How long a write takes: 0 where nothing can be lost by it. ms */
  diskMs(host: Host<V>): number {
    return this.#slowDisk ? this.noise.int(this.#link(host, host), 0, 3) : 0;
  }

  checkOf(host: Host<V>, offset: number): Check {
    const { knownMs, finalMs, final, before, said } = this.proposals[offset];
    const { number, isHonest } = host.config;
    const { nowMs } = this.queue;
    const check = nowMs < knownMs[number] ? WAIT : nowMs < finalMs[number] ? before : final;
    if (isHonest && check.verdict === 'approve') said.APPROVED = true;
    if (isHonest && check.verdict === 'reject') said.REJECTED = true;
    return check;
  }

  #transmit(from: Host<V>, index: number, message: V['message']): void {
    for (const cut of this.#cuts) if (cut.has(from.config.index) !== cut.has(index)) return;
    for (const { replica, to } of this.#deaf) if (replica === index && to.includes(from.config.index)) return;
    for (const host of this.#hostsOf[index]) {
      const link = this.#link(from, host);
      if (this.#loss > 0 && this.noise.next(link) < this.#loss) continue;
      this.queue.schedule(this.#delay(link), new Delivery(host, message));
      if (this.#duplication > 0 && this.noise.next(link) < this.#duplication)
        this.queue.schedule(2 * this.#delay(link), new Delivery(host, message));
    }
  }

  #delay(link: number): number {
    return this.noise.int(link, this.#leastDelayMs, this.#delayMs);
  }

  /** Number of the link between two hosts, or between one and the log. */
  #link(from: Host<V>, to: Host<V> | null): number {
    const hosts = this.hosts.length;
    return (from.config.number + 1) * (hosts + 1) + (to === null ? hosts : to.config.number);
  }

  /** The log takes a record. */
  append(from: Host<V>, message: V['message']): void {
    const position = this.log.push(message) - 1;
    this.watch?.onAppended?.(position, message, from.config.isHonest);
    for (const host of this.hosts)
      this.queue.schedule(this.#delay(host.config.number), new LogRead(this.queue, host, position));
  }

  #readLater(host: Host<V>, offset: number): void {
    this.queue.schedule(this.#delay(host.config.number), new ProposalsRead(this.queue, host, offset));
  }

  #schedule(incident: Incident): void {
    const { queue } = this;
    switch (incident.type) {
      case 'proposal': {
        const number = this.#planned++;
        queue.after(incident.atMs, () => this.#propose(number, incident.copies, incident.isApproved));
        break;
      }
      case 'loss':
        this.#during(incident, () => {
          this.#loss = incident.share;
        });
        break;
      case 'duplication':
        this.#during(incident, () => {
          this.#duplication = incident.share;
        });
        break;
      case 'delay':
        this.#during(incident, () => {
          this.#delayMs = Math.max(incident.mostMs, this.#calmDelayMs);
        });
        break;
      case 'partition': {
        const cut = new Set(incident.cut);
        queue.after(incident.fromMs, () => {
          this.#cuts.push(cut);
          for (const index of cut) {
            for (const host of this.#hostsOf[index] ?? []) host.cutOffUntilMs = queue.nowMs + incident.forMs;
          }
        });
        queue.after(incident.fromMs + incident.forMs, () => {
          this.#cuts = this.#cuts.filter((one) => one !== cut);
        });
        break;
      }
      case 'deaf':
        queue.after(incident.fromMs, () => {
          this.#deaf.push(incident);
          if (this.model.channel === 'links') return;
          for (const host of this.#hostsOf[incident.replica] ?? []) host.deafUntilMs = queue.nowMs + incident.forMs;
        });
        queue.after(incident.fromMs + incident.forMs, () => {
          this.#deaf = this.#deaf.filter((one) => one !== incident);
        });
        break;
      case 'crash':
        queue.after(incident.atMs, () => {
          // Twins are Byzantine: whoever starts them again is not our concern.
          const [host, twin] = this.#hostsOf[incident.replica] ?? [];
          if (host === undefined || twin !== undefined) return;
          host.crashAfter(incident.afterEffects, incident.keeps, () => {
            queue.after(incident.downMs, () => {
              if (host.machine === null) host.start();
            });
          });
        });
        break;
    }
  }

  #during({ fromMs, forMs }: { readonly fromMs: number; readonly forMs: number }, set: () => void): void {
    this.queue.after(fromMs, set);
    if (fromMs + forMs < FAULTY_MS) this.queue.after(fromMs + forMs, () => this.#clearNetwork());
  }

  #clearNetwork(): void {
    this.#loss = 0;
    this.#duplication = 0;
    this.#delayMs = this.#calmDelayMs;
  }

  #propose(number: number, copies: boolean, isApproved: boolean): void {
    const { queue, random, noise } = this;
    const offset = this.proposals.length;
    const original = copies && offset > 0 ? this.proposals[noise.int(0, 0, offset - 1)] : null;
    const value = original?.value ?? Buffer.from(`${this.#seed}/${number}`);
    // Of a copy, the same bytes in another object.
    const digest = this.#hashes === null ? sha256(value) : (original?.proposal.digest.slice() ?? this.#hashes.next());
    const { nowMs } = queue;
    const most = this.#checksMostMs;
    const final = isApproved ? APPROVE : REJECT;
    const knownMs = most > 0 ? this.hosts.map(() => nowMs + random.int(0, most)) : this.#atOnce;
    const finalMs = most > 0 ? knownMs.map((ms) => ms + random.int(0, most)) : this.#atOnce;
    this.proposals.push({
      proposal: { offset, digest, decidedMs: original?.proposal.decidedMs ?? 1000 + offset },
      value,
      final: original?.final ?? final,
      before: original?.before ?? (most > 0 && random.chance(0.3) ? APPROVE : final),
      knownMs: original?.knownMs ?? knownMs,
      finalMs: original?.finalMs ?? finalMs,
      said: original?.said ?? { APPROVED: false, REJECTED: false },
    });
    const { knownMs: known, finalMs: settled } = this.proposals[offset];
    for (const host of this.hosts) {
      const { number } = host.config;
      this.#readLater(host, offset);
      if (known[number] > nowMs) this.#offerLater(host, offset, known[number] - nowMs);
      if (settled[number] > nowMs) this.#offerLater(host, offset, settled[number] - nowMs);
    }
    queue.after(this.#delay(0), () => this.watch?.onProposal?.(offset, value));
  }

  #offerLater(host: Host<V>, offset: number, ms: number): void {
    this.queue.after(ms, () => host.offer(offset));
  }

  #settleDown(): void {
    this.#clearNetwork();
    this.#cuts = [];
    this.#deaf = [];
    for (const host of this.hosts) {
      host.cutOffUntilMs = 0;
      host.deafUntilMs = 0;
      host.defuse();
      if (host.machine === null) host.start();
    }
    const last = this.proposals.length - 1;
    for (const host of this.hosts) this.#readLater(host, last);
  }

  #view(): number {
    let most = 0;
    for (const { machine, config } of this.hosts) {
      if (config.isHonest && machine !== null) most = Math.max(most, machine.view);
    }
    return most;
  }

  #isDone(): boolean {
    if (this.proposals.length < this.#planned) return false;
    for (const host of this.hosts) if (host.config.isHonest && !host.isDone) return false;
    return this.watch?.isWaiting?.() !== true;
  }

  #truth(offset: number): Truth | undefined {
    const known = this.proposals[offset];
    if (known === undefined) return undefined;
    const { proposal, said } = known;
    return { digest: proposal.digest, decidedMs: proposal.decidedMs, said };
  }

  #tell({ config }: Host<V>, event: Event<V>): void {
    const twin = this.#hostsOf[config.index].length > 1 ? `/${config.number}` : '';
    const who = `${String(this.queue.nowMs).padStart(6)} ms  ${config.index}${twin}`;
    switch (event.type) {
      case 'start':
        this.#onLine?.(`${who} starts`);
        break;
      case 'message':
        this.#onLine?.(`${who} hears ${this.cast.describe(event.message)}`);
        break;
      case 'overheard':
        this.#onLine?.(`${who} overhears ${this.cast.describe(event.message)}`);
        break;
      case 'offered':
        this.#onLine?.(`${who} is offered ${event.proposal.offset}: ${event.check.verdict}`);
        break;
      case 'timer':
        this.#onLine?.(`${who} timer ${event.timer} of ${event.view} runs out`);
        break;
      case 'offeredTogether':
        break;
    }
  }
}
