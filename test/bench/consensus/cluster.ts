/**
 * Carries out effects in one process and as fast as it goes: messages are handed over at once, writes to disk are kept in memory, and
 * timers run on the wall clock, except that a wait with nothing else to do is skipped and added to the time instead of being slept. A timer
 * comes after the messages that were there when it ran out: a seat's own queue is no reason to give up on a leader.
 */
import type { Effect, Event, Machine, Offer, Vocabulary } from '../../../src/consensus/core.ts';
import type { SignatureScheme, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import type { Saying } from '../../../src/consensus/simulator/model.ts';
import { verifyAhead } from '../../../src/consensus/verify-ahead.ts';

export interface Seat<V extends Vocabulary> {
  readonly machine: Machine<V>;
  /** What it says where it would have said that: as it is when left out. */
  readonly distort?: (saying: Saying<V['message']>) => readonly Saying<V['message']>[];
  /** Signatures that it has found valid. With it, and `scheme` in the options, they are verified ahead of its steps, with those of other seats. */
  readonly memory?: VerifiedSignatures | undefined;
}

export type Committed<V extends Vocabulary> = Extract<Effect<V>, { readonly type: 'committed' }>;

export interface ClusterOptions<V extends Vocabulary> {
  readonly channel: 'links' | 'log';
  readonly seats: readonly Seat<V>[];
  /** Seats whose commits count. */
  readonly honest: readonly number[];
  /** What the seats' memories verify by. */
  readonly scheme?: SignatureScheme;
  /** A seat has committed a block. */
  readonly onCommitted?: (seat: number, effect: Committed<V>) => void;
  /** A record was appended to the log, before anyone reads it. */
  readonly onAppended?: (position: number, message: V['message']) => void;
}

interface Timer {
  readonly view: number;
  readonly dueMs: number;
  /** Messages that the seat had been sent when it ran out; null while it runs. */
  sentBefore: number | null;
}

/** Messages of a seat whose signatures are verified at once. */
const AHEAD = 4;
/** Steps without a commit after which something is wrong. */
const STEPS_MAX = 20_000_000;

export class Cluster<V extends Vocabulary> {
  readonly #options: ClusterOptions<V>;
  readonly #queues: V['message'][][];
  /** By seat: place of the next message in its queue or in the log. */
  readonly #read: number[];
  /** By seat: messages that were cut off its queue. */
  readonly #cut: number[];
  /** By seat: the first message whose signatures were not verified ahead. */
  readonly #aheadTo: number[];
  readonly #timers: Map<V['timer'], Timer>[];
  readonly #log: V['message'][] = [];
  readonly #items: number[];
  #logStart = 0;
  #skippedMs = 0;

  constructor(options: ClusterOptions<V>) {
    this.#options = options;
    this.#queues = options.seats.map(() => []);
    this.#read = options.seats.map(() => 0);
    this.#cut = options.seats.map(() => 0);
    this.#aheadTo = options.seats.map(() => 0);
    this.#timers = options.seats.map(() => new Map<V['timer'], Timer>());
    this.#items = options.seats.map(() => 0);
    for (const seat of options.seats.keys())
      this.#step(seat, { type: 'start', nonce: new Uint8Array(16).fill(seat + 1) });
    while (this.#moveAll() > 0);
  }

  /** The wall clock and what was skipped. ms */
  nowMs(): number {
    return performance.now() + this.#skippedMs;
  }

  /** Waits that were skipped so far. ms */
  get skippedMs(): number {
    return this.#skippedMs;
  }

  /** Items that the honest seats have committed, the slowest and the fastest of them. */
  get decided(): { readonly byAll: number; readonly byAny: number } {
    const counts = this.#options.honest.map((seat) => this.#items[seat]);
    return { byAll: Math.min(...counts), byAny: Math.max(...counts) };
  }

  offer(offers: readonly Offer[]): void {
    for (const seat of this.#options.seats.keys()) this.#step(seat, { type: 'offeredTogether', offers });
  }

  /** Until `isDone`, which is asked after each round of deliveries. */
  run(isDone: () => boolean): void {
    for (let steps = 0; !isDone(); ) {
      const moved = this.#moveAll();
      steps += moved + 1;
      if (steps > STEPS_MAX) throw new Error('nothing is decided any more');
      if (this.#fireDue() === 0 && moved === 0) this.#skipToNextTimer();
    }
  }

  /** Hands one message to each seat; returns how many were handed over. */
  #moveAll(): number {
    this.#verifyAhead();
    const heads = Array.from(this.#options.seats.keys(), (seat) => this.#head(seat));
    let moved = 0;
    for (const [seat, message] of heads.entries()) {
      if (message === undefined) continue;
      moved++;
      const position = this.#options.channel === 'log' ? this.#read[seat] : 0;
      this.#take(seat);
      this.#step(seat, { type: 'message', position, message });
    }
    if (this.#options.channel === 'log' && this.#log.length > 4096) this.#trim();
    return moved;
  }

  /** For the seats whose next message was not looked at yet, the signatures of as many as are there, up to AHEAD. */
  #verifyAhead(): void {
    const { seats, scheme } = this.#options;
    if (scheme === undefined) return;
    const asked = seats.flatMap(({ machine, memory }, seat) => {
      const next = this.#cut[seat] + this.#read[seat];
      if (memory === undefined || next < this.#aheadTo[seat]) return [];
      const coming = this.#coming(seat, AHEAD);
      this.#aheadTo[seat] = next + coming.length;
      return (machine.claims?.(coming) ?? []).map((claim) => ({ memory, claim }));
    });
    verifyAhead(scheme, asked);
  }

  #coming(seat: number, limit: number): readonly V['message'][] {
    const isLog = this.#options.channel === 'log';
    const from = isLog ? this.#read[seat] - this.#logStart : this.#read[seat];
    return (isLog ? this.#log : this.#queues[seat]).slice(from, from + limit);
  }

  #head(seat: number): V['message'] | undefined {
    const isLog = this.#options.channel === 'log';
    return isLog ? this.#log[this.#read[seat] - this.#logStart] : this.#queues[seat][this.#read[seat]];
  }

  #take(seat: number): void {
    const queue = this.#queues[seat];
    this.#read[seat]++;
    if (this.#options.channel === 'links' && this.#read[seat] > 1024 && this.#read[seat] * 2 > queue.length) {
      queue.splice(0, this.#read[seat]);
      this.#cut[seat] += this.#read[seat];
      this.#read[seat] = 0;
    }
  }

  #trim(): void {
    const through = Math.min(...this.#read) - this.#logStart;
    this.#log.splice(0, through);
    this.#logStart += through;
  }

  #fireDue(): number {
    const nowMs = this.nowMs();
    let fired = 0;
    for (const [seat, timers] of this.#timers.entries()) {
      for (const [timer, running] of timers) {
        if (running.dueMs > nowMs) continue;
        running.sentBefore ??= this.#sent(seat);
        if (this.#cut[seat] + this.#read[seat] < running.sentBefore) continue;
        timers.delete(timer);
        fired++;
        this.#step(seat, { type: 'timer', timer, view: running.view });
      }
    }
    return fired;
  }

  /** Messages that it was sent so far. */
  #sent(seat: number): number {
    const isLog = this.#options.channel === 'log';
    return isLog ? this.#logStart + this.#log.length : this.#cut[seat] + this.#queues[seat].length;
  }

  #skipToNextTimer(): void {
    const due = this.#timers.flatMap((timers) => Array.from(timers.values(), ({ dueMs }) => dueMs));
    if (due.length === 0) throw new Error('nothing moves, and no timer runs');
    this.#skippedMs += Math.max(0, Math.min(...due) - this.nowMs());
  }

  #step(seat: number, event: Event<V>): void {
    for (const effect of this.#options.seats[seat].machine.step(event)) this.#carryOut(seat, effect);
  }

  #carryOut(seat: number, effect: Effect<V>): void {
    switch (effect.type) {
      case 'send':
        for (const { message, to } of this.#options.seats[seat].distort?.(effect) ?? [effect])
          this.#send(seat, message, to);
        break;
      case 'setTimer':
        this.#timers[seat].set(effect.timer, { view: effect.view, dueMs: this.nowMs() + effect.ms, sentBefore: null });
        break;
      case 'clearTimer':
        this.#timers[seat].delete(effect.timer);
        break;
      case 'committed':
        this.#items[seat] += effect.block.items.length - (effect.repeats?.length ?? 0);
        this.#options.onCommitted?.(seat, effect);
        break;
      case 'fenced':
      case 'dropped':
        // A liar that forges may fence itself.
        if (this.#options.honest.includes(seat)) throw new Error(`seat ${seat}: ${effect.type}`);
        break;
    }
  }

  #send(seat: number, message: V['message'], to: number | undefined): void {
    if (this.#options.channel === 'log') {
      const position = this.#logStart + this.#log.push(message) - 1;
      this.#options.onAppended?.(position, message);
    } else if (to !== undefined) this.#queues[to].push(message);
    else for (const [other, queue] of this.#queues.entries()) if (other !== seat) queue.push(message);
  }
}
