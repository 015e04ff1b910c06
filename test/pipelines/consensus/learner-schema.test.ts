/** A proposal written with another version of its schema, decided after the learner was started anew. */
import { expect, test } from 'vitest';
import { consensus } from '../../../pipelines/consensus.ts';
import { openTopics, schema } from '../../../pipelines/topics.ts';
import { RetriableError } from '../../../src/streams/execution.ts';
import type { Input, Topic } from '../../../src/streams/processor.ts';
import { whenLoaded } from '../../../src/streams/schema/codec.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { House } from './house.ts';

const readAgain = () => {
  throw new Error('nothing was passed over');
};

test('the vote that decides it is taken again once its schema was fetched, and is not given up', async () => {
  const house = await House.open();
  const { registry } = house;
  const id = await registry.register('somebody-value', { ...schema('proposal'), doc: 'The same in other words.' });
  const value = Buffer.from(house.topics.proposals.codec.encode(proposalOf({ id: 'foreign' })));
  value.writeUInt32BE(id, 1);
  await house.start();
  await house.sendBytes(house.topics.proposals.name, 'k', value);
  await house.decided('foreign');
  await house.stop('all');
  const messages = house.log.read({ topic: house.topics.consensus.name, partition: 0 });

  const state = new Map<string, Uint8Array>();
  const emitted: string[] = [];
  const context = {
    emit: (topic: Topic<never>) => {
      emitted.push(topic.name);
      return { bytes: new Uint8Array(0), headers: {} };
    },
    deadLetter: () => {
      throw new Error('nothing is given up');
    },
    store: () => ({
      get: (key: string) => state.get(key),
      put: (key: string, entry: Uint8Array) => state.set(key, entry),
      delete: (key: string) => state.delete(key),
      keys: () => state.keys(),
    }),
    wakeAt: () => undefined,
    expectIn: () => undefined,
  } as never;
  const inputs = async (topic: Topic, records: typeof messages): Promise<readonly Input[]> =>
    await Promise.all(
      records.map(async (record) => {
        const bytes = record.value ?? new Uint8Array(0);
        return { ...record, topic, key: 'k', bytes, value: await whenLoaded(() => topic.codec.decode(bytes)) } as Input;
      }),
    );

  const first = house.topics;
  const proposals = house.log.read({ topic: first.proposals.name, partition: 0 });
  const held = consensus(first, house.agreement, { readAgain }).task(0);
  await held.process(await inputs(first.proposals as Topic, proposals), context);
  expect([...state.keys()]).toEqual(['proposal/0']);

  // Another process: its registry client has seen no schema yet.
  const topics = await openTopics(registry);
  const kept = new Map(state);
  const votes = await inputs(topics.consensus as Topic, messages);
  const restore = () => {
    state.clear();
    for (const [key, entry] of kept) state.set(key, entry);
    const task = consensus(topics, house.agreement, { readAgain }).task(0);
    task.restored?.(context);
    return task;
  };
  await expect(async () => await restore().process(votes, context)).rejects.toThrow(RetriableError);
  expect(emitted).toEqual([]);
  await restore().process(votes, context);
  expect(emitted).toEqual([topics.decisions.name]);
});
