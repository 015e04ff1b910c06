/**
 * One batch of signatures in memory that the threads share. The owner writes a batch and opens it under a new number; everyone, the owner
 * too, then takes the next index until none is left, and writes the answer together with the number of the batch.
 *
 * A thread that was held up may still write when the next batch is open. Its answer carries the number that it read before it took its index and read
 * the claim, so that it can never pass for one about a claim of a later batch.
 */

/** A signature and what it should be of; ed25519 in size. */
export interface SignedBytes {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Claims in one batch. */
export const CLAIMS_MAX = 256;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const CLAIM_BYTES = 1024;
/** Longer messages are not for sharing. */
const MESSAGE_BYTES_MAX = CLAIM_BYTES - KEY_BYTES - SIGNATURE_BYTES;

const CONTROL_WORDS = 3;
/** Number of the open batch, from 1. */
const BATCH = 0;
/** Index that is to be taken next. */
const NEXT = 1;
const COUNT = 2;
/** Numbers begin again below this: with one bit for the answer an Int32 holds one. */
const BATCHES = 2 ** 30;

export interface Taken extends SignedBytes {
  readonly batch: number;
  readonly index: number;
}

export class SharedClaims {
  readonly memory: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #lengths: Int32Array;
  /** By index: twice the batch, plus one where the signature is valid. */
  readonly #answers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(memory?: SharedArrayBuffer) {
    const words = 4 * (CONTROL_WORDS + 2 * CLAIMS_MAX);
    this.memory = memory ?? new SharedArrayBuffer(words + CLAIMS_MAX * CLAIM_BYTES);
    this.#control = new Int32Array(this.memory, 0, CONTROL_WORDS);
    this.#lengths = new Int32Array(this.memory, 4 * CONTROL_WORDS, CLAIMS_MAX);
    this.#answers = new Int32Array(this.memory, 4 * (CONTROL_WORDS + CLAIMS_MAX), CLAIMS_MAX);
    this.#bytes = new Uint8Array(this.memory, words);
  }

  /** Whether a claim has the sizes of one that can be shared. */
  static fits({ publicKey, message, signature }: SignedBytes): boolean {
    const isSized = publicKey.length === KEY_BYTES && signature.length === SIGNATURE_BYTES;
    return isSized && message.length <= MESSAGE_BYTES_MAX;
  }

  /** At most CLAIMS_MAX claims, all of which fit; wakes everyone who waits. Returns the batch's number. Only the owner opens. */
  open(claims: readonly SignedBytes[]): number {
    for (const [index, { publicKey, message, signature }] of claims.entries()) {
      const at = index * CLAIM_BYTES;
      this.#bytes.set(publicKey, at);
      this.#bytes.set(signature, at + KEY_BYTES);
      this.#bytes.set(message, at + KEY_BYTES + SIGNATURE_BYTES);
      this.#lengths[index] = message.length;
    }
    const batch = (Atomics.load(this.#control, BATCH) % (BATCHES - 1)) + 1;
    Atomics.store(this.#control, COUNT, claims.length);
    Atomics.store(this.#control, BATCH, batch);
    // Last: whoever takes an index from here on, knows the batch.
    Atomics.store(this.#control, NEXT, 0);
    Atomics.notify(this.#control, BATCH);
    return batch;
  }

  /** An index that nobody else of this batch will take; null when none is left. */
  takeIndex(): number | null {
    const index = Atomics.add(this.#control, NEXT, 1);
    return index < Atomics.load(this.#control, COUNT) ? index : null;
  }

  /** The same for a thread: the batch as it was before, and copies of the bytes. */
  take(): Taken | null {
    const batch = Atomics.load(this.#control, BATCH);
    const index = this.takeIndex();
    if (index === null || index >= CLAIMS_MAX) return null;
    const at = index * CLAIM_BYTES;
    const from = at + KEY_BYTES + SIGNATURE_BYTES;
    return {
      batch,
      index,
      publicKey: this.#bytes.slice(at, at + KEY_BYTES),
      signature: this.#bytes.slice(at + KEY_BYTES, from),
      message: this.#bytes.slice(from, from + this.#lengths[index]),
    };
  }

  answer(batch: number, index: number, isValid: boolean): void {
    Atomics.store(this.#answers, index, 2 * batch + (isValid ? 1 : 0));
    Atomics.notify(this.#answers, index);
  }

  /** The answer, which is waited for so long if it is not there; null when it did not come. */
  answerOf(batch: number, index: number, waitMs: number): boolean | null {
    const known = Atomics.load(this.#answers, index);
    if (known >> 1 === batch) return (known & 1) === 1;
    if (waitMs <= 0 || Atomics.wait(this.#answers, index, known, waitMs) === 'timed-out') return null;
    return this.answerOf(batch, index, 0);
  }

  /** For a thread: sleeps until another batch than this is open; returns its number. */
  awaitBatch(after: number): number {
    Atomics.wait(this.#control, BATCH, after);
    return Atomics.load(this.#control, BATCH);
  }
}
