/** The value that stands for all label values past a limit. */
export const otherLabel = 'other';

/**
 * Keeps a label's values few: the first `max` distinct ones pass, later ones become "other". Values from outside (reasons, topics) would otherwise
 * make a time series each, for ever.
 */
export class LabelLimit {
  readonly #max: number;
  readonly #known = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  admit(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#max) return otherLabel;
    this.#known.add(value);
    return value;
  }

  /** Gives a value's place back, when its series is gone. */
  release(value: string): void {
    this.#known.delete(value);
  }
}
