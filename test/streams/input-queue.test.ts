/** What waits for a task is limited, whatever part of the records it is that weighs. */
import { expect, test } from 'vitest';
import { InputQueue } from '../../src/streams/input-queue.ts';
import type { LogRecord } from '../../src/streams/log.ts';

const heavy = new Uint8Array(1_000);
const light = {
  topic: 'left',
  partition: 0,
  appendMs: 0,
  key: null,
  value: null,
  headers: {},
} satisfies Partial<LogRecord>;

test.each([
  ['values', { value: heavy }],
  ['keys', { key: heavy }],
  ['headers', { headers: { trace: heavy } }],
])('an input is paused by the weight of its %s, and goes on at half of it', (_what, weight) => {
  const told: string[] = [];
  const queue = new InputQueue(
    ['left'],
    new Set(),
    { queuedRecords: 1_000, queuedBytes: 10_000 },
    {
      pause: () => told.push('pause'),
      resume: () => told.push('resume'),
    },
  );
  for (let offset = 0; offset < 20; offset++) queue.push('left', [{ ...light, ...weight, offset }], offset + 1);
  expect(told).toEqual(['pause']);
  expect(queue.take(5)).toHaveLength(5);
  expect(told).toEqual(['pause']);
  expect(queue.isPaused('left')).toBe(true);
  queue.take(15);
  expect(told).toEqual(['pause', 'resume']);
  expect(queue.isPaused('left')).toBe(false);
  expect(queue.empty).toBe(true);
});
