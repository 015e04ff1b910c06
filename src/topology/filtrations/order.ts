/** From this many values on, wider digits pay for their larger tables. */
const MANY = 1 << 14;
/** Up to this many values that agree in their keys, insertion beats a call of the comparison sort. */
const SHORT_RUN = 24;

/**
 * The stable ascending order of `values`: the answer's entry k is the index of the k-th smallest, ties by index.
 *
 * Two passes of radix sort by a key that never falls as the value rises: the leading bits of its float32 rounding, counted from the least
 * one. Exact values are compared only inside the runs that agree in it. Values may be negative or infinite, not NaN (the caller has
 * checked).
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
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
  const keysByLow = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const key = keys[i];
    const at = low[key & mask]++;
    byLow[at] = i;
    keysByLow[at] = key;
  }
  const order = new Uint32Array(count);
  for (let k = 0; k < count; k++) {
    const key = keysByLow[k];
    const at = high[key >>> bits]++;
    order[at] = byLow[k];
    keys[at] = key;
  }
  settleRuns(values, keys, order);
  return order;
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

/** `keys` in sorted order here. */
function settleRuns(values: Float64Array, keys: Uint32Array, order: Uint32Array): void {
  const count = order.length;
  let start = 0;
  for (let end = 1; end <= count; end++) {
    if (end < count && keys[end] === keys[start]) continue;
    if (end - start > 1) sortRun(values, order, start, end);
    start = end;
  }
}

function sortRun(values: Float64Array, order: Uint32Array, start: number, end: number): void {
  if (end - start > SHORT_RUN) {
    for (let k = start + 1; k < end; k++) {
      if (values[order[k - 1]] <= values[order[k]]) continue;
      order.subarray(start, end).sort((a, b) => values[a] - values[b] || a - b);
      return;
    }
    return;
  }
  for (let i = start + 1; i < end; i++) {
    const index = order[i];
    let j = i - 1;
    while (j >= start && values[order[j]] > values[index]) {
      order[j + 1] = order[j];
      j -= 1;
    }
    order[j + 1] = index;
  }
}
