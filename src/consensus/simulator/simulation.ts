/**
 * A whole cluster in one process, in virtual time, under one seed: validators, liars among them, around an ordered log, with a
 * learner. First the faults, then calm, in which everything must be decided.
 */
import type { Decision } from '../../../schemas/records.ts';
import { equalBytes, hex, sha256 } from '../encoding.ts';
import { Ledger, PROTOCOL } from '../hotstuff/ledger.ts';
import { encodeLedger } from '../hotstuff/ledger-state.ts';
import { createParameters, type Parameters } from '../hotstuff/parameters.ts';
import { RULES, type Rules } from '../hotstuff/rules.ts';
import { createInstance, type Instance } from '../instance.ts';
import { Learner } from '../learner.ts';
import type { Message } from '../message.ts';
import type { Check, OfferedProposal } from '../protocol.ts';
import { createValidatorSet } from '../validator-set.ts';
import { Checkers } from './checkers.ts';
import { EventQueue } from './event-queue.ts';
import { CALM, drawFaults, FAULTS, type Fault, type FaultPlan } from './faults.ts';
import { IdealSignatures } from './ideal-signature.ts';
import { LIAR_NAMES, LIARS } from './liars.ts';
import { SimulatedNode } from './node.ts';
import { Random } from './random.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** 4 unless given. */
  readonly replicas?: number;
  /** Faults that may occur; all unless given. */
  readonly faults?: readonly Fault[];
  /** A broken rule, for testing the checkers. */
  readonly rules?: Rules;
  /** Proposals in the run; drawn by the seed unless given. */
  readonly proposals?: number;
}

export interface SimulationResult {
  readonly seed: number;
  readonly violations: readonly string[];
  /** After the faults had ended, something was not decided within the bound of failed views. */
  readonly stalled: boolean;
  /** Blocks. */
  readonly committed: number;
  readonly decisions: number;
  readonly views: number;
  /** Views that failed after the faults had ended. */
  readonly failuresToSettle: number;
  readonly records: number;
}

interface SimulatedProposal {
  readonly proposal: OfferedProposal;
  readonly value: Uint8Array;
  /** What checks say in the end, and from when on, by node. */
  readonly final: Check;
  readonly before: Check;
  readonly knownMs: readonly number[];
  readonly finalMs: readonly number[];
}

const TIMEOUT_MS = 200;
const FAULTY_MS = 4000;
/** Views that may fail, by number of validators, before everything is decided once the faults have ended. */
const SETTLE_VIEWS = 10;
/** And virtual time, for runs in which views do not change either. */
const SETTLE_MS = 100_000;

export class Simulation {
  readonly random: Random;
  readonly queue = new EventQueue();
  readonly log: Message[] = [];
  readonly proposals: SimulatedProposal[] = [];
  readonly instance: Instance;
  readonly scheme = new IdealSignatures();
  readonly parameters: Parameters;
  readonly rules: Rules;
  readonly checkers: Checkers;
  readonly nodes: SimulatedNode[] = [];
  readonly #seed: number;
  readonly #verdicts: Set<string>[] = [];
  #faults: FaultPlan;
  #learner: Learner;
  readonly #learnerState = new Map<string, Uint8Array>();
  #learnerProposals = 0;
  #decisions = 0;

