/** What a replay counts as decided. */
import { expect, onTestFinished, test } from 'vitest';
import { openTopics, topicSpecs } from '../../../pipelines/topics.ts';
import { Watch } from '../../../src/cli/replay/watch.ts';
import { writeRecords } from '../../../src/cli/tables.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { genuine, signedDecision, wishOf } from '../signed-decision.ts';

test('a proposal is decided by what the validators signed, and not by what somebody says', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => log.close());
  const topics = await openTopics(new MemoryRegistry());
  await log.createTopics(topicSpecs(topics, [], 1));
  const failures: Error[] = [];
  const watch = await Watch.start(log, topics, genuine(topics), {
    snapshot: () => undefined,
    scores: () => undefined,
    failed: (error) => failures.push(error),
  });
  onTestFinished(() => watch.close());
  const wishes = ['a', 'b'].map((target) => wishOf({ targets: [target] }));
  const [real, other] = wishes.map((wish) => signedDecision(wish, topics.proposals.codec.encode(wish)));
  const key = 'demo/reference/0';
  await writeRecords(
    log,
    topics.proposals,
    wishes.map((value) => ({ key, value })),
  );
  await writeRecords(log, topics.decisions, [
    { key, value: { ...other, certificate: real.certificate } },
    { key, value: real },
  ]);
  expect(await watch.until(() => watch.counts.approved > 0, 10_000)).toBe(true);
  expect(watch.counts).toMatchObject({ proposals: 2, approved: 1, rejected: 0 });
  expect(watch.undecided).toBe(1);
  expect(watch.decisions).toEqual([{ proposalId: real.proposalId, decidedMs: real.decidedMs }]);
  expect(failures).toEqual([]);
});
