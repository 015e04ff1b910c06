/** What was opened, to be closed in the opposite order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Opens something and remembers how to close it. */
  async open<T extends { close(): unknown }>(opening: T | Promise<T>): Promise<T> {
    const opened = await opening;
    this.add(() => opened.close());
    return opened;
  }

  /** Closes all, whatever becomes of each; throws the first error. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
