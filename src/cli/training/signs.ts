/** What snapshots say of failures by themselves: an agent reports DOWN, or is not heard of for too long. */
import type { Snapshot } from '../../../schemas/records.ts';

export type SignKind = 'down' | 'silent';

export interface Sign {
  readonly agent: string;
  readonly kind: SignKind;
  readonly fromMs: number;
  /** Null: it went on when the snapshots ended. */
  readonly toMs: number | null;
}

/** Windows without a heartbeat from which on an agent counts as silent, unless it is said otherwise. */
const SILENT_WINDOWS = 5;

/** Each kind is told by itself: whoever says DOWN and then falls silent is both, and labels may be asked of either. */
export class SignReader {
  readonly #silentMs: number | null;
  /** By kind, by agent. */
  readonly #open: Readonly<Record<SignKind, Map<string, Sign>>> = { down: new Map(), silent: new Map() };
  readonly #ended: Sign[] = [];

  /** @param silentMs silence that counts; null: five windows */
  constructor(silentMs: number | null) {
    this.#silentMs = silentMs;
  }

  /** Takes a cell's snapshots in order of time. */
  add({ windowStartMs, windowEndMs, agents }: Snapshot): void {
    const silentMs = this.#silentMs ?? SILENT_WINDOWS * (windowEndMs - windowStartMs);
    const present = new Set<string>();
    for (const state of agents) {
      present.add(state.agent);
      const heardMs = windowEndMs - state.silentMs;
      // DOWN is its own word, sent in this window or before; silence began when it was last heard of.
      this.#tell('down', state.agent, state.status === 'DOWN', Math.min(windowStartMs, heardMs), heardMs);
      this.#tell('silent', state.agent, state.silentMs >= silentMs, heardMs, heardMs);
    }
    // A cell forgets an agent that was silent for very long: it may be well elsewhere.
    for (const open of Object.values(this.#open)) {
      for (const [agent, sign] of open) if (!present.has(agent)) this.#end(sign, windowEndMs);
    }
  }

  signs(): readonly Sign[] {
    const open = Object.values(this.#open).flatMap((signs) => [...signs.values()]);
    return [...this.#ended, ...open].sort((a, b) => a.fromMs - b.fromMs);
  }

  #tell(kind: SignKind, agent: string, holds: boolean, fromMs: number, heardMs: number): void {
    const open = this.#open[kind].get(agent);
    if (!holds && open !== undefined) this.#end(open, Math.max(heardMs, open.fromMs + 1));
    if (holds && open === undefined) this.#open[kind].set(agent, { agent, kind, fromMs, toMs: null });
  }

  #end(open: Sign, toMs: number): void {
    this.#ended.push({ ...open, toMs });
    this.#open[open.kind].delete(open.agent);
  }
}
