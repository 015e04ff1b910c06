/** What snapshots say of failures by themselves: an agent reports DOWN, or is not heard of for too long. */
import type { AgentState, Snapshot } from '../../../schemas/records.ts';

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

export class SignReader {
  readonly #silentMs: number | null;
  readonly #open = new Map<string, Sign>();
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
      const { agent } = state;
      present.add(agent);
      const kind = kindOf(state, silentMs);
      const open = this.#open.get(agent);
      if (kind === null) {
        if (open !== undefined) this.#end(open, Math.max(windowEndMs - state.silentMs, open.fromMs + 1));
      } else if (open === undefined) {
        // Silence began when it was last heard of; DOWN is its own word, sent in this window.
        const fromMs = kind === 'silent' ? windowEndMs - state.silentMs : windowStartMs;
        this.#open.set(agent, { agent, kind, fromMs, toMs: null });
      }
    }
    // A cell forgets an agent that was silent for very long: it may be well elsewhere.
    for (const [agent, open] of this.#open) if (!present.has(agent)) this.#end(open, windowEndMs);
  }

  signs(): readonly Sign[] {
    return [...this.#ended, ...this.#open.values()].sort((a, b) => a.fromMs - b.fromMs);
  }

  #end(open: Sign, toMs: number): void {
    this.#ended.push({ ...open, toMs });
    this.#open.delete(open.agent);
  }
}

function kindOf({ status, silentMs }: AgentState, threshold: number): SignKind | null {
  if (silentMs >= threshold) return 'silent';
  return status === 'DOWN' ? 'down' : null;
}
