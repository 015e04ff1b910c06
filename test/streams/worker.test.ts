/** How a worker ends: within its time, and with a last word about each of its partitions. And when its tasks commit. */
import { expect, onTestFinished, test } from 'vitest';
import type { Log } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import type { Processor } from '../../src/streams/processor.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { tally, tallySpecs, tallyTopics } from './tally.ts';
import { changed, makeRuntime, until } from './wire.ts';

async function start(change: (log: MemoryLog) => Partial<Log>) {
  const memory = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => memory.close());
  await memory.createTopics(tallySpecs(1));
  const states: string[] = [];
  const runtime = await makeRuntime(changed(memory, change(memory)), {
    limits: { closeMs: 200 },
    observer: {
      taskState: (_processor, _partition, state, error) =>
        states.push(error instanceof Error && 'code' in error ? `${state} ${error.code}` : state),
    },
  });
  const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
    throw error;
  });
  const writer = await memory.writer();
  await writer.write([
    { topic: tallyTopics.left.name, partition: 0, key: Buffer.from('a'), value: Buffer.from('n=1') },
  ]);
  return { worker, states };
}

test('a commit that is never answered holds up nobody who closes, and is told of', async () => {
  const asked = Promise.withResolvers<void>();
  const { worker, states } = await start(() => ({
    transactionalWriter: async () => ({
      commit: () => {
        asked.resolve();
        return new Promise<void>(() => undefined);
      },
      close: async () => undefined,
    }),
  }));
  await asked.promise;
  await worker.close();
  expect(states).toEqual(['restoring', 'running', 'failed close-timeout']);
});

test('a partition that was lost between two attempts is told of as closed', async () => {
  const { worker, states } = await start(() => ({
    transactionalWriter: () => Promise.reject(new Error('no coordinator')),
  }));
  await until('the task has failed', () => states.includes('failed'));
  await worker.close();
  expect(states.at(-1)).toBe('closed');
});

test('a partition that is lost while its state is restored is told of as closed', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const { worker, states } = await start((memory) => ({
    committed: async () => {
      asked.resolve();
      await answer.promise;
      return [];
    },
    transactionalWriter: (id) => memory.transactionalWriter(id),
  }));
  await asked.promise;
  const closed = worker.close();
  answer.resolve();
  await closed;
  expect(states).toEqual(['restoring', 'closed']);
});

test('a position past the end of its partition is refused, and nothing is taken', async () => {
  const { worker, states } = await start((memory) => ({
    committed: async () => [{ topic: tallyTopics.left.name, partition: 0, offset: 7 }],
    transactionalWriter: (id) => memory.transactionalWriter(id),
  }));
  await until('the task has failed', () => states.length >= 2);
  await worker.close();
  expect(states.slice(0, 2)).toEqual(['restoring', 'failed position-lost']);
});

test('what nobody waits for rides with the urgent record that is expected, and the writer is told before', async () => {
  const memory = new MemoryLog({ now: () => Date.now() });
  onTestFinished(() => memory.close());
  await memory.createTopics(tallySpecs(1));
  const told = Promise.withResolvers<void>();
  const commits: number[] = [];
  const log = changed(memory, {
    transactionalWriter: async (id) => {
      const writer = await memory.transactionalWriter(id);
      return {
        commit: (records, group, positions) => {
          commits.push(records.filter(({ topic }) => topic === tallyTopics.sums.name).length);
          return writer.commit(records, group, positions);
        },
        expect: () => told.resolve(),
        close: () => writer.close(),
      };
    },
  });
  const runtime = await makeRuntime(log, { limits: { commitMs: 5_000 } });
  const patient: Processor = {
    ...tally,
    task: () => ({
      process(batch, context) {
        for (const record of batch) {
          if (record.value === 'soon') context.expectIn(5_100);
          context.emit(tallyTopics.sums, record.key, '', record, record.value === 'soon' ? 'soon' : 'now');
        }
      },
    }),
  };
  const worker = await Worker.start(runtime, processorWorker(runtime, patient), (error) => {
    throw error;
  });
  onTestFinished(() => worker.close());
  const writer = await memory.writer();
  const send = (value: string) =>
    writer.write([{ topic: tallyTopics.left.name, partition: 0, key: Buffer.from('a'), value: Buffer.from(value) }]);
  await send('soon');
  await told.promise;
  expect(commits).toEqual([]);
  await send('now');
  await until('both are committed', () => commits.length > 0);
  expect(commits).toEqual([2]);
});

test('a task that ends badly after its partition came back does not stand for the one that runs', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let assigned: (partitions: readonly number[]) => void = () => undefined;
  let writers = 0;
  const { worker, states } = await start((memory) => ({
    consume: (options) => {
      if (options.kind === 'group') assigned = (partitions) => options.assigned?.(partitions);
      return memory.consume(options);
    },
    transactionalWriter: async (id) => {
      const writer = await memory.transactionalWriter(id);
      if (writers++ > 0) return writer;
      const commit = async () => {
        asked.resolve();
        await answer.promise;
      };
      return { commit, close: () => writer.close() };
    },
  }));
  onTestFinished(() => worker.close());
  await asked.promise;
  assigned([]);
  assigned([0]);
  await until('it runs again', () => states.filter((state) => state === 'running').length === 2);
  answer.reject(new Error('fenced'));
  await until('the first has failed', () => states.includes('failed'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(states).toEqual(['restoring', 'running', 'restoring', 'running', 'failed', 'running']);
});
