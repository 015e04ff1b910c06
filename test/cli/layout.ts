/** The claim of how an installation runs its chain: run on the in-memory log and on a real broker. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { sharedInternalTopics } from '../../src/cli/internal-topics.ts';
import { claimLayout, type Layout } from '../../src/cli/layout.ts';
import type { Log } from '../../src/streams/log.ts';

const withinMs = 30_000;

/** `open`: the logs of as many processes, on the same topics, which are fresh for each call. */
export function describeLayout(name: string, open: (processes: number) => readonly Log[], rounds: number): void {
  async function fresh(processes: number): Promise<readonly Log[]> {
    const logs = open(processes);
    onTestFinished(async () => {
      await Promise.all(logs.map((log) => log.close()));
    });
    await logs[0].createTopics(sharedInternalTopics(1));
    return logs;
  }

  describe(`${name}: the layout of the chain`, { timeout: 120_000 }, () => {
    test.each([
      ['together', 'apart', 'aura run snapshots assessment planning'],
      ['apart', 'together', 'aura run snapshots, and so on'],
    ] as const)(
      'who comes first says %s, and who then wants %s is refused and told what to do',
      async (first, second, advice) => {
        const [log, other] = await fresh(2);
        await claimLayout(log, first, withinMs);
        await claimLayout(other, first, withinMs);
        await expect(claimLayout(other, second, withinMs)).rejects.toMatchObject({
          code: 'layout-differs',
          next: expect.stringContaining(advice),
        });
        await claimLayout(log, first, withinMs);
      },
    );

    test('of processes that start at the same time all that go on want the same', async () => {
      for (let round = 0; round < rounds; round++) {
        const wishes: readonly Layout[] = ['together', 'apart', 'together', 'apart'];
        const logs = await fresh(wishes.length);
        const results = await Promise.allSettled(wishes.map((wish, i) => claimLayout(logs[i], wish, withinMs)));
        const went = wishes.filter((_, i) => results[i].status === 'fulfilled');
        expect(went).toHaveLength(2);
        expect(new Set(went).size).toBe(1);
        for (const result of results)
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'layout-differs' });
      }
    });
  });
}
