/** Virtual time: what is to happen, earliest first, and in the order of its scheduling at the same time. */
interface Scheduled {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class EventQueue {
  readonly #heap: Scheduled[] = [];
  #order = 0;
  nowMs = 0;

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  after(ms: number, run: () => void): void {
    const heap = this.#heap;
    const item = { atMs: this.nowMs + ms, order: this.#order++, run };
    let i = heap.push(item) - 1;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (!before(item, heap[above])) break;
      heap[i] = heap[above];
      i = above;
    }
    heap[i] = item;
  }

  /** Moves time to the next event and runs it. False when there is none. */
  step(): boolean {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return false;
    if (heap.length > 0) {
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
    }
    this.nowMs = first.atMs;
    first.run();
    return true;
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
