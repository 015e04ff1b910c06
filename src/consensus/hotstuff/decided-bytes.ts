/** Decided proposals as checkpoints hold them, kept written: to write all that are remembered for each checkpoint would cost more than everything else in it. */

/** 16 bytes of a digest: enough that nobody finds another record with the same, and half the memory. */
export const DIGEST_KEPT = 16;

/** u64 offset, then the digest. */
const ENTRY = 8 + DIGEST_KEPT;

/** A queue of entries in one piece of memory. */
export class DecidedBytes {
  #bytes: Uint8Array = Buffer.allocUnsafe(128 * ENTRY);
  #start = 0;
  #end = 0;

  /** In the order of `push`; valid until the next. */
  get all(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** `offset`: 0 .. 2^53 - 1; `digest`: 16 characters of one byte each. */
  push(offset: number, digest: string): void {
    if (this.#end === this.#bytes.length) this.#makeRoom();
    const bytes = this.#bytes;
    let at = this.#end;
    const high = offset > 0xffff_ffff ? Math.floor(offset / 0x1_0000_0000) : 0;
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = high >>> shift;
    for (let shift = 24; shift >= 0; shift -= 8) bytes[at++] = offset >>> shift;
    for (let i = 0; i < DIGEST_KEPT; i++) bytes[at++] = digest.charCodeAt(i);
    this.#end = at;
  }

  /** Forgets the oldest. */
  shift(): void {
    this.#start = Math.min(this.#start + ENTRY, this.#end);
  }

  /** Moves all to the front, of twice the memory where they fill more than half of it. */
  #makeRoom(): void {
    const { all } = this;
    const target = 2 * all.length > this.#bytes.length ? new Uint8Array(2 * this.#bytes.length) : this.#bytes;
    target.set(all);
    this.#bytes = target;
    this.#start = 0;
    this.#end = all.length;
  }
}
