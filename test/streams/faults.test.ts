/** The in-memory log fails commits before and after they take place; the runtime starts anew and counts every record once all the same. */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { Random } from '../../src/fleet/reference/random.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { tally, tallySpecs, tallyTopics } from './tally.ts';
import { makeRuntime, until } from './wire.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));

test(`each record counts once though up to five commits fail (AURA_SEED=${seed})`, async () => {
  const random = new Random(seed, 'faults');
  const injected = { before: 0, after: 0 };
  let commits = 0;
  const log = new MemoryLog({
    now: () => Date.now(),
    faults: {
      commit: () => {
        // One of each whatever the seed: how many commits there are depends on how the records come together.
        const draw = ++commits === 2 ? 0 : commits === 4 ? 0.1 : random.uniform();
        // A task that fails again and again waits longer each time: five failures of one partition are 6 s.
        if (injected.before + injected.after >= 5) return 'ok';
        if (draw < 0.1) injected.before++;
        else if (draw < 0.2) injected.after++;
        return draw < 0.1 ? 'fail-before' : draw < 0.2 ? 'fail-after' : 'ok';
      },
    },
  });
  await log.createTopics(tallySpecs(2));
  const runtime = await makeRuntime(log, { limits: { batchRecords: 20 } });
  const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
    throw error;
  });
  const writer = await log.writer();
  const total = 400;
  for (let i = 0; i < total; i++) {
    const key = Buffer.from(`k${i % 5}`);
    const topic = i % 2 === 0 ? tallyTopics.left.name : tallyTopics.right.name;
    await writer.write([{ topic, partition: partitionOf(key, 2), key, value: Buffer.from(`n${i}=1`) }]);
  }
  const sums = () => [0, 1].flatMap((partition) => log.read({ topic: tallyTopics.sums.name, partition }));
  await until('all are summed', () => sums().length >= total, 15_000);
  await worker.close();
  expect(injected.before).toBeGreaterThan(0);
  expect(injected.after).toBeGreaterThan(0);
  expect(sums()).toHaveLength(total);
  const last = new Map(sums().map(({ key, value }) => [String(key), Number(String(value).split(' ')[1])]));
  expect([...last.values()].reduce((a, b) => a + b, 0)).toBe(total);
  await log.close();
});
