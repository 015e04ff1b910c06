/**
 * Event time of keys that fell silent. A key says: my event time is `nowMs`, at `dueMs` something happens. If the wall time that takes, and a
 * margin, goes by and its event time stands still, its tick is due: a record in the log, so that a replay sees the same. What is said of a time that was
 * reached before, as by an agent whose clock jumped back, does not keep a key awake.
 */
interface Wake {
  readonly nowMs: number;
  readonly dueMs: number;
  readonly setAtMs: number;
  asked: boolean;
}

export class IdleKeys {
  readonly #wakes = new Map<string, Wake>();
  readonly #marginMs: number;

  /** `marginMs`: how much longer than its own pace a key may stay silent. */
  constructor(marginMs: number) {
    this.#marginMs = marginMs;
  }

  /** `wallMs`: monotonic time. */
  set(key: string, nowMs: number, dueMs: number | null, wallMs: number): void {
    const known = this.#wakes.get(key);
    if (dueMs === null) this.#wakes.delete(key);
    else if (known === undefined || nowMs > known.nowMs)
      this.#wakes.set(key, { nowMs, dueMs, setAtMs: wallMs, asked: false });
    else this.#wakes.set(key, { ...known, dueMs, asked: known.asked && dueMs === known.dueMs });
  }

  /** Keys whose tick is due, at most `limit`; each is named once until its event time or what is due has changed. */
  due(wallMs: number, limit: number): { readonly key: string; readonly dueMs: number }[] {
    const out: { key: string; dueMs: number }[] = [];
    for (const [key, wake] of this.#wakes) {
      if (wake.asked || wallMs - wake.setAtMs < wake.dueMs - wake.nowMs + this.#marginMs) continue;
      wake.asked = true;
      out.push({ key, dueMs: wake.dueMs });
      if (out.length >= limit) break;
    }
    return out;
  }
}
