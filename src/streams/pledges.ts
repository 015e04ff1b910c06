/**
 * What a task waits for that works on records whose transaction is still being committed. Its own commit comes after theirs; where one of theirs is not
 * committed, what the task made of it is void, and the task ends, to begin again from what is.
 */
export class Pledges {
  readonly #open = new Set<Promise<void>>();

  add(pledge: Promise<void>): void {
    this.#open.add(pledge);
    pledge.then(
      () => this.#open.delete(pledge),
      () => undefined, // stays, so that `kept` never forgets it
    );
  }

  /** Fulfilled when all were; rejected, for ever, once one was. */
  async kept(): Promise<void> {
    if (this.#open.size > 0) await Promise.all(this.#open);
  }
}
