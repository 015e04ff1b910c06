/** A worker thread's share of a batch of simulated runs. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Batch, runBatch } from './runs.ts';

const { batch, start, stride } = workerData as {
  readonly batch: Batch;
  readonly start: number;
  readonly stride: number;
};

for (const tally of runBatch(batch, start, stride)) parentPort?.postMessage(tally);
