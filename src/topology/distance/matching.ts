import { ascendingOrder } from '../filtrations/order.ts';

/** What pairing a row with a column gains: entries start[i] .. start[i + 1] are row i's, each with a cost below 0. */
export interface Gains {
  readonly rows: number;
  readonly columns: number;
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly cost: Float64Array;
}

/** What a row that has no partner is given for one. */
export const ALONE = -1;

/**
 * The cheapest matching of rows with columns where either may stay alone at no cost, by successive shortest augmenting paths in the sparse
 * graph of the pairs that gain something (Jonker & Volgenant 1987).
 *
 * Prices of columns are at most 0 and rise no more, so a row may look through its entries only as far as a partner could still pay. A
 * search ends at a free column or at a row for which it is cheapest to stay alone; that row is never looked at again.
 *
 * @returns the column of each row, or ALONE
 */
export function cheapestMatching(gains: Gains): Int32Array {
  const { rows, columns } = gains;
  const { start, column, cost } = withRowsAscending(gains);
  const columnOf = new Int32Array(rows).fill(ALONE);
  const rowOf = new Int32Array(columns).fill(-1);
  // The cost of the pair that a column is in.
  const paid = new Float64Array(columns);
  const price = new Float64Array(columns);
  const length = new Float64Array(columns);
  const previous = new Int32Array(columns);
  const via = new Float64Array(columns);
  const reachedIn = new Int32Array(columns).fill(-1);
  const settled = new Int32Array(columns);
  const settledIn = new Int32Array(columns).fill(-1);
  const queue = new Queue();
  for (let first = 0; first < rows; first++) {
    queue.clear();
    let settledCount = 0;
    let row = first;
    let from = -1;
    let walked = 0;
    let worth = 0;
    // The shortest way so far that ends with a row staying alone, and the column through which that row was reached.
    let aloneLength = Number.POSITIVE_INFINITY;
    let aloneAfter = -1;
    let free = -1;
    for (;;) {
      if (walked - worth < aloneLength) {
        aloneLength = walked - worth;
        aloneAfter = from;
      }
      for (let k = start[row]; k < start[row + 1]; k++) {
        const least = walked + cost[k] - worth;
        if (least >= aloneLength) break;
        const j = column[k];
        // By rounding a settled column may seem nearer than it was, and must not be reached again.
        if (settledIn[j] === first) continue;
        const reached = least - price[j];
        if (reached >= aloneLength || (reachedIn[j] === first && length[j] <= reached)) continue;
        reachedIn[j] = first;
        length[j] = reached;
        previous[j] = from;
        via[j] = cost[k];
        queue.push(reached, j);
      }
      let nearest = queue.pop();
      // Entries that a shorter way has overtaken.
      while (nearest >= 0 && queue.poppedLength > length[nearest]) nearest = queue.pop();
      if (nearest < 0 || length[nearest] >= aloneLength) break;
      from = nearest;
      walked = length[nearest];
      if (rowOf[nearest] < 0) {
        free = nearest;
        break;
      }
      settled[settledCount++] = nearest;
      settledIn[nearest] = first;
      row = rowOf[nearest];
      worth = paid[nearest] - price[nearest];
    }
    const total = free >= 0 ? length[free] : aloneLength;
    for (let k = 0; k < settledCount; k++) price[settled[k]] += length[settled[k]] - total;
    let to = free;
    if (to < 0 && aloneAfter >= 0) {
      // The row of that column stays alone from now on, and its column goes to the one before it on the way.
      columnOf[rowOf[aloneAfter]] = ALONE;
      to = aloneAfter;
    }
    for (; to >= 0; to = previous[to]) {
      const before = previous[to];
      const partner = before < 0 ? first : rowOf[before];
      rowOf[to] = partner;
      columnOf[partner] = to;
      paid[to] = via[to];
    }
  }
  return columnOf;
}

/** The same entries with each row's by rising cost: all are sorted at once and dealt out to their rows in that order. */
function withRowsAscending({ rows, columns, start, column, cost }: Gains): Gains {
  const rowOf = new Int32Array(cost.length);
  for (let i = 0; i < rows; i++) rowOf.fill(i, start[i], start[i + 1]);
  const next = start.slice(0, rows);
  const sorted = { column: new Int32Array(cost.length), cost: new Float64Array(cost.length) };
  for (const k of ascendingOrder(cost)) {
    const at = next[rowOf[k]]++;
    sorted.column[at] = column[k];
    sorted.cost[at] = cost[k];
  }
  return { rows, columns, start, ...sorted };
}

/** A binary heap of columns by length. */
class Queue {
  #lengths = new Float64Array(64);
  #columns = new Int32Array(64);
  #size = 0;
  /** The length of the entry popped last. */
  poppedLength = 0;

  clear(): void {
    this.#size = 0;
  }

  push(length: number, column: number): void {
    if (this.#size === this.#lengths.length) this.#grow();
    const lengths = this.#lengths;
    const columns = this.#columns;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (lengths[parent] <= length) break;
      lengths[at] = lengths[parent];
      columns[at] = columns[parent];
      at = parent;
    }
    lengths[at] = length;
    columns[at] = column;
  }

  /** The nearest column, or -1. */
  pop(): number {
    if (this.#size === 0) return -1;
    const lengths = this.#lengths;
    const columns = this.#columns;
    const nearest = columns[0];
    this.poppedLength = lengths[0];
    this.#size -= 1;
    const size = this.#size;
    const length = lengths[size];
    const column = columns[size];
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && lengths[child + 1] < lengths[child]) child += 1;
      if (lengths[child] >= length) break;
      lengths[at] = lengths[child];
      columns[at] = columns[child];
      at = child;
    }
    lengths[at] = length;
    columns[at] = column;
    return nearest;
  }

  #grow(): void {
    const lengths = new Float64Array(this.#lengths.length * 2);
    const columns = new Int32Array(this.#lengths.length * 2);
    lengths.set(this.#lengths);
    columns.set(this.#columns);
    this.#lengths = lengths;
    this.#columns = columns;
  }
}
