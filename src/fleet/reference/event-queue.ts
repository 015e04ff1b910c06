/** Events in order of time, those of one time in the order they were added: a binary heap. */
export class EventQueue<T> {
  #times: number[] = [];
  #orders: number[] = [];
  #events: T[] = [];
  #added = 0;

  get size(): number {
    return this.#times.length;
  }

  /** Time of the next event; Infinity where there is none. */
  get nextMs(): number {
    return this.#times.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0];
  }

  add(timeMs: number, event: T): void {
    const order = this.#added++;
    let at = this.#times.length;
    this.#times.push(timeMs);
    this.#orders.push(order);
    this.#events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent] <= timeMs) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, timeMs, order, event);
  }

  /** Takes the next event; undefined where there is none. */
  take(): T | undefined {
    if (this.#times.length === 0) return undefined;
    const first = this.#events[0];
    const timeMs = this.#times[this.#times.length - 1];
    const order = this.#orders[this.#orders.length - 1];
    const event = this.#events[this.#events.length - 1];
    this.#times.pop();
    this.#orders.pop();
    this.#events.pop();
    const size = this.#times.length;
    if (size === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(child + 1, child)) child++;
      if (timeMs < this.#times[child] || (timeMs === this.#times[child] && order < this.#orders[child])) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, timeMs, order, event);
    return first;
  }

  #before(a: number, b: number): boolean {
    return this.#times[a] < this.#times[b] || (this.#times[a] === this.#times[b] && this.#orders[a] < this.#orders[b]);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from], this.#orders[from], this.#events[from]);
  }

  #put(at: number, timeMs: number, order: number, event: T): void {
    this.#times[at] = timeMs;
    this.#orders[at] = order;
    this.#events[at] = event;
  }
}
