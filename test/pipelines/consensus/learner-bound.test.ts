/** The learner keeps so many undecided proposals and no more; what it passed over is read again, and decided once all the same. */
import { expect, onTestFinished, test } from 'vitest';
import { consensus, type LearnerOptions } from '../../../pipelines/consensus.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import type { Topic } from '../../../src/streams/processor.ts';
import { readOffsets } from '../../../src/streams/read-offsets.ts';
import { proposalOf } from '../../cli/signed-decision.ts';
import { until } from '../../streams/wire.ts';
import { Driver } from '../driver.ts';
import { agreement, Installation, ids as validators } from '../trim.ts';
import { House } from './house.ts';

const noBytes = new Uint8Array(0);
const limits = { proposals: 2, bytes: 1 << 20, verdicts: 100 };
const fewVerdicts = { ...limits, verdicts: 2 };

/** Six proposals that validators decided, and a learner that reads all of one topic before the other. */
async function readLate(readAgain: (log: MemoryLog) => LearnerOptions['readAgain'], first: 'proposals' | 'votes') {
  const installation = new Installation(new MemoryLog({ now: () => Date.now() }));
  const log = installation.log as MemoryLog;
  onTestFinished(async () => {
    await installation.stop(...installation.running);
    await log.close();
  });
  await installation.start(...validators);
  await installation.decide(6);
  const { topics } = installation;
  const options = { readAgain: readAgain(log), limits: first === 'votes' ? fewVerdicts : limits };
  const driver = await Driver.start(consensus(topics, agreement, options), topics['dead-letters']);
  const read = (topic: string) => log.read({ topic, partition: 0 }).flatMap(({ value }) => value ?? []);
  const inOrder = [topics.proposals, topics.consensus] as Topic[];
  if (first === 'votes') inOrder.reverse();
  const [one, other] = inOrder;
  await driver.sendBytes(one, 'k', ...read(one.name));
  const held = [...driver.store('learner').keys()].filter((key) => !key.startsWith('decided/')).sort();
  await driver.sendBytes(other, 'k', ...read(other.name));
  const decided = driver.outputs
    .filter(({ topic }) => topic === topics.decisions.name)
    .map(({ value }) => topics.decisions.codec.decode(value ?? noBytes).proposalId);
  const letters = driver.outputs
    .filter(({ topic }) => topic === topics['dead-letters'].name)
    .map(({ value }) => topics['dead-letters'].codec.decode(value ?? noBytes).code);
  const left = [...driver.restored('learner').keys()].filter((key) => !key.startsWith('decided/')).sort();
  return { held, decided: decided.sort(), letters, left };
}

test('beyond the limit it keeps nothing of a proposal, and publishes its decision all the same', async () => {
  const asked: (readonly number[])[] = [];
  const late = await readLate(
    (log) => (partition, offsets) => {
      asked.push(offsets);
      return readOffsets(log, { topic: 'aura.proposals', partition }, offsets, 10_000);
    },
    'proposals',
  );
  expect(late).toEqual({
    held: ['passed', 'proposal/0', 'proposal/1'],
    decided: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
    letters: [],
    left: ['ledger', 'passed'],
  });
  expect(asked).toEqual([[2, 3, 4, 5]]);
});

test('where the log has lost it, a letter says so and the others are decided', async () => {
  const late = await readLate(
    (log) => (partition, offsets) => {
      const left = offsets.filter((offset) => offset !== 3);
      return readOffsets(log, { topic: 'aura.proposals', partition }, left, 10_000);
    },
    'proposals',
  );
  expect(late).toMatchObject({
    decided: ['p0', 'p1', 'p2', 'p4', 'p5'],
    letters: ['proposal-gone'],
    left: ['ledger', 'passed'],
  });
});

test('votes that are read far ahead of the proposals wait up to a limit; beyond it the proposals are read out of turn, and not published again in theirs', async () => {
  const asked: number[] = [];
  const early = await readLate(
    (log) => (partition, offsets) => {
      asked.push(...offsets);
      return readOffsets(log, { topic: 'aura.proposals', partition }, offsets, 10_000);
    },
    'votes',
  );
  const waited = early.held.filter((key) => key.startsWith('verdict/')).length;
  expect(waited).toBeLessThanOrEqual(fewVerdicts.verdicts);
  expect(asked).toHaveLength(6 - waited);
  expect(early).toMatchObject({
    decided: ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'],
    letters: [],
    left: ['ledger'],
  });
});

test('a flood while nobody votes is decided once the validators come, each proposal once', {
  timeout: 60_000,
}, async () => {
  const house = await House.open();
  await house.start('learner', []);
  const flood = Array.from({ length: 5_000 }, (_, i) => proposalOf({ id: `p${i}` }));
  await house.send(house.topics.proposals, 'demo/reference/0', ...flood);
  const changelog = () => house.log.read({ topic: 'aura.consensus-learner-changelog', partition: 0 });
  await until('the learner has read them', () => changelog().some(({ key }) => String(key) === 'passed'), 20_000);
  await house.stop('learner');
  await house.start('all');
  await until('all is decided', () => house.decisions().length >= flood.length, 40_000);
  expect(new Set(house.decisions().map(({ proposalId }) => proposalId)).size).toBe(flood.length);
  expect(house.decisions()).toHaveLength(flood.length);
  expect(house.failures).toEqual([]);
  expect(house.deadLetters).toEqual([]);
});
