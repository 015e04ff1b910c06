/**
 * What was decided before, as a validator must know it to judge the next proposal. Fed with the decided items of one partition of aura.proposals in
 * commit order, it is the same at every honest validator. Its time is event time: the newest approval's.
 *
 * Bounded: approvals are kept while they last and for an hour after they were made, at most 4096 a cell; of cells the 5,000 that had one last; rejected
 * ids are the last 8192.
 */

import type { CellId } from '../fleet/ids.ts';
import { touchesTargets } from './catalogue.ts';
import { keyOf } from './cell.ts';
import type { Decided } from './decided.ts';
import { decodeState, encodeState } from './state-codec.ts';

/** Proposals this much older than the cell's newest approval are stale, so approvals older than this are remembered no more. */
export const memoryMs = 3_600_000;
export const approvalsMax = 4096;
const rejectedMax = 8192;
const cellsMax = 5_000;

export interface Approval {
  readonly proposalId: string;
  readonly kind: string;
  readonly targets: readonly string[];
  readonly decidedMs: number;
  readonly expiresMs: number;
}

interface LedgerState {
  readonly cells: readonly (readonly [string, readonly Approval[]])[];
  readonly rejected: readonly string[];
}

export class DecisionLedger {
  /** By cell, the one approved last at the end; by cell in commit order. Arrays are replaced, never changed. */
  readonly #cells = new Map<string, readonly Approval[]>();
  /** In commit order; a set keeps the order of insertion. */
  readonly #rejected = new Set<string>();
  readonly #parent: DecisionLedger | null;

  constructor(parent: DecisionLedger | null = null) {
    this.#parent = parent;
  }

  static decode(bytes: Uint8Array): DecisionLedger {
    const state = decodeState<LedgerState>('decision-ledger', 1, bytes);
    const ledger = new DecisionLedger();
    for (const [cell, approvals] of state.cells) ledger.#cells.set(cell, approvals);
    for (const id of state.rejected) ledger.#rejected.add(id);
    return ledger;
  }

  encode(): Uint8Array {
    const state: LedgerState = { cells: [...this.#cells], rejected: [...this.#rejected] };
    return encodeState('decision-ledger', 1, state);
  }

  /**
   * A ledger that begins with what this one knows and keeps what it is told to itself: to judge the items of one block in turn, as if those before
   * had been decided. Good while this ledger does not change.
   */
  fork(): DecisionLedger {
    return new DecisionLedger(this);
  }

  /** Takes the next decided item. One that is known already changes nothing. `decidedMs` is the proposal's createdMs. */
  record(item: Decided): void {
    if (this.isDecided(item, item.proposalId)) return;
    if (item.verdict !== 'APPROVED') {
      this.#rejected.add(item.proposalId);
      for (const oldest of this.#rejected) {
        if (this.#rejected.size <= rejectedMax) break;
        this.#rejected.delete(oldest);
      }
      return;
    }
    const { proposalId, kind, targets, decidedMs, expiresMs } = item;
    const approvals = [...this.approvals(item), { proposalId, kind, targets: [...targets], decidedMs, expiresMs }];
    const nowMs = newestOf(approvals) ?? decidedMs;
    const key = keyOf(item);
    this.#cells.delete(key);
    this.#cells.set(
      key,
      approvals.filter((approval) => approval.expiresMs > nowMs || approval.decidedMs > nowMs - memoryMs),
    );
    for (const silent of this.#cells.keys()) {
      if (this.#cells.size <= cellsMax) break;
      this.#cells.delete(silent);
    }
  }

  /** Approvals of a cell that may still matter, in commit order. */
  approvals(cell: CellId): readonly Approval[] {
    const key = keyOf(cell);
    for (let ledger: DecisionLedger | null = this; ledger !== null; ledger = ledger.#parent) {
      const approvals = ledger.#cells.get(key);
      if (approvals !== undefined) return approvals;
    }
    return [];
  }

  /** The cell's newest approval, in event time; null where there is none. */
  nowMs(cell: CellId): number | null {
    return newestOf(this.approvals(cell));
  }

  isDecided(cell: CellId, proposalId: string): boolean {
    for (let ledger: DecisionLedger | null = this; ledger !== null; ledger = ledger.#parent) {
      if (ledger.#rejected.has(proposalId)) return true;
    }
    return this.approvals(cell).some((one) => one.proposalId === proposalId);
  }

  /** Agents of the cell under an intervention that is not over at `timeMs`. */
  agentsTouched(cell: CellId, timeMs: number): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const { kind, targets, expiresMs } of this.approvals(cell)) {
      if (expiresMs > timeMs && touchesTargets(kind)) for (const target of targets) touched.add(target);
    }
    return touched;
  }
}

/** Lists are replaced, never changed, and asked the same again and again. */
const newest = new WeakMap<readonly Approval[], number>();

function newestOf(approvals: readonly Approval[]): number | null {
  if (approvals.length === 0) return null;
  let latestMs = newest.get(approvals);
  if (latestMs === undefined) {
    latestMs = approvals.reduce((latest, { decidedMs }) => Math.max(latest, decidedMs), Number.NEGATIVE_INFINITY);
    newest.set(approvals, latestMs);
  }
  return latestMs;
}
