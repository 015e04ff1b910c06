/** Without a broker: what is asked of one, by a broker object of kafkajs whose requests go nowhere. */
import { randomUUID } from 'node:crypto';
import Broker from 'kafkajs/src/broker/index.js';
import { expect, test } from 'vitest';
import { EarlyEnlistment } from '../../../src/streams/kafka/early-enlistment.ts';

const topics = [{ topic: 'out', partitions: [0] }];

function brokerThat(answers: (asked: Record<string, unknown>) => Promise<void>): object {
  const sends = Object.getOwnPropertySymbols(Broker.prototype).find((symbol) => /sendRequest/i.test(String(symbol)));
  if (sends === undefined) throw new Error('kafkajs sends its requests some other way');
  return Object.assign(Object.create(Broker.prototype) as object, {
    lookupRequest: () => (request: Record<string, unknown>) => request,
    [sends]: answers,
  });
}

/** A writer that has committed twice, and with it what was asked ahead of its third transaction. */
async function practised(answers: (asked: Record<string, unknown>) => Promise<void>) {
  const asked: string[] = [];
  const broker = brokerThat(async (request) => {
    asked.push('topics' in request ? 'partitions' : 'groupId' in request ? 'offsets' : 'end');
    await answers(request);
  });
  const owner = { transactionalId: randomUUID(), producerId: '1', producerEpoch: 0 };
  const early = new EarlyEnlistment(owner.transactionalId, 10);
  early.owned(owner);
  const fill = async () => {
    await early.addPartitions(broker, { ...owner, topics });
    await early.addOffsets(broker, { ...owner, groupId: 'group' });
  };
  for (let i = 0; i < 2; i++) {
    await fill();
    await early.end(broker, { ...owner, transactionResult: true });
  }
  asked.length = 0;
  early.ahead();
  return { early, asked, fill };
}

test('what the last two transactions had in common is asked for ahead, and not again', async () => {
  const { early, asked, fill } = await practised(() => Promise.resolve());
  await fill();
  expect(asked).toEqual(['partitions', 'offsets']);
  await early.close();
});

test('an empty transaction is ended, and the next one asks for everything', async () => {
  const { early, asked, fill } = await practised(() => Promise.resolve());
  await expect.poll(() => asked).toEqual(['partitions', 'offsets', 'end']);
  await fill();
  expect(asked).toEqual(['partitions', 'offsets', 'end', 'partitions', 'offsets']);
  await early.close();
});

test('a writer goes no further when the end of an empty transaction had no answer: it may still arrive', async () => {
  const { early, asked, fill } = await practised((request) =>
    request.transactionResult === false ? Promise.reject(new Error('timed out')) : Promise.resolve(),
  );
  await expect.poll(() => asked).toContain('end');
  await expect(fill()).rejects.toThrow('without an answer');
  await early.close();
});

test('partitions that could not be asked for ahead are asked for when they are needed', async () => {
  let refusals = 0;
  const { early, asked, fill } = await practised((request) => {
    if (!('topics' in request) || refusals++ !== 2) return Promise.resolve();
    return Promise.reject(new Error('not coordinator'));
  });
  await fill();
  expect(asked).toEqual(['partitions', 'partitions', 'offsets']);
  await early.close();
});

test('what is expected soon, as it was touched of late, is added to what is open', async () => {
  const rare = [{ topic: 'rare', partitions: [3] }];
  const owner = { transactionalId: randomUUID(), producerId: '1', producerEpoch: 0 };
  const asked: unknown[] = [];
  const broker = brokerThat(async (request) => void asked.push(request.topics ?? request.groupId ?? 'end'));
  const early = new EarlyEnlistment(owner.transactionalId, 10_000);
  early.owned(owner);
  for (const touched of [[...topics, ...rare], topics, topics]) {
    await early.addPartitions(broker, { ...owner, topics: touched });
    early.expect(); // while a transaction is being filled it has no effect
    await early.end(broker, { ...owner, transactionResult: true });
  }
  asked.length = 0;
  early.ahead();
  early.expect();
  early.expect();
  await early.addPartitions(broker, { ...owner, topics: [...topics, ...rare] });
  expect(asked).toEqual([topics, rare]);
  await early.close();
});

test('what a commit waits for is asked for until the transaction before is ended; any other error is the end of it', async () => {
  let left = 3;
  const { early, asked, fill } = await practised((request) => {
    if (!('topics' in request) || left-- <= 0) return Promise.resolve();
    return Promise.reject(
      Object.assign(new Error('still ending'), { type: 'CONCURRENT_TRANSACTIONS', retriable: true }),
    );
  });
  await expect.poll(() => asked).toContain('end');
  asked.length = 0;
  left = 3;
  await fill();
  expect(asked).toEqual(['partitions', 'partitions', 'partitions', 'partitions', 'offsets']);
  await early.close();

  const moved = Object.assign(new Error('moved'), { type: 'NOT_COORDINATOR', retriable: true });
  const owner = { transactionalId: randomUUID(), producerId: '2', producerEpoch: 0 };
  const other = new EarlyEnlistment(owner.transactionalId, 10);
  other.owned(owner);
  const adding = other.addPartitions(
    brokerThat(() => Promise.reject(moved)),
    { ...owner, topics },
  );
  await expect(adding).rejects.toMatchObject({ retriable: false, cause: moved });
  await other.close();
});
