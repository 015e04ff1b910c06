/**
 * Virtual time in whole milliseconds: what is to happen, earliest first, and in the order of its scheduling at the same time.
 * A timing wheel of one bucket a millisecond for the near future and a heap for the rest: nearly all that a run schedules is near.
 */
export interface Scheduled {
  /** The next of the same millisecond; null at first. The queue's own. */
  next: Scheduled | null;
  run(): void;
}

class Call implements Scheduled {
  next: Scheduled | null = null;
  readonly run: () => void;

  constructor(run: () => void) {
    this.run = run;
  }
}

interface Far {
  readonly atMs: number;
  readonly order: number;
  readonly event: Scheduled;
}

const WHEEL = 1024;

export class EventQueue {
  /** By bucket: the first and the last of a list. */
  readonly #first: (Scheduled | null)[] = new Array<Scheduled | null>(WHEEL).fill(null);
  readonly #last: (Scheduled | null)[] = new Array<Scheduled | null>(WHEEL).fill(null);
  readonly #far: Far[] = [];
  /** Scheduled on the wheel. */
  #near = 0;
  #order = 0;
  nowMs = 0;

  get isEmpty(): boolean {
    return this.#near === 0 && this.#far.length === 0;
  }

  /** `ms`: a whole number, at least 0. */
  after(ms: number, run: () => void): void {
    this.schedule(ms, new Call(run));
  }

  /** The same for what there is so much of that a closure each would cost. `event`: scheduled once at a time. */
  schedule(ms: number, event: Scheduled): void {
    if (ms >= WHEEL) this.#pushFar({ atMs: this.nowMs + ms, order: this.#order++, event });
    else this.#pushNear(this.nowMs + ms, event);
  }

  /** Moves time to the next event and runs it. False when there is none. */
  step(): boolean {
    let event = this.#first[this.nowMs & (WHEEL - 1)];
    while (event === null) {
      if (this.#near === 0 && this.#far.length === 0) return false;
      this.nowMs = this.#near === 0 ? this.#far[0].atMs : this.nowMs + 1;
      while (this.#far.length > 0 && this.#far[0].atMs < this.nowMs + WHEEL) {
        const { atMs, event: due } = this.#popFar();
        this.#pushNear(atMs, due);
      }
      event = this.#first[this.nowMs & (WHEEL - 1)];
    }
    this.#first[this.nowMs & (WHEEL - 1)] = event.next;
    this.#near--;
    event.run();
    return true;
  }

  #pushNear(atMs: number, event: Scheduled): void {
    const bucket = atMs & (WHEEL - 1);
    event.next = null;
    const last = this.#last[bucket];
    if (this.#first[bucket] === null || last === null) this.#first[bucket] = event;
    else last.next = event;
    this.#last[bucket] = event;
    this.#near++;
  }

  #pushFar(item: Far): void {
    const heap = this.#far;
    let i = heap.push(item) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (!before(item, heap[above])) break;
      heap[i] = heap[above];
      i = above;
    }
    heap[i] = item;
  }

  #popFar(): Far {
    const heap = this.#far;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined) throw new RangeError('empty');
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function before(a: Far, b: Far): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
