import { expect, test } from 'vitest';
import { openTopics } from '../../pipelines/topics.ts';
import { type PipelineName, pipelineNames, startPipelines } from '../../src/cli/assembly.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { installationTopics } from '../../src/cli/internal-topics.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import type { TopicSpec } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';

/** Notes which topics are asked for. */
class NotingLog extends MemoryLog {
  readonly asked: TopicSpec[] = [];

  override async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.asked.push(...specs);
    await super.createTopics(specs);
  }
}

/** They make no topics of their own. */
const databases: ReadonlySet<PipelineName> = new Set(['history', 'graph']);

test.each([
  ['together', [pipelineNames.filter((name) => !databases.has(name))]],
  [
    'apart',
    [
      ['intake', 'snapshots', 'consensus'],
      ['assessment', 'planning', 'outcomes'],
    ],
  ],
] as const)('the topics of an installation, %s, are those that its processes make', async (layout, processes) => {
  const log = new NotingLog({ now: () => Date.now() });
  const registry = new MemoryRegistry();
  const engine = await loadEngine();
  const set = createValidatorSet([1, 2, 3, 4].map((n) => ({ id: `v${n}`, ...keyPairFromSeed(Buffer.alloc(32, n)) })));
  for (const names of processes) {
    const running = await startPipelines({
      log,
      registry,
      partitions: 3,
      pipelines: new Set(names),
      engine,
      validators: {
        agreement: { cluster: 'test', set, parameters: createParameters(), partitions: 3 },
        signers: new Map(),
      },
      history: null,
      graph: null,
      observer: {},
      failed: (error) => {
        throw error;
      },
    });
    await running.close();
  }
  const told = installationTopics(await openTopics(registry), layout, 3);
  const byName = (specs: readonly TopicSpec[]) => new Map(specs.map((spec) => [spec.name, spec]));
  expect([...byName(told)].sort()).toEqual([...byName(log.asked)].sort());
  await engine.close();
  await log.close();
});
