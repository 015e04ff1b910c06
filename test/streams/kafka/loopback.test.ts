import { expect, test } from 'vitest';
import { Loopback } from '../../../src/streams/kafka/loopback.ts';
import type { LogRecord, OutRecord } from '../../../src/streams/log.ts';

const prefix = 'p.';
const out = (topic: string, partition: number, n: number): OutRecord => ({
  topic,
  partition,
  key: Uint8Array.of(n),
  value: Uint8Array.of(n, n),
});
const answer = (topic: string, partition: number, baseOffset: string, logAppendTime = '1700000000000') => ({
  topicName: prefix + topic,
  partition,
  errorCode: 0,
  baseOffset,
  logAppendTime,
});

test('an acknowledged request becomes records as they lie in the log, for those topics that somebody here reads', () => {
  const loopback = new Loopback();
  const heard: (readonly LogRecord[])[] = [];
  const reader = { readsAhead: false, overhear: (records: readonly LogRecord[]) => void heard.push(records) };
  loopback.attach(['read', 'timed'], reader);
  const sent = [out('read', 1, 1), out('other', 1, 2), out('read', 0, 3), out('read', 1, 4), out('timed', 0, 5)];
  const answers = [
    answer('read', 1, '7'),
    answer('other', 1, '9'),
    answer('read', 0, '0'),
    answer('timed', 0, '3', '-1'), // a topic that keeps its producers' times
  ];
  const records = loopback.acknowledged(prefix, sent, answers);
  const record = (partition: number, offset: number, n: number) => {
    const { topic, key, value } = out('read', partition, n);
    return { topic, partition, offset, appendMs: 1_700_000_000_000, key, value, headers: {} };
  };
  expect(records).toEqual([[record(1, 7, 1), record(1, 8, 4)], [record(0, 0, 3)]]);
  loopback.offer(records);
  expect(heard).toEqual(records);
  loopback.detach(reader);
  loopback.offer(records);
  expect(heard).toHaveLength(2);
  expect(loopback.acknowledged(prefix, sent, answers)).toEqual([]);
});

test('what is not committed yet goes with its pledge to those alone who read ahead', () => {
  const loopback = new Loopback();
  const heard: string[] = [];
  for (const readsAhead of [true, false]) {
    loopback.attach(['read'], {
      readsAhead,
      overhear: (records, pledge) => {
        heard.push(`${readsAhead ? 'ahead' : 'behind'} ${records.length} ${pledge === null ? 'committed' : 'pledged'}`);
      },
    });
  }
  const records = loopback.acknowledged(prefix, [out('read', 0, 1)], [answer('read', 0, '0')]);
  loopback.offer(records, Promise.resolve());
  expect(heard.splice(0)).toEqual(['ahead 1 pledged']);
  loopback.offer(records);
  expect(heard).toEqual(['ahead 1 committed', 'behind 1 committed']);
});