  constructor(options: SimulationOptions) {
    this.#seed = options.seed;
    this.random = new Random(options.seed);
    const { random } = this;
    const n = options.replicas ?? 4;
    const allowed = new Set(options.faults ?? FAULTS);
    this.#faults = drawFaults(random, allowed);
    this.rules = options.rules ?? RULES;
    const signers = Array.from({ length: n }, (_, i) => this.scheme.createSigner(i));
    const set = createValidatorSet(
      signers.map(({ publicKey }, i) => ({ id: `v${String(i).padStart(3, '0')}`, publicKey })),
    );
    this.instance = createInstance(PROTOCOL, `simulation/${options.seed}`, set);
    this.parameters = createParameters({
      blockItemsMax: random.pick([1, 3, 8]),
      checkpointEvery: random.pick([1, 2, 4]),
      decidedKept: 4096,
      timeoutMs: TIMEOUT_MS,
    });
    const byzantine = this.#drawByzantine(allowed, n, set.faulty);
    const honest = new Set(set.validators.filter((_, i) => byzantine.get(i) === undefined).map(({ id }) => id));
    this.checkers = new Checkers(this.instance, this.scheme, honest, (offset) => this.#truth(offset));
    for (const [i, { id: validator }] of set.validators.entries()) {
      const kind = byzantine.get(i);
      const config = { validator, signer: signers[i], isHonest: kind === undefined, nonceSeed: i };
      const lie = kind === undefined || kind === 'twins' ? undefined : LIARS[kind];
      this.nodes.push(new SimulatedNode(this, lie === undefined ? config : { ...config, lie }));
      if (kind === 'twins') this.nodes.push(new SimulatedNode(this, config));
    }
    this.#learner = new Learner(this.#learnerConfig());
    this.#planProposals(options.proposals ?? random.int(1, 12));
    if (this.#faults.crashes) this.#planCrashes();
    if (this.#faults.partitions) this.#planPartitions();
    for (const node of this.nodes) this.queue.after(random.int(0, 20), () => node.start());
  }

  run(): SimulationResult {
    while (this.queue.nowMs < FAULTY_MS && this.queue.step());
    this.#settleDown();
    let stalled = false;
    const calmFailures = this.#failures();
    const failuresMax = calmFailures + SETTLE_VIEWS * this.instance.set.size;
    while (!this.#isDone()) {
      if (!this.queue.step() || this.#failures() > failuresMax || this.queue.nowMs > FAULTY_MS + SETTLE_MS) {
        stalled = true;
        break;
      }
      if (this.checkers.violations.length > 0) break;
    }
    if (!stalled && this.checkers.violations.length === 0) this.#checkReplay();
    return {
      seed: this.#seed,
      violations: this.checkers.violations,
      stalled,
      committed: Math.max(...this.nodes.map(({ height }) => height)),
      decisions: this.#decisions,
      views: this.#view(),
      failuresToSettle: this.#failures() - calmFailures,
      records: this.log.length,
    };
  }

  /** A node sends a record; what becomes of it is up to the faults. */
  send(node: SimulatedNode, message: Message): void {
    const { loss, duplication } = this.#faults;
    if (this.random.chance(loss)) return;
    const copies = this.random.chance(duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const waitMs = Math.max(0, node.cutOffUntilMs - this.queue.nowMs);
      this.queue.after(waitMs + this.#delay(), () => this.#append(message));
    }
  }

  /** A crash just after a record was sent, which is then still on its way when the next incarnation starts. */
  crashesNow(node: SimulatedNode): boolean {
    if (!this.#faults.crashes || !node.config.isHonest || !this.random.chance(0.02)) return false;
    this.#crash(node);
    return true;
  }

  checkOf(node: SimulatedNode, offset: number): Check {
    const { knownMs, finalMs, final, before } = this.proposals[offset];
    const i = this.nodes.indexOf(node);
    const { nowMs } = this.queue;
    const check: Check = nowMs < knownMs[i] ? { verdict: 'wait' } : nowMs < finalMs[i] ? before : final;
    if (node.config.isHonest && check.verdict !== 'wait') {
      this.#verdicts[offset].add(check.verdict === 'approve' ? 'APPROVED' : 'REJECTED');
    }
    return check;
  }

  #drawByzantine(allowed: ReadonlySet<Fault>, n: number, faulty: number): Map<number, keyof typeof LIARS | 'twins'> {
    const kinds = [...(allowed.has('liars') ? LIAR_NAMES : []), ...(allowed.has('twins') ? (['twins'] as const) : [])];
    const byzantine = new Map<number, keyof typeof LIARS | 'twins'>();
    if (kinds.length === 0 || this.random.chance(0.2)) return byzantine;
    while (byzantine.size < faulty) byzantine.set(this.random.int(0, n - 1), this.random.pick(kinds));
    return byzantine;
  }

  #append(message: Message): void {
    const position = this.log.push(message) - 1;
    this.checkers.onAppended(message);
    for (const node of this.nodes) this.#readLater(node, () => node.readLog(position));
    this.#learn(() => this.#learner.onMessage(position, message));
  }

  #readLater(node: SimulatedNode, read: () => void): void {
    this.queue.after(this.#delay(), () => {
      const waitMs = node.cutOffUntilMs - this.queue.nowMs;
      if (waitMs > 0) this.queue.after(waitMs, read);
      else read();
    });
  }

  #delay(): number {
    return this.random.int(1, this.#faults.delayMs);
  }

  #planProposals(count: number): void {
    const values: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      const value =
        values.length > 0 && this.random.chance(0.1) ? this.random.pick(values) : Buffer.from(`${this.#seed}/${i}`);
      values.push(value);
      this.queue.after(this.random.int(0, FAULTY_MS), () => this.#propose(value));
    }
  }

  #propose(value: Uint8Array): void {
    const offset = this.proposals.length;
    const earlier = this.proposals.find((other) => equalBytes(other.value, value));
    const { nowMs } = this.queue;
    const mayChange = this.#faults.checks;
    const approve: Check = { verdict: 'approve', dryRun: false };
    const rejects: Check = { verdict: 'reject', dryRun: false, reason: 'BUDGET_SPENT' };
    const final = this.random.chance(0.6) ? approve : rejects;
    const draw = (): number[] => this.nodes.map(() => nowMs + (mayChange ? this.random.int(0, 600) : 0));
    const knownMs = draw();
    this.proposals.push({
      proposal: { offset, digest: sha256(value), decidedMs: earlier?.proposal.decidedMs ?? 1000 + offset },
      value,
      final: earlier?.final ?? final,
      before: earlier?.before ?? (mayChange && this.random.chance(0.3) ? approve : (earlier?.final ?? final)),
      knownMs: earlier?.knownMs ?? knownMs,
      finalMs: earlier?.finalMs ?? knownMs.map((ms) => ms + (mayChange ? this.random.int(0, 600) : 0)),
    });
    this.#verdicts.push(earlier === undefined ? new Set() : this.#verdicts[earlier.proposal.offset]);
    for (const [i, node] of this.nodes.entries()) {
      this.#readLater(node, () => node.readProposals(offset));
      for (const ms of [this.proposals[offset].knownMs[i], this.proposals[offset].finalMs[i]]) {
        if (ms > nowMs) this.queue.after(ms - nowMs, () => node.offer(offset));
      }
    }
    this.queue.after(this.#delay(), () => this.#learnProposals(offset));
  }

