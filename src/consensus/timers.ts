/** The timers that replicas of several protocols run: one for what they wait for, one to say where they stand. */
import type { Vocabulary } from './core.ts';
import type { Outbox } from './outbox.ts';

/** Runs as long as what it runs for stays the same, and starts anew when that changes. Its number tells its latest start from earlier ones. */
export class PurposeTimer<V extends Vocabulary> {
  readonly #timer: V['timer'];
  readonly #outbox: Outbox<V>;
  /** Empty when it does not run. */
  #runsFor = '';
  #number = 0;

  constructor(timer: V['timer'], outbox: Outbox<V>) {
    this.#timer = timer;
    this.#outbox = outbox;
  }

  get runsFor(): string {
    return this.#runsFor;
  }

  /** `runsFor`: empty for nothing. */
  run(runsFor: string, ms: number): void {
    if (runsFor === this.#runsFor) return;
    this.#runsFor = runsFor;
    this.#number++;
    if (runsFor !== '') this.#outbox.push({ type: 'setTimer', timer: this.#timer, view: this.#number, ms });
    else this.#outbox.push({ type: 'clearTimer', timer: this.#timer });
  }

  /** It starts anew at the next `run`. */
  restart(): void {
    this.#runsFor = '';
  }

  /** The one of this number has run out. False: it is not the one that runs. */
  expires(number: number): boolean {
    if (number !== this.#number || this.#runsFor === '') return false;
    this.#runsFor = '';
    return true;
  }
}

/** Runs while something is under way, and remembers the height at which it was set. */
export class ResendTimer<V extends Vocabulary> {
  readonly #timer: V['timer'];
  readonly #outbox: Outbox<V>;
  #isRunning = false;
  #from = 0;

  constructor(timer: V['timer'], outbox: Outbox<V>) {
    this.#timer = timer;
    this.#outbox = outbox;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Height at which it was set last. */
  get from(): number {
    return this.#from;
  }

  run(runs: boolean, height: number, ms: number): void {
    if (runs && !this.#isRunning) {
      this.#from = height;
      this.#outbox.push({ type: 'setTimer', timer: this.#timer, view: 0, ms });
    } else if (!runs && this.#isRunning) this.#outbox.push({ type: 'clearTimer', timer: this.#timer });
    this.#isRunning = runs;
  }

  /** It has run out. Whether the replica stands still: else what is under way is late, not lost. */
  isDue(height: number, isBehind: boolean): boolean {
    this.#isRunning = false;
    return height <= this.#from || isBehind;
  }
}
