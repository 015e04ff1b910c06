/** A batch of simulated runs spread over threads. */
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { add, type Batch, NOTHING, runBatch, type Tally } from './runs.ts';

/** `onTally` is told how far the whole batch has come. */
export async function runThreaded(batch: Batch, threads: number, onTally: (tally: Tally) => void): Promise<Tally> {
  let total = NOTHING;
  const count = (tally: Tally): void => {
    total = add(total, tally);
    onTally(total);
  };
  if (threads === 1) {
    for (const tally of runBatch(batch)) {
      count(tally);
      await nextTurn();
    }
    return total;
  }
  await Promise.all(
    Array.from({ length: threads }, async (_, start) => {
      const worker = new Worker(new URL('./thread.ts', import.meta.url), {
        workerData: { batch, start, stride: threads },
      });
      worker.on('message', count);
      // An error in the thread rejects this.
      await once(worker, 'exit');
    }),
  );
  return total;
}
