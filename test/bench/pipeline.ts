/** Heartbeats a second and decision latency, on the in-memory log or on a real broker; the generator runs in a process of its own. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type PipelineName, pipelineNames, startPipelines } from '../../src/cli/assembly.ts';
import { holdCpuLatency } from '../../src/cli/cpu-latency.ts';
import { loadEngine } from '../../src/cli/engine.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { generateKeyPair } from '../../src/consensus/keys.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { fleetKey } from '../../src/fleet/ids.ts';
import { defaultPolicy } from '../../src/interventions/policy.ts';
import { migrate } from '../../src/sinks/postgres/migrate.ts';
import { openPostgresSink } from '../../src/sinks/postgres/postgres-sink.ts';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../src/streams/kafka/options.ts';
import type { Log, LogRecord, OutRecord } from '../../src/streams/log.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { originHeader } from '../../src/streams/runtime.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { withServers } from './broker.ts';
import type { GeneratorOptions } from './generator.ts';
import { machine, quantile, rounded } from './machine.ts';

const help = `Usage: npm run -s bench -- pipeline [options]
  --log memory|kafka        (memory)
  --through snapshots|decisions   which pipelines run (decisions)
  --agents N                (100)    in fleets of 100, one cell each
  --rate N                  heartbeats a second in all (one a second for each agent)
  --interactions X          interactions for each heartbeat (0.2)
  --seconds N               (30)
  --warm-up N               seconds of it that are not counted (a third): a broker that was just started compiles itself for two minutes
  --fault-every X           seconds between faults (1)
  --partitions N            (4)
  --window-ms N             length of the fleets' windows (1000)
  --staggered               each cell closes on a grid of its own
  --cpu-latency-us N        longest wake-up of an idle core, as AURA_CPU_LATENCY_US of aura run (the kernel's default)
  --json
`;

interface Servers {
  readonly brokers: readonly string[] | null;
  readonly postgresUrl: string | null;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      log: { type: 'string', default: 'memory' },
      through: { type: 'string', default: 'decisions' },
      agents: { type: 'string', default: '100' },
      rate: { type: 'string' },
      interactions: { type: 'string', default: '0.2' },
      seconds: { type: 'string', default: '30' },
      'warm-up': { type: 'string' },
      'fault-every': { type: 'string', default: '1' },
      partitions: { type: 'string', default: '4' },
      'window-ms': { type: 'string', default: '1000' },
      staggered: { type: 'boolean', default: false },
      'cpu-latency-us': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const kafka = values.log === 'kafka';
  const agents = Number(values.agents);
  const settings = {
    kafka,
    through: values.through,
    partitions: Number(values.partitions),
    agents,
    rate: Number(values.rate ?? agents),
    interactions: Number(values.interactions),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values['warm-up'] ?? Number(values.seconds) / 3),
    faultEverySeconds: Number(values['fault-every']),
    windowMs: Number(values['window-ms']),
    staggered: values.staggered,
  };
  if (!(settings.warmUpSeconds >= 0 && settings.warmUpSeconds < settings.seconds))
    throw new RangeError(`--warm-up ${values['warm-up']}: valid is 0 or more and less than --seconds`);
  const measure = async (servers: Servers): Promise<void> => {
    const latency = values['cpu-latency-us'];
    const awake = latency === undefined ? null : await holdCpuLatency(Number(latency));
    const result = await measurePipeline(settings, servers).finally(() => awake?.close());
    process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${JSON.stringify(result, null, 2)}\n`);
  };
  if (kafka) await withServers({ postgres: settings.through === 'decisions' }, measure);
  else await measure({ brokers: null, postgresUrl: null });
}

interface Settings {
  readonly kafka: boolean;
  readonly through: string;
  readonly partitions: number;
  readonly agents: number;
  readonly rate: number;
  readonly interactions: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly faultEverySeconds: number;
  readonly windowMs: number;
  readonly staggered: boolean;
}

async function measurePipeline(settings: Settings, { brokers, postgresUrl }: Servers) {
  const { partitions, agents } = settings;
  const prefix = `bench-${Date.now()}.`;
  const log: Log =
    brokers === null
      ? new MemoryLog({ now: () => Date.now(), keptRecords: 50_000 })
      : new KafkaLog({
          ...defaultKafkaOptions,
          brokers,
          prefix,
          log: (level, message) => level === 'error' && process.stderr.write(`${message}\n`),
        });
  const whole = settings.through === 'decisions';
  const pipelines = new Set<PipelineName>(
    whole
      ? pipelineNames.filter((name) => name !== 'graph' && (name !== 'history' || postgresUrl !== null))
      : ['intake', 'snapshots'],
  );
  if (postgresUrl !== null) await migrate(postgresUrl);
  const keys = new Map(['v1', 'v2', 'v3', 'v4'].map((id) => [id, generateKeyPair()]));
  const set = createValidatorSet([...keys].map(([id, { publicKey }]) => ({ id, publicKey })));
  const taken = { heartbeats: 0 };
  const failures: string[] = [];
  const commits = new Map<string, number[]>();
  const processing = new Map<string, number[]>();
  const running = await startPipelines({
    log,
    registry: new MemoryRegistry(),
    partitions,
    pipelines,
    engine: whole ? await loadEngine() : null,
    validators: whole
      ? {
          agreement: { cluster: prefix, set, parameters: createParameters(), partitions },
          signers: new Map([...keys].map(([id, pair]) => [id, ed25519Signer(pair)])),
        }
      : null,
    history:
      pipelines.has('history') && postgresUrl !== null
        ? await openPostgresSink({ url: postgresUrl, logId: await log.id() })
        : null,
    graph: null,
    observer: {
      processed: (processor, _partition, _records, ms) => {
        const all = processing.get(processor) ?? [];
        processing.set(processor, all);
        all.push(ms);
      },
      committed: (processor, _partition, _records, ms) => {
        const all = commits.get(processor) ?? [];
        commits.set(processor, all);
        all.push(ms);
      },
      taskState: (processor, partition, state, error) =>
        state === 'failed' && failures.push(`${processor}-${partition}: ${String(error)}`),
    },
    failed: (error) => failures.push(error.message),
  });
  const { topics } = running;
  // A fault a second in one cell would soon spend the default budget, and then nothing is left to be measured.
  const policy = { ...defaultPolicy('bench'), budget: 1_000, cooldownMs: 1_000, blastRadius: 1 };
  const policies = await log.writer();
  await policies.write([
    {
      topic: topics.policies.name,
      partition: 0,
      key: Buffer.from('bench'),
      value: topics.policies.codec.encode(policy),
    },
  ]);
  const fleets = Array.from({ length: Math.ceil(agents / 100) }, (_, i) => ({
    ...defaultFleet('bench', `f${i}`),
    windowMs: settings.windowMs,
    staggered: settings.staggered,
  }));
  await policies.write(
    fleets.map((record) => ({
      topic: topics.fleets.name,
      partition: 0,
      key: Buffer.from(fleetKey(record.tenant, record.fleet)),
      value: topics.fleets.codec.encode(record),
    })),
  );
  const latencies: number[] = [];
  let warm = false;
  let windows = 0;
  const seen = { snapshots: 0, decisions: 0, outcomes: 0 };
  const watch = async (topic: 'snapshots' | 'decisions', each: (record: LogRecord) => void): Promise<void> => {
    const positions = (await log.bounds(topics[topic].name)).map(({ partition, high }) => ({
      topic: topics[topic].name,
      partition,
      offset: high,
    }));
    await log.consume({
      kind: 'positions',
      positions,
      records: (_from, records) => records.forEach(each),
      failed: (error) => failures.push(error.message),
    });
  };
  await watch('decisions', ({ headers }) => {
    seen.decisions++;
    const origin = headers[originHeader];
    if (warm && origin !== undefined) latencies.push(Date.now() - Number(Buffer.from(origin).toString()));
  });
  await watch('snapshots', ({ value }) => {
    seen.snapshots++;
    if (!warm || value === null) return;
    windows++;
    for (const { heartbeats } of topics.snapshots.codec.decode(value).agents) taken.heartbeats += heartbeats;
  });

  const options: GeneratorOptions = {
    brokers,
    prefix,
    partitions,
    agents,
    fleetSize: Math.min(100, agents),
    heartbeatsPerSecond: settings.rate,
    interactions: settings.interactions,
    seconds: settings.seconds,
    faultEverySeconds: whole ? settings.faultEverySeconds : 0,
    // Long enough for a score to stand for two windows in a row.
    faultSeconds: Math.max(8, (3.5 * settings.windowMs) / 1_000),
  };
  const rss: number[] = [];
  const sampling = setInterval(() => {
    if (warm) rss.push(process.memoryUsage().rss / 2 ** 20);
  }, 500);
  const startMs = performance.now();
  let warmAtMs = 0;
  setTimeout(() => {
    warm = true;
    warmAtMs = performance.now();
  }, settings.warmUpSeconds * 1_000);
  const startCpu = process.cpuUsage();
  const generated = await runGenerator(options, log, topics.heartbeats.name, topics.interactions.name);
  const measuredSeconds = (performance.now() - warmAtMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  const cpuShare = (user + system) / 1_000 / (performance.now() - startMs);
  const counted = taken.heartbeats;
  const snapshotsCounted = windows;
  warm = false;
  clearInterval(sampling);
  // What was sent and has not come through yet: a pipeline that keeps up has little.
  const backlog = await lag(log, topics.heartbeats.name, partitions);
  await running.close();
  await log.close();
  if (failures.length > 0) process.stderr.write(`${failures.join('\n')}\n`);
  return {
    log: settings.kafka ? 'kafka' : 'memory',
    through: settings.through,
    agents,
    heartbeatsPerSecond: Math.round(counted / measuredSeconds),
    offeredPerSecond: settings.rate,
    snapshotsPerSecond: rounded(snapshotsCounted / measuredSeconds, 1),
    decisions: seen.decisions,
    latencyMs: {
      p50: rounded(quantile(latencies, 0.5), 1),
      p99: rounded(quantile(latencies, 0.99), 1),
      samples: latencies.length,
    },
    commits: Object.fromEntries(
      [...commits].map(([processor, ms]) => [
        processor,
        {
          perSecond: rounded(ms.length / settings.seconds, 1),
          p50: rounded(quantile(ms, 0.5), 1),
          p99: rounded(quantile(ms, 0.99), 1),
        },
      ]),
    ),
    processingMs: Object.fromEntries(
      [...processing].map(([processor, ms]) => [
        processor,
        { p50: rounded(quantile(ms, 0.5)), p95: rounded(quantile(ms, 0.95)), p99: rounded(quantile(ms, 0.99)) },
      ]),
    ),
    rssMiB: Math.round(Math.max(0, ...rss)),
    rssFirstMiB: Math.round(rss[0] ?? 0),
    cpuShare: rounded(cpuShare),
    generator: { ...generated, cpuShare: rounded(generated.cpuShare) },
    backlog,
    restarts: failures.length,
    windowMs: settings.windowMs,
    seconds: settings.seconds,
    warmUpSeconds: rounded(settings.warmUpSeconds),
    machine: machine(),
  };
}

/** Heartbeats that intake has not committed. */
async function lag(log: Log, topic: string, partitions: number): Promise<number> {
  const at = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }));
  const committed = await log.committed('aura.intake', at);
  let behind = 0;
  for (const { partition, high } of await log.bounds(topic))
    behind += Math.max(0, high - (committed.find((position) => position.partition === partition)?.offset ?? 0));
  return behind;
}

