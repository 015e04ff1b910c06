import type { BinaryReader, BinaryWriter } from './binary.ts';
import { FleetError } from './errors.ts';
import { SIGNAL_COUNT } from './signal-mapping.ts';

const FLOAT_BYTES = 4;

/** Window means kept per agent and signal. */
export const BASELINE_SIZE = 32;
/** Window means needed before a deviation is told; until then it is 0. */
export const BASELINE_MIN = 12;
/** A deviation at or beyond this is an anomaly; the agent's baselines then learn more slowly. */
export const ANOMALY_Z = 6;
/** Deviations are clipped to plus and minus this. */
export const DEVIATION_MAX = 50;

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_SIGMA = 1.4826;

/**
 * Smallest scale by signal: the larger of an absolute part, in the signal's unit, and a share of the median. Without it a constant
 * series would turn its first jitter into an infinite deviation. By these, 20 % more latency on a constant baseline is a deviation of 4.
 */
const FLOORS: readonly { readonly absolute: number; readonly relative: number }[] = [
  { absolute: 1, relative: 0.05 },
  { absolute: 0.1, relative: 0.05 },
  { absolute: 0.01, relative: 0 },
  { absolute: 0.02, relative: 0 },
];

/** A full ring takes every so many of an agent's normal windows, and of its anomalous ones. */
const NORMAL_EVERY = 4;
const ANOMALOUS_EVERY = 16;

/**
 * Robust baselines of all agents of one cell: for each agent (by slot) and golden signal the exact median and the exact median absolute
 * deviation (Hampel 1974) of a ring of 32 window means, as 32-bit floats.
 *
 * Forgetting: the ring fills with every window; once full it takes every fourth, a systematic sample, so it looks back over 128 windows
 * without narrowing the spread as averaging would. Breakdown: the median bears with just under half of its values being wrong, and of the windows in
 * which the agent is anomalous only every sixteenth is taken, counted apart, so that a failure that comes and goes does not become the norm unless it is
 * there four windows of five; an ongoing one needs some 250 windows, and so a lasting change of load or release is learned in the end.
 */
export class Baselines {
  #slots = 0;
  #ring = new Float32Array(0);
  #ringBytes = new Uint8Array(0);
  /** The same values in ascending order: the median is a look-up, the deviation's median a walk outwards from it. */
  #sorted = new Float32Array(0);
  #count = new Uint8Array(0);
  #head = new Uint8Array(0);
  /** Windows since one was last taken: anomalous ones, 0 to 15, in the low four bits, normal ones, 0 to 3, above. */
  #passed = new Uint8Array(0);

