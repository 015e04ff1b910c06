import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderedWrites } from '../../../pipelines/consensus/ordered-writes.ts';
import type { OutRecord, Writer } from '../../../src/streams/log.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';

const topic = 'said';
const record = (n: number, of = topic): OutRecord => ({ topic: of, partition: 0, key: null, value: Uint8Array.of(n) });

/** A log whose writers append at once and acknowledge when they are told to, each its own writes in order. */
class SlowLog extends MemoryLog {
  readonly appended: number[] = [];
  readonly waiting: PromiseWithResolvers<void>[] = [];
  opened = 0;

  override writer(): Promise<Writer> {
    this.opened++;
    let tail: Promise<void> = Promise.resolve();
    return Promise.resolve({
      write: (records) => {
        const written = tail.then(() => {
          this.appended.push(...records.map(({ value }) => value?.[0] ?? 0));
          const answer = Promise.withResolvers<void>();
          this.waiting.push(answer);
          return answer.promise;
        });
        tail = written;
        return written;
      },
      close: () => Promise.resolve(),
    });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function opened() {
  const log = new SlowLog({ now: () => 0 });
  const failures: unknown[] = [];
  const writes = await OrderedWrites.open(log, topic, (error) => failures.push(error));
  return { log, writes, failures };
}

test('the next write waits for the acknowledgement, or for the last record to be read back', async () => {
  const { log, writes } = await opened();
  for (const n of [1, 2]) writes.add(record(n));
  writes.flush();
  writes.add(record(3));
  writes.flush();
  await turn();
  expect(log.appended).toEqual([1, 2]);
  writes.readBack(Uint8Array.of(1));
  await turn();
  expect(log.appended).toEqual([1, 2]);
  writes.readBack(Uint8Array.of(2));
  await turn();
  expect(log.appended).toEqual([1, 2, 3]);
  writes.add(record(4));
  log.waiting[0].resolve();
  await turn();
  expect(log.appended).toEqual([1, 2, 3]); // the first one's acknowledgement says nothing of the second
  log.waiting[1].resolve();
  await turn();
  expect(log.appended).toEqual([1, 2, 3, 4]);
});

test('what rides with records of another topic is known by its acknowledgement alone', async () => {
  const { log, writes } = await opened();
  writes.add(record(1, 'state'));
  writes.add(record(2));
  writes.flush();
  writes.add(record(3));
  await turn();
  writes.readBack(Uint8Array.of(2));
  await turn();
  expect(log.appended).toEqual([1, 2]);
  log.waiting[0].resolve();
  await turn();
  expect(log.appended).toEqual([1, 2, 3]);
});

test('nothing is written after a write that failed, and its owner is told', async () => {
  const { log, writes, failures } = await opened();
  writes.add(record(1));
  writes.flush();
  writes.add(record(2));
  await turn();
  log.waiting[0].reject(new Error('lost'));
  await turn();
  expect(failures).toEqual([new Error('lost')]);
  writes.flush();
  await writes.close();
  expect(log.appended).toEqual([1]);
});

test('closing drops what was not begun, and waits for the acknowledgement of what was', async () => {
  const { log, writes } = await opened();
  writes.add(record(1));
  writes.flush();
  writes.add(record(2));
  let closed = false;
  const closing = writes.close().then(() => {
    closed = true;
  });
  await turn();
  expect(closed).toBe(false);
  log.waiting[0].resolve();
  await closing;
  expect(log.appended).toEqual([1]);
});

test('whatever comes first, acknowledgement or reading, records are appended once and in the order added', async () => {
  const steps = fc.array(fc.constantFrom('add', 'flush', 'read', 'answer'), { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (chosen) => {
      const { log, writes } = await opened();
      let added = 0;
      let answered = 0;
      for (const step of chosen) {
        if (step === 'add') writes.add(record(++added));
        else if (step === 'flush') writes.flush();
        else if (step === 'read' && log.appended.length > 0) writes.readBack(Uint8Array.of(log.appended.at(-1) ?? 0));
        else if (step === 'answer') log.waiting[answered++]?.resolve();
        if (answered > log.waiting.length) answered = log.waiting.length;
        await turn();
      }
      while (log.appended.length < added) {
        writes.flush();
        for (; answered < log.waiting.length; answered++) log.waiting[answered].resolve();
        await turn();
      }
      expect(log.appended).toEqual(Array.from({ length: added }, (_, i) => i + 1));
    }),
    { numRuns: 50 },
  );
});

test('nothing is written before what it may rest on is committed, and nothing any more where that fails', async () => {
  const { log, writes, failures } = await opened();
  const [kept, broken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  writes.waitFor(kept.promise);
  writes.waitFor(kept.promise);
  writes.add(record(1));
  writes.flush();
  await turn();
  expect(log.appended).toEqual([]);
  kept.resolve();
  await turn();
  expect(log.appended).toEqual([1]);
  writes.add(record(2));
  writes.waitFor(broken.promise);
  log.waiting[0].resolve(); // the next write would begin now
  await turn();
  broken.reject(new Error('not committed'));
  await turn();
  writes.flush();
  await turn();
  expect(log.appended).toEqual([1]);
  expect(failures).toEqual([new Error('not committed')]);
});
