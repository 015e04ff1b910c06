/**
 * Results that were worked out ahead, by key: each is good for one input, told by its bytes. What they were worked out from besides, the state of the
 * key, changes only when a result of the key is taken, or with `clear`.
 */

/** Those of more keys are not kept: the oldest goes. */
const draftsMax = 256;

export class Drafts<Result> {
  readonly #drafts = new Map<string, { readonly bytes: Uint8Array; readonly result: Result }>();

  keep(key: string, bytes: Uint8Array, result: Result): void {
    this.#drafts.delete(key);
    this.#drafts.set(key, { bytes, result });
    if (this.#drafts.size <= draftsMax) return;
    for (const oldest of this.#drafts.keys()) {
      this.#drafts.delete(oldest);
      return;
    }
  }

  /** The result for exactly this input, or null; whatever was kept of the key is gone then. */
  take(key: string, bytes: Uint8Array): Result | null {
    const draft = this.#drafts.get(key);
    this.#drafts.delete(key);
    return draft !== undefined && Buffer.compare(draft.bytes, bytes) === 0 ? draft.result : null;
  }

  clear(): void {
    this.#drafts.clear();
  }
}
