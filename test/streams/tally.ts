/**
 * A processor with everything: two inputs, a table, a store with whole values and one with deltas. For each record `KEY=N` it adds N to the key's sum and
 * writes `KEY N SUM COUNT FACTOR`; the order of the two inputs shows in the sums and counts that it writes.
 */
import type { TopicSpec } from '../../src/streams/log.ts';
import { changelogOf, orderTopicOf } from '../../src/streams/names.ts';
import type { Context, Input, Processor, Topic } from '../../src/streams/processor.ts';
import { isFrom } from '../../src/streams/processor.ts';
import type { StoreSpec } from '../../src/streams/store.ts';
import { textTopic } from './wire.ts';

export interface TallyTopics {
  readonly left: Topic<string>;
  readonly right: Topic<string>;
  readonly factors: Topic<string>;
  readonly sums: Topic<string>;
}

export const tallyTopics: TallyTopics = {
  left: textTopic('tally.left'),
  right: textTopic('tally.right'),
  factors: textTopic('tally.factors', true),
  sums: textTopic('tally.sums'),
};

const totals: StoreSpec<{ sum: number; count: number }> = {
  name: 'totals',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as { sum: number; count: number },
};

const trails: StoreSpec<string[]> = {
  name: 'trails',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as string[],
  apply: (value, delta) => [...(value ?? []), Buffer.from(delta).toString()],
};

export const tally: Processor = {
  name: 'tally',
  inputs: [tallyTopics.left, tallyTopics.right],
  tables: [tallyTopics.factors],
  outputs: [tallyTopics.sums],
  stores: [totals as StoreSpec, trails as StoreSpec],
  tick: { topic: tallyTopics.left, value: (_key, dueMs) => `tick=${dueMs}` },
  task: () => {
    let factor = 1;
    return {
      process(batch: readonly Input[], context: Context) {
        for (const record of batch) {
          if (isFrom(record, tallyTopics.factors)) {
            factor = record.value === null ? 1 : Number(record.value);
            continue;
          }
          const text = record.value as string;
          if (text.startsWith('throw')) throw new Error(`cannot process ${text}`);
          if (text.startsWith('refuse')) {
            context.deadLetter(record, 'refused', text);
            continue;
          }
          if (text.startsWith('wake')) {
            context.wakeAt(record.key, 0, 100);
            continue;
          }
          const n = Number(text.slice(text.indexOf('=') + 1));
          if (Number.isNaN(n)) {
            context.deadLetter(record, 'not-a-number', `${text} holds no number`);
            continue;
          }
          const sums = context.store(totals);
          const total = sums.get(record.key) ?? { sum: 0, count: 0 };
          total.sum += n * factor;
          total.count++;
          sums.put(record.key, total);
          const store = context.store(trails);
          const trail = store.get(record.key) ?? [];
          trail.push(text);
          if (trail.length > 50) store.put(record.key, trail.splice(0, trail.length - 5) && trail);
          else store.append(record.key, trail, Buffer.from(text));
          context.emit(
            tallyTopics.sums,
            record.key,
            `${text} ${total.sum} ${total.count} ${trail.length} ${factor}`,
            record,
          );
        }
      },
    };
  },
};

/** All topics that the tally needs, its internal ones included. */
export function tallySpecs(partitions: number): TopicSpec[] {
  return [
    ...[tallyTopics.left, tallyTopics.right, tallyTopics.sums].map(({ name }) => ({
      name,
      partitions,
      compacted: false,
    })),
    { name: tallyTopics.factors.name, partitions: 1, compacted: true },
    { name: orderTopicOf(tally), partitions, compacted: false },
    ...tally.stores.map(({ name }) => ({ name: changelogOf(tally, name), partitions, compacted: true })),
    { name: 'aura.dead-letters', partitions: 1, compacted: false },
  ];
}
