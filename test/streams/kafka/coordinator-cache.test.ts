/** Without a broker: what is asked of one, by a cluster of kafkajs whose question goes nowhere. */
import Cluster from 'kafkajs/src/cluster/index.js';
import { expect, test, vi } from 'vitest';
import { rememberCoordinators } from '../../../src/streams/kafka/coordinator-cache.ts';

test('an old answer is given at once, and asked for anew only when its asker is through', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
  let asked = 0;
  const prototype = Cluster.prototype as { findGroupCoordinatorMetadata: (question: object) => Promise<number> };
  prototype.findGroupCoordinatorMetadata = async () => ++asked;
  rememberCoordinators();
  const cluster = Object.create(Cluster.prototype) as typeof prototype;
  const find = () => cluster.findGroupCoordinatorMetadata({ groupId: 'group' });
  try {
    expect([await find(), await find()]).toEqual([1, 1]);
    vi.advanceTimersByTime(1_500);
    expect([await find(), await find(), asked]).toEqual([1, 1, 1]);
    await vi.advanceTimersByTimeAsync(49);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([asked, await find()]).toEqual([2, 2]);
    vi.advanceTimersByTime(60_000);
    expect(await find()).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
