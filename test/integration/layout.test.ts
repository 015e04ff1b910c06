/** Two processes that would run the chain and one of its stages alone, on a real broker. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type PipelineName, startPipelines } from '../../src/cli/assembly.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { describeLayout } from '../cli/layout.ts';
import { agreement } from '../cli/signed-decision.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

if (!hasKafka) test.skip('layout: left out, there is no broker', () => undefined);
else {
  describeLayout(
    'kafka',
    (processes) => {
      const prefix = `layout-${randomUUID().slice(0, 8)}.`;
      return Array.from({ length: processes }, () => openKafkaLog({ prefix }));
    },
    3,
  );

  test('beside the chain no stage starts alone, and beside a stage no chain', { timeout: 120_000 }, async () => {
    const engine = await loadEngine();
    const start = async (prefix: string, ...names: readonly PipelineName[]) => {
      const log = openKafkaLog({ prefix });
      try {
        const running = await startPipelines({
          log,
          registry: new MemoryRegistry(),
          partitions: 1,
          pipelines: new Set(names),
          engine,
          validators: {
            agreement: { ...agreement, parameters: createParameters(), partitions: 1 },
            signers: new Map(),
          },
          history: null,
          graph: null,
          observer: {},
          failed: (error) => {
            throw error;
          },
        });
        return {
          close: async () => {
            await running.close();
            await log.close();
          },
        };
      } catch (error) {
        await log.close();
        throw error;
      }
    };
    const all = ['snapshots', 'assessment', 'planning'] as const;
    const refused = { code: 'layout-differs' };

    const prefix = `layout-${randomUUID().slice(0, 8)}.`;
    const chain = await start(prefix, ...all);
    for (const name of all) await expect(start(prefix, name)).rejects.toMatchObject(refused);
    const beside = await start(prefix, 'intake', 'outcomes');
    await beside.close();
    await chain.close();
    // Nor later: the stages would begin again from the first record kept.
    await expect(start(prefix, 'snapshots', 'assessment')).rejects.toMatchObject(refused);

    const other = `layout-${randomUUID().slice(0, 8)}.`;
    const stage = await start(other, 'snapshots');
    await expect(start(other, ...all)).rejects.toMatchObject(refused);
    const rest = await start(other, 'assessment', 'planning');
    await Promise.all([stage.close(), rest.close()]);
    await engine.close();
  });
}
