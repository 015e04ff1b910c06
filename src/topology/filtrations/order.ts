/** From this many values on, wider digits pay for their larger tables. */
const MANY = 1 << 14;
/** Up to this many values that agree in their keys, insertion beats a call of the comparison sort. */
const SHORT_RUN = 24;

/** Values in ascending order, and where each stood: values[k] of the answer was at order[k]; ties by that place. */
export interface Ascending {
  readonly order: Uint32Array;
  readonly values: Float64Array;
}

/** The stable ascending order of `values`: the answer's entry k is the index of the k-th smallest, ties by index. See ascending(). */
export function ascendingOrder(values: Float64Array): Uint32Array {
  return ascending(values).order;
}

/**
 * Two passes of radix sort by a key that never falls as the value rises: the leading bits of its float32 rounding, counted from the least one.
 * Exact values are compared only inside the runs that agree in it.
 *
 * @param values may be negative or infinite, not NaN (the caller has checked); left as they are
 */
export function ascending(values: Float64Array): Ascending {
  const count = values.length;
  const bits = count < MANY ? 8 : 11;
  const mask = (1 << bits) - 1;
  const low = new Uint32Array(1 << bits);
  const high = new Uint32Array(1 << bits);
  const keys = leadingBits(values, 2 * bits);
  for (let i = 0; i < count; i++) {
    const key = keys[i];
    low[key & mask] += 1;
    high[key >>> bits] += 1;
  }
  countsToStarts(low);
  countsToStarts(high);
  const byLow = new Uint32Array(count);
  for (let i = 0; i < count; i++) byLow[low[keys[i] & mask]++] = i;
  const order = new Uint32Array(count);
  const sorted = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const index = byLow[k];
    const at = high[keys[index] >>> bits]++;
    order[at] = index;
    sorted[at] = values[index];
  }
  settle(sorted, order, keys);
  return { order, values: sorted };
}

/** Keys of `bits` bits that order the values as far as so few bits can. */
function leadingBits(values: Float64Array, bits: number): Uint32Array {
  const count = values.length;
  const keys = new Uint32Array(count);
  const floats = new Float32Array(keys.buffer);
  let least = 0xffffffff;
  let most = 0;
  for (let i = 0; i < count; i++) {
    floats[i] = values[i] + 0; // -0 + 0 is 0, so the two zeros tie
    const float = keys[i];
    // IEEE 754 bits compare like unsigned integers once the sign is flipped, and everything is flipped for negatives.
    const key = (float >>> 31 === 0 ? float | 0x80000000 : ~float) >>> 0;
    keys[i] = key;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  let shift = 0;
  while ((most - least) >>> shift >= 2 ** bits) shift += 1;
  for (let i = 0; i < count; i++) keys[i] = (keys[i] - least) >>> shift;
  return keys;
}

function countsToStarts(counts: Uint32Array): void {
  let sum = 0;
  for (let b = 0; b < counts.length; b++) {
    const size = counts[b];
    counts[b] = sum;
    sum += size;
  }
}

/**
 * Puts the runs that agree in their keys in order: by insertion, which finds hardly anything to move, save where many values that differ share
 * one key.
 */
function settle(values: Float64Array, order: Uint32Array, keys: Uint32Array): void {
  const count = values.length;
  for (let at = 1; at < count; at++) {
    const value = values[at];
    if (values[at - 1] <= value) continue;
    // Keys never fall, so what is out of order lies within one run, and whatever lies before `at` in it is in order.
    const key = keys[order[at]];
    if (at + SHORT_RUN < count && keys[order[at + SHORT_RUN]] === key) {
      let start = at - 1;
      let end = at + SHORT_RUN;
      while (start > 0 && keys[order[start - 1]] === key) start -= 1;
      while (end < count && keys[order[end]] === key) end += 1;
      sortRun(values, order, start, end);
      at = end - 1;
      continue;
    }
    const index = order[at];
    let to = at;
    while (to > 0 && values[to - 1] > value) {
      values[to] = values[to - 1];
      order[to] = order[to - 1];
      to -= 1;
    }
    values[to] = value;
    order[to] = index;
  }
}

function sortRun(values: Float64Array, order: Uint32Array, start: number, end: number): void {
  const places = new Uint32Array(end - start);
  for (let k = 0; k < places.length; k++) places[k] = k;
  const oldValues = values.slice(start, end);
  const oldOrder = order.slice(start, end);
  places.sort((a, b) => oldValues[a] - oldValues[b] || oldOrder[a] - oldOrder[b]);
  for (let k = 0; k < places.length; k++) {
    values[start + k] = oldValues[places[k]];
    order[start + k] = oldOrder[places[k]];
  }
}
