/** A program for the pool's tests: jobs that compute, fail and die. */
import { threadId } from 'node:worker_threads';

export class OddError extends Error {
  override readonly name = 'OddError';
  readonly code = 'ODD';
  readonly value: number;

  constructor(value: number) {
    super(`${value} is odd`);
    this.value = value;
  }
}

const shared = { warm: 0 };

export function warm(): void {
  shared.warm += 1;
}

export const jobs = {
  halve: (value: number): number => {
    if (value % 2 !== 0) throw new OddError(value);
    return value / 2;
  },
  where: (): { readonly thread: number; readonly warm: number } => ({ thread: threadId, warm: shared.warm }),
  throwText: (text: string): never => {
    throw text;
  },
  giveFunction: (): unknown => () => 1,
  /** Ends its thread unless `mayLive` has been counted down to zero by threads that died before. */
  die: (mayLive: Int32Array): number => {
    if (Atomics.sub(mayLive, 0, 1) > 0) process.exit(3);
    return threadId;
  },
  fillHeap: (): number => {
    const kept: number[][] = [];
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, k) => k + kept.length));
  },
  /** Adds one to its place in shared memory and waits there until `gate` opens. */
  wait: ({ gate, place }: { readonly gate: Int32Array; readonly place: number }): number => {
    Atomics.add(gate, 1, 1);
    Atomics.wait(gate, 0, 0);
    return place;
  },
};