interface Generated {
  readonly heartbeats: number;
  readonly interactions: number;
  readonly cpuShare: number;
}

async function runGenerator(
  options: GeneratorOptions,
  log: Log,
  heartbeats: string,
  interactions: string,
): Promise<Generated> {
  const script = new URL('./generator.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--no-warnings', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (options.brokers === null) {
    const writer = await log.writer();
    let pending: Buffer = Buffer.alloc(0);
    for await (const chunk of child.stdout) {
      pending = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE(0)) {
        const size = pending.readUInt32LE(0);
        await writer.write(unpack(pending.subarray(4, 4 + size), heartbeats, interactions));
        pending = pending.subarray(4 + size);
      }
    }
  }
  const code = await ended;
  if (code !== 0) throw new Error(`the generator ended with ${code}: ${said}`);
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Generated;
}

function unpack(bytes: Buffer, heartbeats: string, interactions: string): OutRecord[] {
  const records: OutRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const topic = bytes.readUInt32LE(at) === 0 ? heartbeats : interactions;
    const partition = bytes.readUInt32LE(at + 4);
    const length = bytes.readUInt32LE(at + 8);
    records.push({ topic, partition, key: null, value: bytes.subarray(at + 12, at + 12 + length) });
    at += 12 + length;
  }
  return records;
}
