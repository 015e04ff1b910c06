/**
 * Batches that were processed and are not committed yet, and when they are to be. What somebody waits for is committed at once; the rest waits for company,
 * up to the commit interval. A commit takes some milliseconds, in which nothing else can be committed: where something urgent is expected just after
 * the interval is over, the rest waits for that, and rides with it instead of standing in its way.
 */
import type { TakenRecord } from './execution.ts';
import { type OutRecord, type Position, partitionId } from './log.ts';

/** Most records in one transaction that nobody waits for. */
const recordsMax = 20_000;
/** How much longer than the commit interval anything waits for what is expected, as a share of the interval. */
const heldShare = 0.5;
/** How late the expected may be and still be waited for, likewise. */
const lateShare = 0.25;

export interface ProcessedBatch {
  readonly taken: readonly TakenRecord[];
  /** Positions after the batch, by input; tables are left out. */
  readonly positions: readonly Position[];
}

export class PendingCommit {
  readonly #commitMs: number;
  #out: OutRecord[] = [];
  #urgent = false;
  #orders: OutRecord[] = [];
  #positions = new Map<string, Position>();
  #records = 0;
  #judged: string[] = [];
  #sinceMs: number | null = null;
  /** When something urgent is expected next, and when what was announced last was. */
  #expectedMs: number | null = null;
  #announcedMs: number | null = null;

  /** `commitMs`: the commit interval. Times here are of one monotonic clock, in ms. */
  constructor(commitMs: number) {
    this.#commitMs = commitMs;
  }

  addOutputs(
    {
      out,
      urgent,
      expectedInMs,
    }: { readonly out: readonly OutRecord[]; readonly urgent: boolean; readonly expectedInMs: number | null },
    nowMs: number,
  ): void {
    for (const record of out) this.#out.push(record);
    this.#urgent ||= urgent;
    if (expectedInMs === null) return;
    const expectedMs = nowMs + expectedInMs;
    const known = this.#expectedMs;
    // The next of several; what is over, or was a guess that is now a better one, gives way.
    const stands = known !== null && known > nowMs && !this.#isAbout(expectedMs, known) && known < expectedMs;
    if (!stands) this.#expectedMs = expectedMs;
  }

  add({ taken, positions }: ProcessedBatch, nowMs: number, order: OutRecord, judged: readonly string[]): void {
    this.#orders.push(order);
    for (const position of positions) this.#positions.set(partitionId(position), position);
    this.#records += taken.length;
    this.#judged.push(...judged);
    this.#sinceMs ??= nowMs;
  }

  /** Infinity: nothing is pending. */
  dueInMs(nowMs: number): number {
    if (this.#urgent || this.#records >= recordsMax) return 0;
    if (this.#sinceMs === null) return Number.POSITIVE_INFINITY;
    const dueMs = this.#sinceMs + this.#commitMs;
    const expectedMs = this.#expected(nowMs);
    if (expectedMs === null || !this.#isWaitedFor(expectedMs)) return dueMs - nowMs;
    return Math.max(dueMs, expectedMs + lateShare * this.#commitMs) - nowMs;
  }

  /** Whether the next commit will be the one that is expected; true once for each. */
  announces(nowMs: number): boolean {
    const expectedMs = this.#expected(nowMs);
    if (expectedMs === null || expectedMs > nowMs + this.#commitMs || !this.#isWaitedFor(expectedMs)) return false;
    if (this.#announcedMs !== null && this.#isAbout(expectedMs, this.#announcedMs)) return false;
    this.#announcedMs = expectedMs;
    return true;
  }

  take() {
    const taken = {
      out: this.#out,
      orders: this.#orders,
      positions: this.#positions,
      judged: this.#judged,
    };
    this.#out = [];
    this.#urgent = false;
    this.#orders = [];
    this.#positions = new Map();
    this.#records = 0;
    this.#judged = [];
    this.#sinceMs = null;
    return taken;
  }

  /** What is pending, if anything is, is not committed before. */
  #isWaitedFor(expectedMs: number): boolean {
    return this.#sinceMs === null || expectedMs <= this.#sinceMs + (1 + heldShare) * this.#commitMs;
  }

  /** What is expected of one key is expected again and again, each time a little sooner or later. */
  #isAbout(oneMs: number, otherMs: number): boolean {
    return Math.abs(oneMs - otherMs) <= lateShare * this.#commitMs;
  }

  #expected(nowMs: number): number | null {
    return this.#expectedMs !== null && nowMs < this.#expectedMs + lateShare * this.#commitMs ? this.#expectedMs : null;
  }
}
