/**
 * One process of the simulated cluster: a machine, its timers, its disk, and what it has still to do. It may crash at any effect,
 * lose what was not yet on disk, run fast or slow, or lie.
 */
import type { Effect, Event, Machine, Vocabulary } from '../core.ts';
import { encodedOr } from './garbling.ts';
import type { Lie, Saying } from './model.ts';
import type { Simulation } from './simulation.ts';

export interface HostConfig<V extends Vocabulary> {
  readonly index: number;
  /** Counts hosts: twins have one index and two numbers. */
  readonly number: number;
  readonly isHonest: boolean;
  /** Timers take this many times as long. */
  readonly rate: number;
  readonly lie: Lie<V> | null;
}

/** Hosts that overhear each other and write to the log in one order. */
export interface SharedProcess<V extends Vocabulary> {
  readonly hosts: readonly Host<V>[];
  /** When the log takes what was written last. */
  writtenMs: number;
}

export class Host<V extends Vocabulary> {
  readonly config: HostConfig<V>;
  readonly #run: Simulation<V>;
  machine: Machine<V> | null = null;
  /** As it has told. */
  height = 0;
  /** On a log: it neither reads nor writes until then. */
  cutOffUntilMs = 0;
  /** On a log: it reads nothing until then. */
  deafUntilMs = 0;
  /** Whom it shares a process with; null: nobody. */
  process: SharedProcess<V> | null = null;
  /** Set by a crash that is due: effects still to be carried out before it. */
  #fuse = -1;
  #onFuse: () => void = () => {};
  #records: V['record'][] = [];
  /** What waits for the disk, in order; the first is being written. */
  #outbox: Effect<V>[] = [];
  #starts = 0;
  #readThrough = -1;
  #nextPosition = 0;
  readonly #timers = new Map<string, number>();
  #timerCount = 0;

  constructor(run: Simulation<V>, config: HostConfig<V>) {
    this.#run = run;
    this.config = config;
  }

