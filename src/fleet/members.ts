import { Baselines } from './baseline.ts';
import { AGENTS_PER_CELL_MAX } from './limits.ts';

/** Not a member yet: its first window has not closed. */
const NEVER = -1;

/**
 * The agents of one cell, each with a slot (0 to 255) that indexes columns. An agent is known from its first heartbeat and a member, that is
 * part of snapshots, from the close of the window that holds it.
 */
export class Members {
  readonly #slotOf = new Map<string, number>();
  readonly #ids: string[] = [];
  readonly #free: number[] = [];
  /** Slots by id in ascending order. */
  #order: number[] = [];
  readonly #lastSeenMs = new Float64Array(AGENTS_PER_CELL_MAX).fill(NEVER);
  readonly #status = new Uint8Array(AGENTS_PER_CELL_MAX);
  #memberCount = 0;
  readonly baselines = new Baselines();

  /** Slots of all agents known, by id in ascending order. */
  get order(): readonly number[] {
    return this.#order;
  }

  get memberCount(): number {
    return this.#memberCount;
  }

  slotOf(agent: string): number | undefined {
    return this.#slotOf.get(agent);
  }

  idOf(slot: number): string {
    return this.#ids[slot];
  }

  isMember(slot: number): boolean {
    return this.#lastSeenMs[slot] !== NEVER;
  }

  /** Event time of the last heartbeat in a closed window; the slot must be a member's. */
  lastSeenMs(slot: number): number {
    return this.#lastSeenMs[slot];
  }

  /** Index into STATUSES of that heartbeat. */
  status(slot: number): number {
    return this.#status[slot];
  }

  /** Gives a new agent its slot; undefined where the cell is full. */
  admit(agent: string): number | undefined {
    if (this.#slotOf.size === AGENTS_PER_CELL_MAX) return undefined;
    const slot = this.#free.pop() ?? this.#ids.length;
    this.#ids[slot] = agent;
    this.#slotOf.set(agent, slot);
    this.baselines.reserve(slot + 1);
    this.#order.splice(this.#position(agent), 0, slot);
    return slot;
  }

  #position(agent: string): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[this.#order[middle]] < agent) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A window that holds heartbeats of the agent has closed. */
  see(slot: number, timeMs: number, status: number): void {
    if (this.#lastSeenMs[slot] === NEVER) this.#memberCount++;
    this.#lastSeenMs[slot] = timeMs;
    this.#status[slot] = status;
  }

  /** Ends the membership of every agent that `stays` denies; its slot is freed unless `isOpen` says that an open window still holds it. */
  retain(stays: (slot: number) => boolean, isOpen: (slot: number) => boolean): void {
    let freed = false;
    for (const slot of this.#order) {
      if (this.#lastSeenMs[slot] === NEVER || stays(slot)) continue;
      this.#lastSeenMs[slot] = NEVER;
      this.#status[slot] = 0;
      this.#memberCount--;
      this.baselines.clear(slot);
      if (isOpen(slot)) continue;
      this.#slotOf.delete(this.#ids[slot]);
      this.#free.push(slot);
      freed = true;
    }
    if (freed) this.#order = this.#order.filter((slot) => this.#slotOf.get(this.#ids[slot]) === slot);
  }
}
