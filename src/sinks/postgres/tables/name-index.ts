/** Numbers names from 1, so that arrays of numbers can stand for arrays of names: first the names given, then those that are met. */
export class NameIndex {
  readonly #numbers = new Map<string, number>();
  readonly #given: number;
  readonly #added: string[] = [];

  constructor(given: readonly string[]) {
    this.#given = given.length;
    given.forEach((name, index) => {
      this.#numbers.set(name, index + 1);
    });
  }

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#added.push(name);
    const next = this.#given + this.#added.length;
    this.#numbers.set(name, next);
    return next;
  }

  /** Names that were not given, in the order of their numbers. */
  get added(): readonly string[] {
    return this.#added;
  }
}
