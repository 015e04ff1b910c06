/**
 * A map from non-negative safe integers to int32 values, by open addressing with linear probing.
 * It stands where a JavaScript Map would box every key above 2^31.
 */
export class IntegerTable {
  /** What get() answers for a key that is not there. */
  static readonly ABSENT = -1;

  #keys: Float64Array;
  #values: Int32Array;
  #mask: number;
  #size = 0;

  /** @param expected how many keys will be held; more are taken, at the cost of growing. */
  constructor(expected: number) {
    let capacity = 16;
    while (capacity < expected * 2) capacity *= 2;
    this.#keys = new Float64Array(capacity).fill(-1);
    this.#values = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** The value of `key`, or ABSENT. */
  get(key: number): number {
    const slot = this.#slotOf(key);
    return this.#keys[slot] === key ? this.#values[slot] : IntegerTable.ABSENT;
  }

  /** Sets the value of `key`; false if the key was already there, whose value then stays. */
  add(key: number, value: number): boolean {
    const slot = this.#slotOf(key);
    if (this.#keys[slot] === key) return false;
    this.#keys[slot] = key;
    this.#values[slot] = value;
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#grow();
    return true;
  }

  #slotOf(key: number): number {
    const keys = this.#keys;
    const mask = this.#mask;
    // Fibonacci hashing of both halves; the high bits of the product are the well mixed ones.
    const mixed = Math.imul((key | 0) ^ Math.imul((key / 4294967296) | 0, 0x85ebca6b), 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (keys[slot] !== key && keys[slot] >= 0) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Float64Array(keys.length * 2).fill(-1);
    this.#values = new Int32Array(keys.length * 2);
    this.#mask = keys.length * 2 - 1;
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] < 0) continue;
      const slot = this.#slotOf(keys[i]);
      this.#keys[slot] = keys[i];
      this.#values[slot] = values[i];
    }
  }
}