  /** Makes room for slots 0 to `slots` - 1. */
  reserve(slots: number): void {
    if (slots <= this.#slots) return;
    const size = Math.max(slots, 2 * this.#slots);
    this.#ring = grown(this.#ring, new Float32Array(size * SIGNAL_COUNT * BASELINE_SIZE));
    this.#ringBytes = new Uint8Array(this.#ring.buffer);
    this.#sorted = grown(this.#sorted, new Float32Array(size * SIGNAL_COUNT * BASELINE_SIZE));
    this.#count = grown(this.#count, new Uint8Array(size * SIGNAL_COUNT));
    this.#head = grown(this.#head, new Uint8Array(size * SIGNAL_COUNT));
    this.#passed = grown(this.#passed, new Uint8Array(size * SIGNAL_COUNT));
    this.#slots = size;
  }

  /** Forgets what was learned about a slot. */
  clear(slot: number): void {
    const from = slot * SIGNAL_COUNT;
    this.#count.fill(0, from, from + SIGNAL_COUNT);
    this.#head.fill(0, from, from + SIGNAL_COUNT);
    this.#passed.fill(0, from, from + SIGNAL_COUNT);
  }

  /**
   * The robust z-score of `value`: (value - median) / max(1.4826 MAD, floor), clipped to [-50, 50]; 0 with fewer than 12 windows.
   * @param signal index into SIGNALS
   */
  deviation(slot: number, signal: number, value: number): number {
    const series = slot * SIGNAL_COUNT + signal;
    const count = this.#count[series];
    if (count < BASELINE_MIN) return 0;
    const from = series * BASELINE_SIZE;
    const median = medianOfSorted(this.#sorted, from, count);
    const floor = FLOORS[signal];
    const scale = Math.max(
      MAD_TO_SIGMA * medianAbsoluteDeviation(this.#sorted, from, count, median),
      floor.absolute,
      floor.relative * Math.abs(median),
    );
    const z = (Math.fround(value) - median) / scale;
    return Math.max(-DEVIATION_MAX, Math.min(DEVIATION_MAX, z));
  }

  /** Adds a window's mean, if its turn has come. Take its deviation first. */
  add(slot: number, signal: number, value: number, anomalous: boolean): void {
    const series = slot * SIGNAL_COUNT + signal;
    const count = this.#count[series];
    let anomalies = this.#passed[series] & 15;
    let normals = this.#passed[series] >> 4;
    if (anomalous) anomalies = (anomalies + 1) % ANOMALOUS_EVERY;
    else normals = count < BASELINE_SIZE ? 0 : (normals + 1) % NORMAL_EVERY;
    this.#passed[series] = (normals << 4) | anomalies;
    if ((anomalous ? anomalies : normals) === 0) this.#push(series, Math.fround(value));
  }

  #push(series: number, value: number): void {
    const from = series * BASELINE_SIZE;
    const head = this.#head[series];
    let count = this.#count[series];
    const sorted = this.#sorted;
    if (count === BASELINE_SIZE) {
      const old = this.#ring[from + head];
      let at = from;
      while (sorted[at] !== old) at++;
      sorted.copyWithin(at, at + 1, from + count);
      count--;
    }
    let at = from + count;
    while (at > from && sorted[at - 1] > value) {
      sorted[at] = sorted[at - 1];
      at--;
    }
    sorted[at] = value;
    this.#count[series] = count + 1;
    this.#ring[from + head] = value;
    this.#head[series] = (head + 1) % BASELINE_SIZE;
  }

  /** Writes the baselines of a slot: by signal windows passed over, count, head and the ring as it lies in memory, which is little-endian wherever Node runs. */
  encode(slot: number, writer: BinaryWriter): void {
    for (let series = slot * SIGNAL_COUNT; series < (slot + 1) * SIGNAL_COUNT; series++) {
      const count = this.#count[series];
      writer.u8(this.#passed[series]);
      writer.u8(count);
      writer.u8(this.#head[series]);
      const from = FLOAT_BYTES * series * BASELINE_SIZE;
      writer.raw(this.#ringBytes.subarray(from, from + FLOAT_BYTES * count));
    }
  }

  /**
   * Reads what `encode` wrote; the slot must be reserved. `together`: the bytes are of before anomalous windows were counted apart, when a normal one
   * counted as four of them. @throws FleetError STATE_UNREADABLE
   */
  decode(slot: number, reader: BinaryReader, together = false): void {
    for (let series = slot * SIGNAL_COUNT; series < (slot + 1) * SIGNAL_COUNT; series++) {
      const read = reader.u8();
      const passed = together && read < ANOMALOUS_EVERY ? ((read >> 2) << 4) | (read & 3) : read;
      const count = reader.u8();
      const head = reader.u8();
      if (count > BASELINE_SIZE || head >= BASELINE_SIZE || passed >= NORMAL_EVERY << 4) {
        throw new FleetError(
          'STATE_UNREADABLE',
          `a baseline has count ${count}, head ${head}, windows passed over ${passed}; valid is at most ${BASELINE_SIZE}, ${BASELINE_SIZE - 1}, ${(NORMAL_EVERY << 4) - 1}`,
        );
      }
      this.#passed[series] = passed;
      this.#count[series] = count;
      this.#head[series] = head;
      const from = series * BASELINE_SIZE;
      this.#ringBytes.set(reader.raw(FLOAT_BYTES * count), FLOAT_BYTES * from);
      this.#sorted.set(this.#ring.subarray(from, from + count), from);
      this.#sorted.subarray(from, from + count).sort();
    }
  }
}

function medianOfSorted(sorted: Float32Array, from: number, count: number): number {
  const middle = from + (count >> 1);
  return count % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of |x - median| over sorted values: the distances are met in ascending order by walking outwards from the middle. */
function medianAbsoluteDeviation(sorted: Float32Array, from: number, count: number, median: number): number {
  const half = count >> 1;
  let right = from + half;
  let left = right - 1;
  let distance = 0;
  let before = 0;
  for (let taken = 0; taken <= half; taken++) {
    before = distance;
    const down = left >= from ? median - sorted[left] : Number.POSITIVE_INFINITY;
    const up = right < from + count ? sorted[right] - median : Number.POSITIVE_INFINITY;
    if (down < up) {
      distance = down;
      left--;
    } else {
      distance = up;
      right++;
    }
  }
  return count % 2 === 1 ? distance : (before + distance) / 2;
}

function grown<T extends Float32Array | Uint8Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
