/** The latest decided proposals, by offset and by digest: a record is decided once, and so is a copy of it while it is remembered. */
import type { Item } from '../block.ts';
import type { ByteReader, ByteWriter, Hash } from '../encoding.ts';
import { DecidedBytes, type DecidedEntry, DIGEST_KEPT } from './decided-bytes.ts';

/** A contested proposal goes first again when this part of the capacity was decided meanwhile; after all of it, it could be decided no more. */
const OVERDUE = 16;

export class DecidedWindow {
  readonly #capacity: number;
  /** In the order of decision; the oldest entries are forgotten first. */
  readonly #entries = new Map<number, string>();
  readonly #digests = new Set<string>();
  /** The entries as they are written. */
  readonly #bytes = new DecidedBytes();
  #floor = -1;
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Offsets up to here can no longer be decided. */
  get floor(): number {
    return this.#floor;
  }

  /** Proposals decided so far. */
  get count(): number {
    return this.#count;
  }

  /** What was contested when no more than this many had been decided has waited long enough; see Pool.pick. */
  get overdue(): number {
    return this.#count - this.#capacity / OVERDUE;
  }

  /** The latest of them that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return offset <= this.#floor || this.#entries.has(offset) || this.#digests.has(shorten(digest));
  }

  add(items: readonly Item[]): void {
    for (const { offset, digest } of items) this.#insert({ offset, digest: shorten(digest) });
    this.#count += items.length;
    if (this.#entries.size <= this.#capacity) return;
    for (const [offset, digest] of this.#entries) {
      if (this.#entries.size <= this.#capacity) break;
      this.#entries.delete(offset);
      this.#digests.delete(digest);
      this.#bytes.shift();
      this.#floor = Math.max(this.#floor, offset);
    }
  }

  /** Takes up where another window was: `entries` in the order of decision. */
  restore(floor: number, count: number, entries: Iterable<DecidedEntry>): void {
    this.#floor = floor;
    this.#count = count;
    for (const entry of entries) this.#insert(entry);
  }

  entries(): DecidedEntry[] {
    return Array.from(this.#entries, ([offset, digest]) => ({ offset, digest }));
  }

  /** In the order of decision. */
  write(writer: ByteWriter): void {
    writer.raw(this.#bytes.all);
  }

  #insert(entry: DecidedEntry): void {
    const { size } = this.#entries;
    this.#entries.set(entry.offset, entry.digest);
    this.#digests.add(entry.digest);
    // Only where a rule is broken is an offset decided again; then it keeps its place.
    if (this.#entries.size > size) this.#bytes.push(entry);
  }
}

export function readDecided(reader: ByteReader): DecidedEntry {
  return { offset: reader.u64(), digest: reader.latin1(DIGEST_KEPT) };
}

/** In one call: a loop, or a Buffer over the same bytes, costs several times as much. */
function spelled(d: Uint8Array): string {
  // biome-ignore format: one line of bytes each
  return String.fromCharCode(
    d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7],
    d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15],
  );
}

/** The latest digest objects by their first bytes, and their texts: the replicas of a process ask it of the same ones again and again. */
const SHORTENED = 4096;
const digestAt = new Array<Uint8Array | null>(SHORTENED).fill(null);
const textAt = new Array<string>(SHORTENED).fill('');

/** The first 16 bytes as a string, to be found by. Digests are never written to. */
export function shorten(digest: Uint8Array): string {
  const slot = ((digest[0] << 8) | digest[1]) & (SHORTENED - 1);
  if (digestAt[slot] === digest) return textAt[slot];
  const text = spelled(digest);
  digestAt[slot] = digest;
  textAt[slot] = text;
  return text;
}
