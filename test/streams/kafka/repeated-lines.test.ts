import { expect, test } from 'vitest';
import { withoutRepetition } from '../../../src/streams/kafka/repeated-lines.ts';

function logged() {
  const lines: unknown[] = [];
  const clock = { ms: 0 };
  const log = withoutRepetition(
    (...line) => lines.push(line),
    () => clock.ms,
  );
  return { lines, clock, log };
}

test('the same message is passed on once in ten seconds, and says how often it was left out', () => {
  const { lines, clock, log } = logged();
  for (; clock.ms < 10_000; clock.ms += 100) log('error', 'refused', { broker: 'a' });
  log('error', 'refused', { broker: 'b' });
  clock.ms += 10_000;
  log('error', 'refused', { broker: 'c' });
  expect(lines).toEqual([
    ['error', 'refused', { broker: 'a' }],
    ['error', 'refused', { broker: 'b', repeated: 99 }],
    ['error', 'refused', { broker: 'c' }],
  ]);
});

test('another level or message is another line, and what is remembered is bounded', () => {
  const { lines, log } = logged();
  log('warn', 'refused', {});
  log('error', 'refused', {});
  for (let i = 0; i < 1000; i++) log('error', `refused ${i}`, {});
  log('error', 'refused 999', {});
  expect(lines).toHaveLength(1002);
});