  #planCrashes(): void {
    for (let i = this.random.int(1, 6); i > 0; i--) {
      const node = this.random.pick(this.nodes);
      if (!node.config.isHonest) continue;
      this.queue.after(this.random.int(100, FAULTY_MS - 100), () => this.#crash(node));
    }
  }

  #crash(node: SimulatedNode): void {
    node.crash();
    this.queue.after(this.random.chance(0.5) ? this.random.int(1, 20) : this.random.int(20, 800), () => {
      if (node.replica === null) node.start();
    });
  }

  #planPartitions(): void {
    for (let i = this.random.int(1, 6); i > 0; i--) {
      const node = this.random.pick(this.nodes);
      const lastsMs = this.random.int(50, 1000);
      this.queue.after(this.random.int(0, FAULTY_MS - 1000), () => {
        node.cutOffUntilMs = this.queue.nowMs + lastsMs;
      });
    }
  }

  #settleDown(): void {
    this.#faults = CALM;
    for (const node of this.nodes) {
      node.cutOffUntilMs = 0;
      if (node.replica === null) node.start();
    }
    for (const proposal of this.proposals) {
      const { offset } = proposal.proposal;
      for (const node of this.nodes) this.#readLater(node, () => node.readProposals(offset));
    }
  }

  #view(): number {
    return Math.max(...this.nodes.map(({ replica, config }) => (config.isHonest ? (replica?.ledger.view ?? 0) : 0)));
  }

  /** Views that led to nothing: every other one led to a block. */
  #failures(): number {
    const failures = this.nodes.map(({ replica, config }) =>
      config.isHonest && replica !== null ? replica.ledger.view - replica.ledger.height : 0,
    );
    return Math.max(...failures);
  }

  #isDone(): boolean {
    const last = this.proposals.length - 1;
    for (const { replica, config } of this.nodes) {
      if (!config.isHonest) continue;
      if (replica === null || replica.status !== 'active' || replica.openProposals > 0) return false;
      for (let offset = last; offset >= 0; offset--) {
        const { digest } = this.proposals[offset].proposal;
        if (!replica.ledger.decided.isSettled(offset, digest)) return false;
      }
    }
    return this.#decisions >= new Set(this.proposals.map(({ proposal }) => hex(proposal.digest))).size;
  }

  /** The same log gives the same state, and the learner's kept state gives the same learner. */
  #checkReplay(): void {
    const { instance, parameters, scheme, rules, checkers } = this;
    const ledger = new Ledger({ instance, parameters, scheme, rules });
    const readers = this.nodes.filter(({ replica, config }) => replica !== null && config.isHonest);
    for (const [position, message] of this.log.entries()) {
      ledger.apply(position, message);
      for (const { replica, config } of readers) {
        if (replica === null || replica.ledger.position !== position) continue;
        const isSame = equalBytes(encodeLedger(ledger), encodeLedger(replica.ledger));
        checkers.require(isSame, `${config.validator} has another state than a replay of the log`);
      }
    }
  }

  #learn(read: () => readonly Decision[]): void {
    for (const decision of read()) {
      this.#decisions++;
      this.checkers.onDecision(decision);
    }
    // A stream processor keeps its state with each batch, and may be moved after any.
    if (!this.random.chance(0.05)) return;
    for (const { key, value } of this.#learner.drainChanges()) {
      if (value === null) this.#learnerState.delete(key);
      else this.#learnerState.set(key, value);
    }
    if (this.random.chance(0.5)) this.#learner = Learner.restore(this.#learnerConfig(), this.#learnerState);
  }

  #learnProposals(through: number): void {
    while (this.#learnerProposals <= through) {
      const offset = this.#learnerProposals++;
      this.#learn(() => this.#learner.onProposal(offset, this.proposals[offset].value));
    }
  }

  #learnerConfig() {
    const { instance, parameters, scheme, rules } = this;
    const summarize = (value: Uint8Array) => ({
      id: Buffer.from(value).toString(),
      tenant: 'tenant',
      fleet: 'fleet',
      cell: 0,
      kind: 'THROTTLE',
      targets: ['agent'],
      expiresMs: 1,
    });
    return { instance, parameters, scheme, rules, summarize };
  }

  #truth(offset: number) {
    const known = this.proposals[offset];
    if (known === undefined) return undefined;
    return {
      digest: hex(known.proposal.digest),
      decidedMs: known.proposal.decidedMs,
      verdicts: this.#verdicts[offset],
    };
  }
}

export function simulate(options: SimulationOptions): SimulationResult {
  return new Simulation(options).run();
}
