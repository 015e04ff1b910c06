/**
 * The dead letters of one partition that are in the log while the positions behind their records are not in the database yet. A batch that fails is taken
 * again by the next task, and again for as long as the database refuses it: its letters are written once. Whoever takes over in another process does not
 * know of them, and writes them once more.
 */
export class ToldLetters {
  /** Offsets by topic. */
  readonly #told = new Map<string, Set<number>>();

  has(topic: string, offset: number): boolean {
    return this.#told.get(topic)?.has(offset) ?? false;
  }

  add(topic: string, offset: number): void {
    const told = this.#told.get(topic);
    if (told === undefined) this.#told.set(topic, new Set([offset]));
    else told.add(offset);
  }

  /** The database is at `offset`: nothing before it is taken again. So what is held is of the records of a batch or two. */
  forgetBefore(topic: string, offset: number): void {
    const told = this.#told.get(topic);
    if (told === undefined) return;
    for (const each of told) if (each < offset) told.delete(each);
    if (told.size === 0) this.#told.delete(topic);
  }
}
