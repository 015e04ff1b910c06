/**
 * Keyed state of one task. A value is written to the changelog whole, or, where it is large and grows by small steps, as deltas that `apply` folds
 * into it; the store writes it whole again once its deltas outweigh it. Compaction keeps the last whole value of a key and what came after it.
 *
 * Changelog records: key `K`, value 0x00 + encode(v): the whole value. Key `K NUL n`, value 0x01 + bytes: the n-th delta since. Null: deleted.
 */
import type { LogRecord, OutRecord } from './log.ts';

export interface StoreSpec<V = unknown> {
  readonly name: string;
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array, key: string): V;
  /** Folds one delta into the value; deltas whose value is gone (`undefined`) may turn up first and may be dropped. Deterministic, never throws. */
  apply?(value: V | undefined, delta: Uint8Array, key: string): V | undefined;
}

export interface Store<V> {
  get(key: string): V | undefined;
  /** Sets the value and has it written whole. */
  put(key: string, value: V): void;
  /** Sets the value, which the caller has already changed by `delta`, and has only the delta written. Needs `apply`. */
  append(key: string, value: V, delta: Uint8Array): void;
  delete(key: string): void;
  /** Those that have a value; one that was deleted is gone at once, whether that is in the changelog yet or not. */
  keys(): IterableIterator<string>;
  /** How many these are. */
  readonly size: number;
}

interface Entry<V> {
  /** Undefined: deleted, which is still to be written. */
  value: V | undefined;
  /** Deltas in the changelog since the whole value, and their bytes. */
  deltas: number;
  deltaBytes: number;
  wholeBytes: number;
  /** The highest delta number that the changelog may hold under this key. */
  deltasEver: number;
}

interface Pending {
  whole: boolean;
  deltas: Uint8Array[];
}

const whole = 0;
const delta = 1;
const separator = '\0';
/** Deltas are folded once they weigh this much more than the value, and this much at least. */
const foldFactor = 4;
const foldBytes = 64 * 1024;
const deltasMax = 10_000;

export class ChangelogStore<V> implements Store<V> {
  readonly spec: StoreSpec<V>;
  readonly #entries = new Map<string, Entry<V>>();
  readonly #pending = new Map<string, Pending>();
  /** Entries with a value. */
  #size = 0;
  /** While restoring: bytes as read, decoded once at the end. */
  #restoring: Map<string, { base: Uint8Array | null; deltas: Uint8Array[]; deltasEver: number }> | null = new Map();

  constructor(spec: StoreSpec<V>) {
    this.spec = spec;
  }

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  *keys(): IterableIterator<string> {
    for (const [key, { value }] of this.#entries) if (value !== undefined) yield key;
  }

  put(key: string, value: V): void {
    this.#set(key, value);
    const pending = this.#pendingOf(key);
    pending.whole = true;
    pending.deltas.length = 0;
  }

  append(key: string, value: V, bytes: Uint8Array): void {
    this.#set(key, value);
    const pending = this.#pendingOf(key);
    if (!pending.whole) pending.deltas.push(bytes);
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return;
    this.#entry(key).value = undefined;
    this.#size--;
    const pending = this.#pendingOf(key);
    pending.whole = true;
    pending.deltas.length = 0;
  }

  /** Takes the changelog records that bring the log up to the state, and forgets that they were due. */
  drain(topic: string, partition: number, into: OutRecord[]): void {
    for (const [key, pending] of this.#pending) {
      const entry = this.#entry(key);
      if (entry.value === undefined) {
        into.push({ topic, partition, key: Buffer.from(key), value: null });
        for (let n = 0; n < entry.deltasEver; n++) into.push({ topic, partition, key: deltaKey(key, n), value: null });
        this.#entries.delete(key);
        continue;
      }
      if (!pending.whole) {
        let bytes = 0;
        for (const item of pending.deltas) bytes += item.length;
        const tooHeavy = entry.deltaBytes + bytes > Math.max(foldBytes, foldFactor * entry.wholeBytes);
        if (tooHeavy || entry.deltas + pending.deltas.length > deltasMax) pending.whole = true;
      }
      if (pending.whole) {
        const encoded = this.spec.encode(entry.value);
        into.push({ topic, partition, key: Buffer.from(key), value: framed(whole, encoded) });
        entry.wholeBytes = encoded.length;
        entry.deltas = 0;
        entry.deltaBytes = 0;
      } else {
        for (const item of pending.deltas) {
          into.push({ topic, partition, key: deltaKey(key, entry.deltas), value: framed(delta, item) });
          entry.deltas++;
          entry.deltaBytes += item.length;
        }
        entry.deltasEver = Math.max(entry.deltasEver, entry.deltas);
      }
    }
    this.#pending.clear();
  }

  /** Takes a record of the changelog, in log order. */
  restore(record: Pick<LogRecord, 'key' | 'value'>): void {
    if (this.#restoring === null || record.key === null) return;
    const text = Buffer.from(record.key).toString();
    const at = text.lastIndexOf(separator);
    const key = at < 0 ? text : text.slice(0, at);
    const known = this.#restoring.get(key) ?? { base: null, deltas: [], deltasEver: 0 };
    this.#restoring.set(key, known);
    if (at >= 0) {
      known.deltasEver = Math.max(known.deltasEver, Number(text.slice(at + 1)) + 1);
      if (record.value !== null) known.deltas.push(record.value.subarray(1));
    } else {
      known.base = record.value === null ? null : record.value.subarray(1);
      known.deltas.length = 0;
    }
  }

  /** Ends restoring: decodes what was read. */
  restored(): void {
    for (const [key, { base, deltas, deltasEver }] of this.#restoring ?? []) {
      let value = base === null ? undefined : this.spec.decode(base, key);
      let deltaBytes = 0;
      for (const bytes of deltas) {
        value = this.spec.apply?.(value, bytes, key);
        deltaBytes += bytes.length;
      }
      if (value === undefined) continue;
      this.#entries.set(key, { value, deltas: deltas.length, deltaBytes, wholeBytes: base?.length ?? 0, deltasEver });
    }
    this.#restoring = null;
    this.#size = this.#entries.size;
  }

  #set(key: string, value: V): void {
    const entry = this.#entry(key);
    if (entry.value === undefined) this.#size++;
    entry.value = value;
  }

  #entry(key: string): Entry<V> {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { value: undefined, deltas: 0, deltaBytes: 0, wholeBytes: 0, deltasEver: 0 };
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #pendingOf(key: string): Pending {
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { whole: false, deltas: [] };
      this.#pending.set(key, pending);
    }
    return pending;
  }
}

function deltaKey(key: string, n: number): Uint8Array {
  return Buffer.from(`${key}${separator}${n}`);
}

function framed(kind: number, bytes: Uint8Array): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length + 1);
  out[0] = kind;
  out.set(bytes, 1);
  return out;
}
