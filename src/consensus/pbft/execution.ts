/** Blocks are executed in the order of their heights, however they were decided (4.2); or the state after them is taken over (TOCS 5.3). */
import type { Pool } from '../hotstuff/pool.ts';
import type { Outbox } from '../outbox.ts';
import type { Checkpoints, Stable } from './checkpoints.ts';
import type { Log } from './log.ts';
import type { PbftVocabulary } from './message.ts';
import type { StateMachine } from './state.ts';
import type { Timers } from './timers.ts';

export interface ExecutionParts {
  readonly log: Log;
  readonly state: StateMachine;
  readonly checkpoints: Pick<Checkpoints, 'takeWhenDue' | 'keep'>;
  readonly pool: Pick<Pool, 'settle' | 'settleWhere' | 'dropThrough'>;
  readonly timers: Pick<Timers, 'onProgress'>;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class Execution {
  readonly #parts: ExecutionParts;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** All that is decided without a gap. */
  run(): void {
    const { log, state, checkpoints, pool, timers, outbox } = this.#parts;
    for (;;) {
      const decided = log.find(state.height + 1)?.decided;
      if (!decided) return;
      const { block, certificate } = decided;
      const repeats = state.apply(block);
      // What repeats another item is not decided: under the offset of an open proposal it would take that one away.
      pool.settle(repeats.length === 0 ? block.items : block.items.filter((_, i) => !repeats.includes(i)));
      timers.onProgress();
      outbox.persist({ type: 'committed', block, certificate });
      const told = { type: 'committed', block, certificate } as const;
      outbox.push(repeats.length === 0 ? told : { ...told, repeats });
      this.#drop();
      checkpoints.takeWhenDue();
    }
  }

  /** The state of a proved checkpoint above this replica's height. */
  takeOver(stable: Stable): void {
    const { state, checkpoints, pool, timers, outbox } = this.#parts;
    state.restore(stable.state);
    pool.settleWhere((offset, digest) => state.isSettled(offset, digest));
    timers.onProgress();
    checkpoints.keep(stable);
    outbox.push({ type: 'restored', height: state.height, head: state.head });
    this.#drop();
  }

  #drop(): void {
    const { state, pool, outbox } = this.#parts;
    for (const proposal of pool.dropThrough(state.decided.floor)) outbox.push({ type: 'dropped', proposal });
  }
}
