import type { Dependency } from './layout.ts';

/** One attempt of a caller to get something from a callee, which at the callee is a request. */
export class Call {
  /** Place of the caller; null: from outside the fleet. */
  readonly caller: number | null;
  readonly callee: number;
  /** The caller's own request that this is made for; null from outside. */
  readonly parent: Call | null;
  readonly dependency: Dependency | null;
  /** From 1. */
  readonly attempt: number;
  readonly sentMs: number;
  /** The caller has its answer or has stopped waiting. */
  settled = false;

  /** The callee's incarnation that took it. */
  incarnation = -1;
  /** It will be answered with an error after its service time, by a bad peer. */
  spoilt = false;
  /** Calls that it still needs, the next one last. */
  needs: Dependency[] = [];

  constructor(
    caller: number | null,
    callee: number,
    parent: Call | null,
    dependency: Dependency | null,
    attempt: number,
    sentMs: number,
  ) {
    this.caller = caller;
    this.callee = callee;
    this.parent = parent;
    this.dependency = dependency;
    this.attempt = attempt;
    this.sentMs = sentMs;
  }
}
