/**
 * All that can happen to a small cluster, up to a bound: every order in which messages may arrive or be lost, timers run out, and
 * replicas crash. States that were seen before are not gone into again; two states are the same when every replica's state is and
 * the same messages are under way.
 *
 * A step depends on nothing but the replica's state and the event, so each is carried out once and remembered, and a machine is made
 * again from its events where it is needed. Written for links and for a log.
 */

import { hashBlock } from '../block.ts';
import type { Effect, Event, Machine, OfferedProposal, Vocabulary } from '../core.ts';
import { hex, sha256 } from '../encoding.ts';
import { createInstance } from '../instance.ts';
import { canonical } from './canonical.ts';
import { IdealSignatures } from './ideal-signature.ts';
import type { AnyModel, Cast, Model } from './model.ts';
import { Random } from './random.ts';
import { validatorsOf } from './validators.ts';

export interface Bounds {
  readonly replicas: number;
  /** Offered to all at the beginning. */
  readonly proposals: number;
  /** Timers that may run out on a path. */
  readonly timeouts: number;
  /** Messages that may be lost on a path. */
  readonly losses: number;
  /** Crashes on a path; a crashed replica starts again at once from its disk. */
  readonly crashes: number;
  /** Replicas that say and hear nothing, the last ones. */
  readonly silent: number;
  /** Steps on a path. */
  readonly depth: number;
  /** States looked at. */
  readonly states: number;
  /** Of the model's parameters. */
  readonly seed?: number;
  readonly bug?: string | null;
}

export interface Exploration {
  readonly states: number;
  /** Every path was followed to its end within `depth`. */
  readonly isComplete: boolean;
  /** Longest path. */
  readonly depth: number;
  /** States in which every replica has decided everything. */
  readonly decided: number;
  /** What went wrong, and the steps that led there; null: nothing. */
  readonly violation: { readonly what: string; readonly steps: readonly string[] } | null;
}

/** A replica's state, and how to come to it again. */
interface Local<V extends Vocabulary> {
  readonly id: number;
  readonly index: number;
  /** Events since its last start. */
  readonly events: readonly Event<V>[];
  /** What was on disk, and the log's length, at its last start. */
  readonly recovered: readonly V['record'][];
  readonly recoveredLog: readonly number[];
  readonly disk: readonly V['record'][];
  readonly timers: ReadonlyMap<V['timer'], number>;
  /** Hashes of what it committed, by height. */
  readonly chain: readonly string[];
  readonly votes: ReadonlyMap<string, string>;
  readonly starts: number;
  readonly isDone: boolean;
  readonly next: Map<string, Next<V>>;
}

interface Next<V extends Vocabulary> {
  readonly local: Local<V>;
  /** Numbers of the messages said, with their receivers. */
  readonly sends: readonly Sent[];
  readonly violation: string | null;
}

interface Sent {
  readonly message: number;
  /** Null: the log. */
  readonly to: number | null;
}

interface Global<V extends Vocabulary> {
  readonly locals: readonly Local<V>[];
  readonly underWay: readonly Sent[];
  readonly log: readonly number[];
  /** How far each has read. */
  readonly read: readonly number[];
  readonly timeouts: number;
  readonly losses: number;
  readonly crashes: number;
  readonly depth: number;
  readonly from: Global<V> | null;
  readonly step: string;
}

export function explore(model: AnyModel, bounds: Bounds): Exploration {
  return model.with((known) => new Explorer(known, bounds).run());
}

class Explorer<V extends Vocabulary> {
  readonly #model: Model<V>;
  readonly #bounds: Bounds;
  readonly #cast: Cast<V>;
  readonly #instance: ReturnType<typeof createInstance>;
  readonly #proposals: readonly OfferedProposal[];
  readonly #messages: V['message'][] = [];
  readonly #messageNumbers = new Map<string, number>();
  readonly #locals = new Map<string, Local<V>>();
  readonly #seen = new Set<string>();

