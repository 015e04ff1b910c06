/** What counts as a decision in the latency metric. */
import { expect, onTestFinished, test } from 'vitest';
import { openTopics } from '../../pipelines/topics.ts';
import { measureDecisions } from '../../src/cli/decision-latency.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { originHeader } from '../../src/streams/runtime.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { until } from '../streams/wire.ts';
import { genuine, proposalOf, signedDecision, wishOf } from './signed-decision.ts';

test('decisions count that the validators signed; what is forged or unreadable neither counts nor ends the process', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  const topics = await openTopics(new MemoryRegistry());
  const { decisions, proposals } = topics;
  await log.createTopics([{ name: decisions.name, partitions: 1, compacted: false }]);
  const decided: [string, number][] = [];
  const failures: Error[] = [];
  const consumer = await measureDecisions(
    log,
    topics,
    genuine(topics),
    { decided: (verdict, seconds) => decided.push([verdict, seconds]) },
    (error) => failures.push(error),
  );
  onTestFinished(() => consumer.close());
  const wish = wishOf();
  const signed = signedDecision(wish, proposals.codec.encode(wish));
  const forged = signedDecision(proposalOf({ id: 'x' }), proposals.codec.encode(wish));
  const headers = { [originHeader]: Buffer.from(String(Date.now() - 5_000)) };
  const writer = await log.writer();
  // Anybody may write a signed decision once more, under headers of his own.
  for (const origin of ['', 'soon', 'NaN', 'Infinity'])
    await writer.write([
      {
        ...{ topic: decisions.name, partition: 0, key: null, value: decisions.codec.encode(signed) },
        headers: { [originHeader]: Buffer.from(origin) },
      },
    ]);
  await writer.write(
    [
      Buffer.from('no decision'),
      decisions.codec.encode(forged),
      decisions.codec.encode({ ...signed, verdict: 'REJECTED' }),
      decisions.codec.encode(signed),
    ].map((value) => ({ topic: decisions.name, partition: 0, key: null, value, headers })),
  );
  await until('the last one is measured', () => decided.length > 0);
  expect(decided).toEqual([['approved', expect.closeTo(5, -1)]]);
  expect(failures).toEqual([]);
});
