/**
 * Several processors as one: what an earlier one emits is handed to the later ones that read it, in memory and within the same transaction, and
 * is written to its topic all the same. Within a batch a stage first sees what came from the log, then what earlier stages emitted, each in order.
 */

import type { Context, Expected, Input, Processor, ProcessorTask, Topic, Urgency } from './processor.ts';
import type { StoreSpec } from './store.ts';

/** A chain has a name of its own, and with it state and positions of its own. */
export const chainName = (stages: readonly Pick<Processor, 'name'>[]): string =>
  stages.map(({ name }) => name).join('-');

export function chain(stages: readonly Processor[]): Processor {
  const emitted = new Set<Topic>();
  const inputs: Topic[] = [];
  for (const stage of stages) {
    for (const topic of stage.inputs) if (!emitted.has(topic) && !inputs.includes(topic)) inputs.push(topic);
    for (const topic of stage.outputs) emitted.add(topic);
  }
  const ticks = stages.flatMap(({ tick }) => tick ?? []);
  if (ticks.length > 1)
    throw new Error('of the stages of a chain, one at most may have ticks: a woken key would not know whose it is');
  return {
    name: chainName(stages),
    inputs,
    tables: [...new Set(stages.flatMap(({ tables }) => tables))],
    outputs: [...new Set(stages.flatMap(({ outputs }) => outputs))],
    stores: distinctStores(stages),
    ...(ticks[0] === undefined ? {} : { tick: ticks[0] }),
    task: (partition) => chainTask(stages, partition),
  };
}

function chainTask(stages: readonly Processor[], partition: number): ProcessorTask {
  const tasks = stages.map((stage) => ({
    task: stage.task(partition),
    reads: new Set<Topic>([...stage.inputs, ...stage.tables]),
  }));
  return {
    async process(batch, context) {
      const handed: Input[] = [];
      const handing: Context = {
        ...context,
        emit: <T>(topic: Topic<T>, key: string, value: T, cause: Input | null, urgency?: Urgency) => {
          const emitted = context.emit(topic, key, value, cause, urgency);
          handed.push({
            topic: topic as Topic,
            partition,
            offset: handedOffset,
            appendMs: cause?.appendMs ?? 0,
            key,
            value,
            ...emitted,
          });
          return emitted;
        },
      };
      for (const { task, reads } of tasks) {
        const mine = [...batch, ...handed].filter(({ topic }) => reads.has(topic));
        if (mine.length > 0) await task.process(mine, handing);
      }
    },
    async anticipate(_expected, context) {
      const all: Expected[] = [];
      for (const { task, reads } of tasks) {
        const mine = all.filter(({ topic }) => reads.has(topic));
        all.push(...((await task.anticipate?.(mine, context)) ?? []));
      }
      return all;
    },
    restored(context) {
      for (const { task } of tasks) task.restored?.(context);
    },
    async close() {
      for (const { task } of tasks) await task.close?.();
    },
  };
}

/** The offset of a record that has none yet: it is written with the transaction under way. */
const handedOffset = -1;

function distinctStores(stages: readonly Processor[]): readonly StoreSpec[] {
  const stores = stages.flatMap((stage) => stage.stores);
  const names = new Set(stores.map(({ name }) => name));
  if (names.size !== stores.length)
    throw new Error(`stages of a chain share a store name: ${stores.map(({ name }) => name).join(', ')}`);
  return stores;
}