  start(): void {
    const { cast, log, proposals, noise } = this.#run;
    const { index, number, isHonest } = this.config;
    this.#starts++;
    try {
      this.machine = cast.create({ index, records: this.#records.slice(), log });
    } catch (error) {
      this.#onThrown(error);
      return;
    }
    const { machine } = this;
    const before = this.height;
    this.height = machine.height;
    const { position, offset } = cast.resume?.(machine) ?? { position: 0, offset: 0 };
    if (isHonest && this.#run.model.channel === 'links' && this.height < before)
      this.#run.checkers.report(`replica ${index} forgot height ${before} and started at ${this.height}`);
    this.#nextPosition = position;
    this.#readThrough = offset - 1;
    // Twins draw the same one, so that both take the same record for their own.
    const nonce = new Uint8Array(16).fill(index);
    nonce[0] = this.#starts;
    const early = noise.next(number) < 0.5;
    // The start may come before or after reading what is there; both must work.
    if (early) this.#step({ type: 'start', nonce });
    this.readLog(log.length - 1);
    this.readProposals(proposals.length - 1);
    if (!early) this.#step({ type: 'start', nonce });
  }

  /** When it may read the log and the proposals again; long past where it may. */
  get mayReadMs(): number {
    return Math.max(this.cutOffUntilMs, this.deafUntilMs);
  }

  /** Dies after `effects` more effects. */
  crashAfter(effects: number, keeps: number, then: () => void): void {
    if (this.machine === null || this.#fuse >= 0) return;
    const die = (): void => {
      this.#crash(keeps);
      then();
    };
    if (effects === 0) die();
    else {
      this.#fuse = effects;
      this.#onFuse = die;
    }
  }

  /** No crash that has not happened happens any more. */
  defuse(): void {
    this.#fuse = -1;
  }

  #crash(keeps: number): void {
    const [writing] = this.#outbox;
    if (writing?.type === 'persist') {
      this.#records.push(...writing.records.slice(0, Math.floor(writing.records.length * keeps)));
    }
    this.#outbox = [];
    this.#fuse = -1;
    this.machine = null;
    this.#timers.clear();
  }

  deliver(message: V['message']): void {
    if (this.machine !== null) this.#step({ type: 'message', position: 0, message });
  }

  overhear(message: V['message']): void {
    if (this.machine !== null) this.#step({ type: 'overheard', message });
  }

  readLog(through: number): void {
    const { log } = this.#run;
    while (this.machine !== null && this.#nextPosition <= through) {
      const position = this.#nextPosition++;
      this.#step({ type: 'message', position, message: log[position] });
    }
  }

  readProposals(through: number): void {
    while (this.machine !== null && this.#readThrough < through) this.offer(++this.#readThrough);
  }

  /** Offers a proposal that it has read, with what its check says now. */
  offer(offset: number): void {
    const { machine } = this;
    if (machine === null || offset > this.#readThrough) return;
    const { proposal } = this.#run.proposals[offset];
    if (machine.isSettled(offset, proposal.digest)) return;
    this.#step({ type: 'offered', proposal, check: this.#run.checkOf(this, offset) });
  }

  /** Has been offered everything, and has nothing open. */
  get isDone(): boolean {
    const { machine } = this;
    return (
      machine !== null &&
      this.#outbox.length === 0 &&
      machine.openProposals === 0 &&
      this.#readThrough === this.#run.proposals.length - 1
    );
  }

  #step(event: Event<V>): void {
    const { machine } = this;
    if (machine === null) return;
    this.#run.trace?.(this, event);
    let effects: readonly Effect<V>[];
    try {
      effects = machine.step(event);
    } catch (error) {
      this.#onThrown(error);
      this.#crash(0);
      return;
    }
    // By index: most steps have none, and an iterator over the frozen array of these is slow.
    for (let i = 0; i < effects.length; i++) {
      const effect = effects[i];
      const { type } = effect;
      if (type === 'setTimer') this.#setTimer(effect.timer, effect.view, effect.ms);
      else if (type === 'clearTimer') this.#timers.delete(effect.timer);
      else if (this.#outbox.length > 0) this.#outbox.push(effect);
      else this.#perform(effect);
      if (this.#fuse > 0 && --this.#fuse === 0) {
        this.#onFuse();
        return;
      }
    }
  }

  /** What a liar does to itself, such as starting for the last time that can be told or spoiling its own checkpoint, is its own affair. */
  #onThrown(error: unknown): void {
    if (this.config.isHonest) this.#run.checkers.onThrown(this.config.index, error);
  }

  #setTimer(timer: V['timer'], view: number, ms: number): void {
    const id = ++this.#timerCount;
    this.#timers.set(timer, id);
    this.#run.queue.after(Math.max(1, Math.round(ms * this.config.rate)), () => {
      if (this.#timers.get(timer) !== id) return;
      this.#timers.delete(timer);
      this.#step({ type: 'timer', timer, view });
    });
  }

  #perform(effect: Effect<V>): void {
    const { checkers, watch } = this.#run;
    const { index, isHonest } = this.config;
    const { type } = effect;
    switch (type) {
      case 'persist':
        this.#write(effect);
        break;
      case 'send':
        if (this.config.lie === null) this.#run.say(this, effect);
        else for (const saying of this.#lieAbout(effect, this.config.lie)) this.#run.say(this, saying);
        break;
      case 'committed':
        if (isHonest) {
          checkers.onCommitted(index, this.height, effect);
          watch?.onCommitted?.(index, effect.block, effect.certificate);
        }
        this.height = effect.block.height;
        break;
      case 'restored':
        if (isHonest) checkers.onRestored(index, this.height, effect.height, effect.head);
        this.height = effect.height;
        break;
      case 'equivocation':
        if (isHonest) checkers.onEvidence(effect.evidence);
        break;
      case 'fenced':
        if (isHonest) checkers.report(`replica ${index} was fenced by ${effect.by}, which it never said`);
        break;
      case 'dropped':
        checkers.report(`offset ${effect.proposal.offset} was dropped`);
        break;
    }
  }

  #write(effect: Extract<Effect<V>, { readonly type: 'persist' }>): void {
    const ms = this.#run.diskMs(this);
    if (ms === 0) {
      this.#records.push(...effect.records);
      return;
    }
    this.#outbox.push(effect);
    if (this.#outbox.length === 1) this.#sync(ms);
  }

  #sync(ms: number): void {
    const [effect] = this.#outbox;
    this.#run.queue.after(ms, () => {
      // A crash in between has emptied the outbox.
      if (this.#outbox[0] !== effect || effect.type !== 'persist') return;
      this.#records.push(...effect.records);
      this.#outbox.shift();
      while (this.#outbox.length > 0) {
        const [next] = this.#outbox;
        if (next.type === 'persist') {
          this.#sync(this.#run.diskMs(this));
          return;
        }
        this.#outbox.shift();
        this.#perform(next);
      }
    });
  }

  #lieAbout({ message, to }: Saying<V['message']>, lie: Lie<V>): readonly Saying<V['message']>[] {
    const saying = to === undefined ? { message } : { message, to };
    if (this.machine === null) return [saying];
    const { random, heard, instance } = this.#run;
    const { index } = this.config;
    const { machine } = this;
    const resigned = (one: V['message']): V['message'] => encodedOr(one, () => this.#run.cast.resigned(index, one));
    const tools = { random, index, replicas: instance.set.size, machine, heard, resigned };
    return encodedOr([saying], () => lie(saying, tools));
  }
}
