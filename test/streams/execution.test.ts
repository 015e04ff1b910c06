/** One batch of a processor, without a log. */
import { expect, test } from 'vitest';
import { Execution } from '../../src/streams/execution.ts';
import type { Headers } from '../../src/streams/log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { originHeader } from '../../src/streams/runtime.ts';
import { tally, tallyTopics } from './tally.ts';
import { textTopic } from './wire.ts';

test('a batch’s trace is told the headers of all its records, and gives each output those of its cause', async () => {
  const told: (readonly Headers[])[] = [];
  const deadLetters = textTopic('aura.dead-letters') as unknown as Topic<never>;
  const execution = new Execution({
    ...{ processor: tally, partition: 0, deadLetters, observer: {}, idle: null, now: () => 0 },
    partitionCounts: new Map([tallyTopics.sums, deadLetters].map(({ name }) => [name, 1])),
    tracing: {
      startBatch: ({ headers }) => {
        told.push(headers);
        return { headersFor: (cause, headers) => ({ ...headers, ...cause }), end: () => undefined };
      },
    },
  });
  await execution.restored();
  const traces = ['one', 'two'].map((trace) => ({ traceparent: Buffer.from(trace) }));
  const { left } = tallyTopics;
  await execution.process(
    traces.map((headers, offset) => ({
      topic: left,
      record: {
        ...{ topic: left.name, partition: 0, offset, appendMs: 40 + offset, headers },
        ...{ key: Buffer.from('a'), value: Buffer.from('n=1') },
      },
      dead: false,
    })),
  );
  expect(told).toEqual([traces]);
  expect(execution.drainOutputs().out.map(({ headers }) => headers)).toEqual(
    traces.map((trace, i) => ({ ...trace, [originHeader]: Buffer.from(String(40 + i)) })),
  );
});
