import { expect, test } from 'vitest';
import { checkedPartitions } from '../../src/streams/topic-partitions.ts';

const spec = { name: 't', partitions: 4, compacted: false };
const following = { ...spec, asManyAs: ['a', 'b'] };

test.each([
  ['as many as configured', spec, { t: 4 }, []],
  ['more where there may be', { ...spec, mayHaveMore: true }, { t: 9 }, []],
  ['as many as it follows', following, { t: 6, a: 4, b: 6 }, []],
  ['fewer than one that it follows', following, { t: 4, a: 4, b: 6 }, [{ name: 't', partitions: 6 }]],
  ['more than those that it follows', following, { t: 9, a: 4, b: 6 }, []],
])('%s', (_, topic, counts, lacking) => {
  expect(checkedPartitions([topic], new Map(Object.entries(counts)))).toEqual(lacking);
});

test.each([
  ['fewer', spec, 3, /^log\.t has 3 partitions, 4 are configured; make them equal$/],
  ['more', spec, 5, /^log\.t has 5 partitions, 4 are configured; make them equal$/],
  [
    'fewer where there may be more',
    { ...spec, mayHaveMore: true },
    3,
    /^log\.t has 3 partitions; it needs 4, .* or more$/,
  ],
])('%s are refused', (_, topic, count, message) => {
  const check = () => checkedPartitions([topic], new Map([['t', count]]), (name) => `log.${name}`);
  expect(check).toThrow(
    expect.objectContaining({ code: 'topic-partitions-differ', message: expect.stringMatching(message) }),
  );
});
