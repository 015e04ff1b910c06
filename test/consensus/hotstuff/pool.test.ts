import { expect, test } from 'vitest';
import type { Block, Item } from '../../../src/consensus/block.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { Pool } from '../../../src/consensus/hotstuff/pool.ts';

const offer = (pool: Pool, offset: number) =>
  pool.offer(
    { offset, digest: sha256(Buffer.from(String(offset))), decidedMs: offset },
    { verdict: 'approve', dryRun: false },
  );
const offsets = (items: Block['items']) => items.map(({ offset }) => offset);
const block = (items: Block['items']): Block => ({ height: 1, parent: new Uint8Array(32), view: 1, items });

test('what was contested goes behind what was not, and comes first when it is overdue, fewer at a time with every failure', () => {
  const pool = new Pool();
  for (let offset = 0; offset < 8; offset++) offer(pool, offset);
  pool.contest(block(pool.pick(8, 0)), 100);
  offer(pool, 8);
  expect(offsets(pool.pick(8, 99))).toEqual([8]);
  expect(offsets(pool.pick(8, 100))).toEqual([0, 1, 2, 3]);
  expect(offsets(pool.pick(8, 100, (offset) => offset === 1))).toEqual([0, 2, 3, 4]);
  pool.contest(block(pool.pick(8, 100)), 200);
  // Those that failed once and are overdue before those that failed twice and are not.
  expect(offsets(pool.pick(8, 199))).toEqual([4, 5, 6, 7]);
  pool.settle(pool.pick(8, 199));
  expect(offsets(pool.pick(8, 200))).toEqual([0, 1]);
  expect(offsets(pool.pick(8, 199))).toEqual([8]);
});

test('a check that changes leaves it as overdue as it was', () => {
  const pool = new Pool();
  offer(pool, 0);
  pool.contest(block(pool.pick(8, 0)), 100);
  offer(pool, 0);
  offer(pool, 1);
  expect(offsets(pool.pick(8, 99))).toEqual([1]);
  expect(offsets(pool.pick(8, 100))).toEqual([0]);
});

test('of an offset that is offered with another record, nothing of the first is left', () => {
  const pool = new Pool();
  const proposal = (offset: number, text: string) => ({ offset, digest: sha256(Buffer.from(text)), decidedMs: offset });
  const check = { verdict: 'approve', dryRun: false } as const;
  pool.offer(proposal(0, 'first'), check);
  pool.offer(proposal(0, 'second'), check);
  pool.settle(pool.pick(8, 0));
  expect([pool.size, pool.hasReady]).toEqual([0, false]);
  pool.offer(proposal(1, 'first'), check);
  expect(offsets(pool.pick(8, 0))).toEqual([1]);
});

test('a check is of one record and one verdict: of the same offset, another record, time, verdict or dry run is disagreed with', () => {
  const pool = new Pool();
  offer(pool, 0);
  const [own] = pool.pick(8, 0);
  const say = (change: Partial<Item>) => pool.compare(block([{ ...own, ...change }]));
  expect(say({})).toBe('agree');
  expect(say({ digest: sha256(Buffer.from('another record')) })).toBe('disagree');
  expect(say({ decidedMs: own.decidedMs + 1 })).toBe('disagree');
  expect(say({ dryRun: true })).toBe('disagree');
  expect(say({ verdict: 'REJECTED', reason: 'A_LIE' })).toBe('disagree');
  expect(say({ offset: 1 })).toBe('wait');
});
