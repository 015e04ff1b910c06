import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { Random } from '../../src/fleet/reference/random.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { expectedCodes, runHostile } from './hostile.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));
const count = 100_000;

test(`${count} hostile records are each accounted for, and good ones beside them lose nothing (AURA_SEED=${seed})`, {
  timeout: 120_000,
}, async () => {
  const random = new Random(seed, 'hostile');
  const result = await runHostile(new MemoryLog({ now: () => Date.now() }), count, () => random.uniform());
  const expected = expectedCodes(count);
  const late = expected.get('late') ?? 0;
  expected.delete('late');
  expect(Object.fromEntries(result.codes)).toEqual(Object.fromEntries(expected));
  expect(result.late).toBe(late);
  expect(result.deadLetters + result.late).toBe(count);
  expect(result.goodSeen).toBe(result.goodSent);
});
