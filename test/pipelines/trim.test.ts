import fc from 'fast-check';
import { test } from 'vitest';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { describeTrim, Installation, ids } from './trim.ts';

const open = () => new MemoryLog({ now: () => Date.now() });

describeTrim('memory', async () => open());

test('whoever is stopped and started, and whenever old records go, every proposal is decided once', {
  timeout: 120_000,
}, async () => {
  const action = fc.oneof(
    fc.record({ does: fc.constant('decide' as const), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ does: fc.constant('trim' as const) }),
    fc.record({ does: fc.constantFrom('stop' as const, 'start' as const), who: fc.constantFrom(...ids) }),
    fc.record({ does: fc.constant('restart all' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 25 }), async (actions) => {
      const installation = new Installation(open());
      await installation.start(...ids);
      for (const one of actions) {
        const { running } = installation;
        if (one.does === 'decide') await installation.decide(one.count);
        else if (one.does === 'trim') await installation.trim();
        else if (one.does === 'restart all') {
          await installation.stop(...running);
          await installation.start(...running);
        } else if (one.does === 'start' && !running.includes(one.who)) await installation.start(one.who);
        // Three of four make a quorum.
        else if (one.does === 'stop' && running.length === ids.length) await installation.stop(one.who);
      }
      await installation.start(...ids.filter((id) => !installation.running.includes(id)));
      await installation.decide(2);
      await installation.check();
      await installation.stop(...ids);
      await installation.log.close();
    }),
    { numRuns: 8 },
  );
});
