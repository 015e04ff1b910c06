/** The effects of one step in the order in which they are to be carried out (core.ts), whatever the protocol. */
import type { Effect, Vocabulary } from './core.ts';

/** Why a message counts for nothing; null where it counts, or is of no concern. */
export type Refusal = string | null;

export class Outbox<V extends Vocabulary> {
  readonly #rules: { isDurable(): boolean };
  #effects: Effect<V>[] = [];

  /** `isDurable`: whether what `persistVote` is given is written; true but under a broken rule. */
  constructor(rules: { isDurable(): boolean }) {
    this.#rules = rules;
  }

  /** Of the step that has begun last. */
  get effects(): readonly Effect<V>[] {
    return this.#effects;
  }

  begin(): void {
    this.#effects = [];
  }

  push(effect: Effect<V>): void {
    this.#effects.push(effect);
  }

  persist(record: V['record']): void {
    this.#effects.push({ type: 'persist', records: [record] });
  }

  /** For what binds its author once it is said. */
  persistVote(record: V['record']): void {
    if (this.#rules.isDurable()) this.persist(record);
  }

  /** To all others. */
  say(message: V['message']): void {
    this.#effects.push({ type: 'send', message });
  }

  tell(to: number, message: V['message']): void {
    this.#effects.push({ type: 'send', to, message });
  }

  refuse(code: string): void {
    this.#effects.push({ type: 'refused', code });
  }
}
