/** How many of the ascending times do not exceed t. */
export function countUntil(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of many ascending lists of times, how many of each lie before an instant that only moves on. */
export class TimePointers {
  readonly counts: Int32Array;
  readonly #lists: readonly Float64Array[];

  constructor(lists: readonly Float64Array[]) {
    this.#lists = lists;
    this.counts = new Int32Array(lists.length);
  }

  /** counts[i] = how many of list i do not exceed t; t may not be earlier than at the call before. */
  advance(t: number): void {
    const { counts } = this;
    for (let i = 0; i < counts.length; i++) {
      const times = this.#lists[i];
      let count = counts[i];
      while (count < times.length && times[count] <= t) count++;
      counts[i] = count;
    }
  }
}
