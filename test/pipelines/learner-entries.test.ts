/** What the learner keeps for long lies in buffers of its own: a slice of a fetch, or of Node's pool, would hold all of it. */
import { expect, test } from 'vitest';
import { consensus } from '../../pipelines/consensus.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { proposalOf } from '../cli/signed-decision.ts';
import { Driver } from './driver.ts';
import { agreement, Installation, ids } from './trim.ts';

const fetchBytes = 1 << 20;

/** As a log hands them over: in one buffer. */
function fetched(values: readonly Uint8Array[]): readonly Uint8Array[] {
  const buffer = Buffer.alloc(fetchBytes);
  let at = 0;
  return values.map((value) => {
    buffer.set(value, at);
    at += value.length;
    return buffer.subarray(at - value.length, at);
  });
}

async function* nothingAgain(): AsyncGenerator<never> {}

test('entries of the learner, live and restored, hold no more than their own bytes', { timeout: 60_000 }, async () => {
  const installation = new Installation(new MemoryLog({ now: () => Date.now() }));
  await installation.start(...ids);
  await installation.decide(6);
  const { topics } = installation;
  const log = installation.log as MemoryLog;
  const read = (topic: string) => fetched(log.read({ topic, partition: 0 }).flatMap(({ value }) => value ?? []));
  const driver = await Driver.start(consensus(topics, agreement, { readAgain: nothingAgain }), topics['dead-letters']);
  const undecided = topics.proposals.codec.encode(proposalOf({ id: 'undecided' }));
  await driver.sendBytes(topics.proposals, 'k', ...read(topics.proposals.name));
  await driver.sendBytes(topics.consensus, 'k', ...read(topics.consensus.name));
  expect(driver.outputs.filter(({ topic }) => topic === topics.decisions.name)).toHaveLength(6);
  await driver.sendBytes(topics.proposals, 'k', ...fetched([undecided]));
  for (const store of [driver.store('learner'), driver.restored('learner')]) {
    const keys = [...store.keys()].map((key) => key.split('/')[0]).sort();
    expect(keys).toEqual([...Array.from({ length: 6 }, () => 'decided'), 'ledger', 'proposal']);
    for (const key of store.keys()) {
      const value = store.get(key) as Uint8Array;
      expect(value.buffer.byteLength).toBe(value.byteLength);
    }
  }
  await installation.stop(...ids);
  await installation.log.close();
});
