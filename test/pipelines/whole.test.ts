/** The whole pipeline on the in-memory log, with the shipped model: heartbeats of a fleet in which one agent fails become verified decisions. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PipelineName, pipelineNames, type RunningPipelines, startPipelines } from '../../src/cli/assembly.ts';
import { type Engine, loadEngine } from '../../src/cli/engine.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { checkCopies, verifyDecision } from '../../src/consensus/verify.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import { StreamTracing } from '../../src/observability/tracing.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { RecordingProvider } from '../observability/recording-provider.ts';
import { until } from '../streams/wire.ts';

const tenant = 'acme';
const pipelines = new Set<PipelineName>(pipelineNames.filter((name) => name !== 'history' && name !== 'graph'));
const keys = new Map(['v1', 'v2', 'v3', 'v4'].map((id, i) => [id, keyPairFromSeed(Buffer.alloc(32, i + 1))]));
const members = [...keys].map(([id, { publicKey }]) => ({ id, publicKey }));
const traceId = 'ab'.repeat(16);

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine();
});
afterAll(() => engine.close());

/** Starts the pipelines and sends `windows` windows of twenty agents, of which worker-3 fails from the half on. */
async function run(log: MemoryLog, tracing?: StreamTracing): Promise<RunningPipelines> {
  const problems: string[] = [];
  const running = await startPipelines({
    log,
    registry: new MemoryRegistry(),
    partitions: 2,
    pipelines,
    engine,
    validators: {
      agreement: { cluster: 'test', set: createValidatorSet(members), parameters: createParameters(), partitions: 2 },
      signers: new Map([...keys].map(([id, pair]) => [id, ed25519Signer(pair)])),
    },
    history: null,
    graph: null,
    observer: {
      taskState: (processor, partition, state, error) =>
        state === 'failed' && problems.push(`${processor}-${partition}: ${String(error)}`),
    },
    ...(tracing === undefined ? {} : { tracing }),
    failed: (error) => problems.push(error.message),
  });
  const { topics } = running;
  const writer = await log.writer();
  const policy = { ...defaultPolicy(tenant), dryRun: false };
  await writer.write([
    {
      topic: topics.policies.name,
      partition: 0,
      key: Buffer.from(tenant),
      value: topics.policies.codec.encode(policy),
    },
  ]);
  const windows = 40;
  const startMs = Math.floor(Date.now() / 1_000) * 1_000 - 600_000;
  for (let window = 0; window < windows; window++) {
    for (let i = 0; i < 20; i++) {
      const failing = i === 3 && window >= windows / 2;
      const heartbeat = {
        tenant,
        fleet: 'checkout',
        agent: `worker-${i}`,
        timeMs: startMs + window * 1_000 + i * 10,
        status: failing ? ('DEGRADED' as const) : ('UP' as const),
        signals: {
          latencyMs: (failing ? 900 : 20) + ((i * 7 + window * 13) % 10),
          trafficPerS: 10 + ((i + window) % 3),
          errorRate: failing ? 0.6 : 0,
          saturation: failing ? 1.5 : 0.3 + ((i * window) % 7) / 100,
        },
        metrics: {},
      };
      await writer.write([
        {
          topic: topics.heartbeats.name,
          partition: 0,
          key: null,
          value: topics.heartbeats.codec.encode(heartbeat),
          headers: { traceparent: Buffer.from(`00-${traceId}-${'cd'.repeat(8)}-01`) },
        },
      ]);
    }
  }
  const all = (topic: string) => [0, 1].flatMap((partition) => log.read({ topic, partition }));
  await until('a proposal is made', () => all('aura.proposals').length > 0);
  await until('every proposal is decided', () => all('aura.decisions').length >= all('aura.proposals').length);
  expect(problems).toEqual([]);
  return running;
}

test('every proposal gets one decision, which the public keys verify and which names the agent that failed', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  const running = await run(log);
  const { topics } = running;
  await running.close();
  const values = (topic: string) =>
    [0, 1].flatMap((partition) => log.read({ topic, partition })).map(({ value }) => value ?? new Uint8Array());
  const proposals = values('aura.proposals').map((value) => topics.proposals.codec.decode(value));
  const decisions = values('aura.decisions').map((value) => topics.decisions.codec.decode(value));
  expect(decisions.map(({ proposalId }) => proposalId).sort()).toEqual(proposals.map(({ id }) => id).sort());
  for (const decision of decisions) {
    expect(verifyDecision(decision, members)).toMatchObject({ ok: true });
    expect(checkCopies(decision, topics.proposals.codec.decode(decision.proposal))).toEqual([]);
  }
  const approved = decisions.filter(({ verdict }) => verdict === 'APPROVED');
  expect(approved.length).toBeGreaterThan(0);
  expect(approved.every(({ targets }) => targets.join() === 'worker-3')).toBe(true);
  expect(values('aura.dead-letters')).toEqual([]);
  const snapshots = values('aura.snapshots').map((value) => topics.snapshots.codec.decode(value));
  expect(new Set(snapshots.map(({ windowEndMs }) => windowEndMs)).size).toBe(snapshots.length);
  await log.close();
});

test('one trace leads from a heartbeat to its decision', async () => {
  const log = new MemoryLog({ now: () => Date.now() });
  const provider = new RecordingProvider();
  const running = await run(log, new StreamTracing(provider));
  await running.close();
  const [decision] = [0, 1].flatMap((partition) => log.read({ topic: 'aura.decisions', partition }));
  const traceparent = Buffer.from(decision.headers.traceparent ?? []).toString();
  expect(traceparent.split('-')[1]).toBe(traceId);
  const names = new Set(provider.spans.map(({ name }) => name));
  expect([...names].sort()).toEqual(['process consensus', 'process intake', 'process snapshots-assessment-planning']);
  await log.close();
});