  constructor(model: Model<V>, bounds: Bounds) {
    this.#model = model;
    this.#bounds = bounds;
    const scheme = new IdealSignatures();
    const signers = Array.from({ length: bounds.replicas }, (_, i) => scheme.createSigner(i));
    this.#instance = createInstance(model.protocol, 'exploration', validatorsOf(signers));
    const random = new Random(bounds.seed ?? 1);
    const { bug = null } = bounds;
    this.#cast = model.begin({
      instance: this.#instance,
      scheme,
      signers,
      random,
      timeoutMs: 200,
      bug,
      isThorough: true,
    });
    this.#proposals = Array.from({ length: bounds.proposals }, (_, offset) => ({
      offset,
      digest: sha256(Buffer.from(`${offset}`)),
      decidedMs: 1000 + offset,
    }));
  }

  run(): Exploration {
    const stack: Global<V>[] = [this.#begin()];
    let states = 0;
    let deepest = 0;
    let decided = 0;
    let isComplete = true;
    for (;;) {
      const state = stack.pop();
      if (state === undefined) break;
      const key = this.#keyOf(state);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      states++;
      deepest = Math.max(deepest, state.depth);
      const live = state.locals.slice(0, this.#bounds.replicas - this.#bounds.silent);
      if (live.every(({ isDone }) => isDone)) decided++;
      const torn = disagreement(live);
      if (torn !== null) return { states, isComplete: false, depth: deepest, decided, violation: told(torn, state) };
      if (states >= this.#bounds.states || state.depth >= this.#bounds.depth) {
        isComplete = false;
        if (states >= this.#bounds.states) break;
        continue;
      }
      for (const next of this.#moves(state)) {
        if ('what' in next) {
          return { states, isComplete: false, depth: deepest, decided, violation: told(next.what, next.state) };
        }
        stack.push(next);
      }
    }
    return { states, isComplete, depth: deepest, decided, violation: null };
  }

  #begin(): Global<V> {
    const { replicas, silent, timeouts, losses, crashes } = this.#bounds;
    let state: Global<V> = {
      locals: Array.from({ length: replicas }, (_, index) => this.#make(index, [], [], 1, [], new Map())),
      underWay: [],
      log: [],
      read: Array.from({ length: replicas }, () => 0),
      timeouts,
      losses,
      crashes,
      depth: 0,
      from: null,
      step: 'all start and are offered everything',
    };
    for (let index = 0; index < replicas - silent; index++) {
      const offers = this.#proposals.map((proposal) => ({
        proposal,
        check: { verdict: 'approve', dryRun: false } as const,
      }));
      for (const event of [this.#startOf(index, 1), { type: 'offeredTogether', offers } as const]) {
        const next = this.#step(state, index, event, event.type);
        if ('what' in next) throw new Error(next.what);
        state = { ...next, depth: 0, from: null, step: state.step };
      }
    }
    return state;
  }

  #startOf(index: number, starts: number): Event<V> {
    return { type: 'start', nonce: new Uint8Array(16).fill(16 * starts + index) };
  }

  *#moves(state: Global<V>): Generator<Global<V> | { readonly what: string; readonly state: Global<V> }> {
    const live = this.#bounds.replicas - this.#bounds.silent;
    const tried = new Set<string>();
    for (const [i, sent] of state.underWay.entries()) {
      // Two of the same make the same difference.
      const key = `${sent.message} ${sent.to}`;
      if (tried.has(key)) continue;
      tried.add(key);
      const rest = { ...state, underWay: state.underWay.filter((_, k) => k !== i) };
      if (sent.to === null) {
        const step = `the log takes ${this.#describe(sent.message)}`;
        yield { ...rest, log: [...state.log, sent.message], depth: state.depth + 1, from: state, step };
      } else if (sent.to < live) {
        const message = this.#messages[sent.message];
        yield this.#step(
          { ...rest, from: state },
          sent.to,
          { type: 'message', position: 0, message },
          `m${sent.message}`,
        );
      }
      if (state.losses > 0) {
        const step = `lost: ${this.#describe(sent.message)}`;
        yield { ...rest, losses: state.losses - 1, depth: state.depth + 1, from: state, step };
      }
    }
    for (let index = 0; index < live; index++) {
      const position = state.read[index];
      if (position < state.log.length) {
        const number = state.log[position];
        const read = state.read.map((at, k) => (k === index ? at + 1 : at));
        const event: Event<V> = { type: 'message', position, message: this.#messages[number] };
        yield this.#step({ ...state, read, from: state }, index, event, `p${position} m${number}`);
      }
      if (state.timeouts > 0) {
        for (const [timer, view] of state.locals[index].timers) {
          const before = { ...state, timeouts: state.timeouts - 1, from: state };
          yield this.#step(before, index, { type: 'timer', timer, view }, `t${timer} ${view}`);
        }
      }
      if (state.crashes > 0) yield this.#crash(state, index);
    }
  }

  #crash(state: Global<V>, index: number): Global<V> | { readonly what: string; readonly state: Global<V> } {
    const { disk, starts, chain, votes } = state.locals[index];
    const local = this.#make(index, disk, state.log, starts + 1, chain, votes);
    const { position } = this.#cast.resume?.(this.#machineOf(local)) ?? { position: 0 };
    const crashed = {
      ...state,
      locals: state.locals.map((one, k) => (k === index ? local : one)),
      read: state.read.map((at, k) => (k === index ? position : at)),
      crashes: state.crashes - 1,
      from: state,
    };
    const started = this.#step(crashed, index, this.#startOf(index, starts + 1), 'restart');
    if ('what' in started) return started;
    const offers = this.#proposals
      .filter(({ offset, digest }) => !this.#machineOf(started.locals[index]).isSettled(offset, digest))
      .map((proposal) => ({ proposal, check: { verdict: 'approve', dryRun: false } as const }));
    if (offers.length === 0) return started;
    return this.#step({ ...started, from: state }, index, { type: 'offeredTogether', offers }, 'offered again');
  }

  #step(
    state: Global<V>,
    index: number,
    event: Event<V>,
    eventKey: string,
  ): Global<V> | { readonly what: string; readonly state: Global<V> } {
    const local = state.locals[index];
    let next = local.next.get(eventKey);
    if (next === undefined) {
      next = this.#carryOut(local, event);
      local.next.set(eventKey, next);
    }
    const step = `${index} ${event.type === 'message' ? `hears ${this.#cast.describe(event.message)}` : eventKey}`;
    const after = { ...state, depth: state.depth + 1, step };
    if (next.violation !== null) return { what: next.violation, state: after };
    const { local: moved, sends } = next;
    return {
      ...after,
      locals: state.locals.map((one, k) => (k === index ? moved : one)),
      underWay: sends.length === 0 ? state.underWay : [...state.underWay, ...sends],
    };
  }

  /** Steps a machine and works out what became of its replica. */
  #carryOut(local: Local<V>, event: Event<V>): Next<V> {
    const machine = this.#machineOf(local);
    const effects = machine.step(event);
    const timers = new Map(local.timers);
    if (event.type === 'timer') timers.delete(event.timer);
    const votes = new Map(local.votes);
    const disk = [...local.disk];
    const chain = [...local.chain];
    const sends: Sent[] = [];
    let violation: string | null = null;
    for (const effect of effects) {
      violation ??= this.#take(effect, local.index, { timers, votes, disk, chain, sends });
    }
    const { index, recovered, recoveredLog, starts } = local;
    const events = [...local.events, event];
    const moved = { index, events, recovered, recoveredLog, disk, timers, chain, votes, starts };
    return { local: this.#intern(moved, machine), sends, violation };
  }

  #take(
    effect: Effect<V>,
    index: number,
    into: {
      readonly timers: Map<V['timer'], number>;
      readonly votes: Map<string, string>;
      readonly disk: V['record'][];
      readonly chain: string[];
      readonly sends: Sent[];
    },
  ): string | null {
    switch (effect.type) {
      case 'persist':
        into.disk.push(...effect.records);
        return null;
      case 'setTimer':
        into.timers.set(effect.timer, effect.view);
        return null;
      case 'clearTimer':
        into.timers.delete(effect.timer);
        return null;
      case 'committed': {
        const hash = hex(hashBlock(this.#instance, effect.block));
        const known = into.chain[effect.block.height - 1];
        into.chain[effect.block.height - 1] = hash;
        const refuted = this.#cast.refuteProof(effect.block, effect.certificate);
        if (known !== undefined && known !== hash) return `replica ${index} changed height ${effect.block.height}`;
        return refuted === null ? null : `replica ${index} committed without proof: ${refuted}`;
      }
      case 'send':
        for (const { voter, slot, value } of this.#cast.votes(effect.message)) {
          if (voter !== index) continue;
          const known = into.votes.get(slot);
          if (known !== undefined && known !== value) return `replica ${index} voted twice in ${slot}`;
          into.votes.set(slot, value);
        }
        this.#post(effect, index, into.sends);
        return null;
      case 'equivocation':
        return `replica ${index} accuses, and nobody has lied`;
      default:
        return null;
    }
  }

  #post({ message, to }: { readonly message: V['message']; readonly to?: number }, from: number, sends: Sent[]): void {
    const text = canonical(message);
    let number = this.#messageNumbers.get(text);
    if (number === undefined) {
      number = this.#messages.push(message) - 1;
      this.#messageNumbers.set(text, number);
    }
    const live = this.#bounds.replicas - this.#bounds.silent;
    if (this.#model.channel === 'log') sends.push({ message: number, to: null });
    else if (to !== undefined) sends.push({ message: number, to });
    else for (let index = 0; index < live; index++) if (index !== from) sends.push({ message: number, to: index });
  }

  #machineOf({ index, recovered, recoveredLog, events }: Local<V>): Machine<V> {
    const log = recoveredLog.map((number) => this.#messages[number]);
    const machine = this.#cast.create({ index, records: recovered, log });
    for (const event of events) machine.step(event);
    return machine;
  }

  #make(
    index: number,
    disk: readonly V['record'][],
    log: readonly number[],
    starts: number,
    chain: readonly string[],
    votes: ReadonlyMap<string, string>,
  ): Local<V> {
    const recovered = { recovered: disk, recoveredLog: log, disk };
    const machine = this.#cast.create({ index, records: disk, log: log.map((number) => this.#messages[number]) });
    return this.#intern({ index, events: [], ...recovered, timers: new Map(), chain, votes, starts }, machine);
  }

  #intern(local: Omit<Local<V>, 'id' | 'next' | 'isDone'>, machine: Machine<V>): Local<V> {
    const { index, disk, timers, chain, votes, starts } = local;
    const key = canonical([index, starts, machine.inspect(), disk, [...timers].sort(), chain, [...votes].sort()]);
    const known = this.#locals.get(key);
    if (known !== undefined) return known;
    const isDone =
      machine.openProposals === 0 && this.#proposals.every((one) => machine.isSettled(one.offset, one.digest));
    const made = { ...local, id: this.#locals.size, isDone, next: new Map<string, Next<V>>() };
    this.#locals.set(key, made);
    return made;
  }

  #keyOf({ locals, underWay, log, read, timeouts, losses, crashes }: Global<V>): string {
    const messages = underWay.map(({ message, to }) => `${message}>${to}`).sort();
    return `${locals.map(({ id }) => id)}|${messages}|${log}|${read}|${timeouts} ${losses} ${crashes}`;
  }

  #describe(number: number): string {
    return this.#cast.describe(this.#messages[number]);
  }
}

function disagreement<V extends Vocabulary>(locals: readonly Local<V>[]): string | null {
  const heights = Math.max(...locals.map(({ chain }) => chain.length));
  for (let i = 0; i < heights; i++) {
    const told = new Set(locals.flatMap(({ chain }) => (chain[i] === undefined ? [] : [chain[i]])));
    if (told.size > 1) return `two blocks at height ${i + 1}`;
  }
  return null;
}

function told<V extends Vocabulary>(what: string, state: Global<V>): NonNullable<Exploration['violation']> {
  const steps: string[] = [];
  for (let at: Global<V> | null = state; at !== null; at = at.from) steps.push(at.step);
  return { what, steps: steps.reverse() };
}
