import { afterEach, expect, test, vi } from 'vitest';
import { keepConsensusTrimmed, keptSinceMs } from '../../src/cli/consensus-retention.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { agreement, Installation, ids } from '../pipelines/trim.ts';
import { until } from '../streams/wire.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('once an hour old records go, and a failure is tried again', async () => {
  const log = new MemoryLog({ now: () => Date.now() - 10_000 });
  const installation = new Installation(log);
  await installation.start(...ids);
  const { topics } = installation;
  await installation.decide(5);
  const low = async (): Promise<number> => (await log.bounds(topics.consensus.name))[0].low;
  const warned = vi.fn();
  const logger = Object.assign(createLogger({ name: 'test', env: { AURA_LOG_LEVEL: 'silent' } }), { warn: warned });

  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const failing = vi.spyOn(log, 'deleteBefore').mockRejectedValueOnce(new Error('not allowed'));
  const keeper = keepConsensusTrimmed({ log, topics, agreement, retentionMs: 1_000, withinMs: 10_000, logger });
  expect(await low()).toBe(0);
  vi.advanceTimersByTime(3_600_000);
  await until('it failed', () => warned.mock.calls.length === 1);
  expect(await low()).toBe(0);
  vi.advanceTimersByTime(3_600_000);
  await until('old records are gone', async () => (await low()) > 0);
  await keeper.close();
  expect(failing).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(7_200_000);
  expect(failing).toHaveBeenCalledTimes(2);
  await installation.stop(...ids);
});

test('without a limit to retention everything is kept', () => {
  expect(keptSinceMs(-1)).toBe(0);
  expect(keptSinceMs(1_000)).toBeLessThan(Date.now());
});
