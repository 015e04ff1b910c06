/**
 * Runs a processor again on one partition from the log alone: the batches that its Order records describe, over the same inputs. Same code, same
 * device, same input: the outputs are the same, byte for byte, headers aside.
 */
import type { DeadLetter, Order } from '../../schemas/records.ts';
import { Execution, ProcessingError, type TakenRecord } from './execution.ts';
import type { LogRecord, OutRecord } from './log.ts';
import type { Processor, Topic } from './processor.ts';

export interface ReplayOptions {
  readonly processor: Processor;
  readonly partition: number;
  readonly deadLetters: Topic<DeadLetter>;
  readonly partitionCounts: ReadonlyMap<string, number>;
  /** The task's Order records, in log order. */
  readonly orders: readonly Order[];
  /** This partition of each input, then each table whole, in offset order; from the first record that the orders speak of. */
  readonly inputs: readonly (readonly LogRecord[])[];
}

/** The outputs in the order written, changelogs left out. */
export async function replay(options: ReplayOptions): Promise<OutRecord[]> {
  const { processor, partition, deadLetters, partitionCounts, orders, inputs } = options;
  const execution = new Execution({
    processor,
    partition,
    deadLetters,
    partitionCounts,
    observer: {},
    idle: null,
    now: () => 0,
  });
  await execution.restored();
  const topics = [...processor.inputs, ...processor.tables];
  const cursors = inputs.map(() => 0);
  const out: OutRecord[] = [];
  for (const order of orders) {
    const taken: TakenRecord[] = [];
    for (const { input, nextOffset, dead } of order.entries) {
      const topic = topics[input];
      const records = inputs[input];
      if (topic === undefined || records === undefined) {
        throw new RangeError(`the order names input ${input}; ${processor.name} has ${topics.length}`);
      }
      while (cursors[input] < records.length && records[cursors[input]].offset < nextOffset) {
        taken.push({ topic, record: records[cursors[input]++], dead });
      }
    }
    try {
      await execution.process(taken);
    } catch (error) {
      if (error instanceof ProcessingError)
        throw new Error('the replay threw where the task did not: it did not see the same', { cause: error });
      throw error;
    }
    // A batch may write more than a call takes arguments.
    for (const record of execution.drainOutputs().out) out.push(record);
  }
  return out;
}
