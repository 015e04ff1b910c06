/** What every sink checks before it begins a transaction. */
import { SinkError } from './errors.ts';
import type { SinkBatch, SinkTopic } from './sink.ts';

/** Throws SinkError `batch-invalid` where a run contradicts itself or the others, or is of a topic that is not kept. */
export function checkBatch(batch: SinkBatch, topics: readonly SinkTopic[]): void {
  const seen = new Set<string>();
  for (const run of batch) {
    const partition = `${run.topic}/${run.partition}`;
    if (!topics.includes(run.topic)) throw invalid(`${partition}: this sink keeps ${topics.join(', ')}`);
    if (seen.has(partition)) throw invalid(`${partition}: two runs in one batch; valid is one`);
    seen.add(partition);
    let least = run.expectedNextOffset ?? 0;
    for (const { offset, appendMs } of run.records) {
      if (!Number.isSafeInteger(appendMs)) throw invalid(`${partition}: appendMs ${appendMs}; valid is an integer`);
      if (!Number.isSafeInteger(offset) || offset < least) {
        throw invalid(`${partition}: offset ${offset}; valid is an integer of at least ${least}, in ascending order`);
      }
      least = offset + 1;
    }
    if (!Number.isSafeInteger(run.nextOffset) || run.nextOffset < least) {
      throw invalid(`${partition}: nextOffset ${run.nextOffset}; valid is an integer of at least ${least}`);
    }
  }
}

function invalid(message: string): SinkError {
  return new SinkError('batch-invalid', message);
}
