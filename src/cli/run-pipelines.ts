/** A process that runs pipelines on a cluster: from its configuration to a clean end. */

import { GenuineDecisions } from '../../pipelines/genuine-decisions.ts';
import { topicSpecs } from '../../pipelines/topics.ts';
import { computeMetrics } from '../observability/compute-metrics.ts';
import { startObservabilityServer } from '../observability/http.ts';
import { createMetrics } from '../observability/metrics.ts';
import { StreamTracing } from '../observability/tracing.ts';
import { openNeo4jSink } from '../sinks/neo4j/neo4j-sink.ts';
import { migrate } from '../sinks/postgres/migrate.ts';
import { openPostgresSink } from '../sinks/postgres/postgres-sink.ts';
import { openRuntime, type PipelineName, type PipelineOptions, startPipelines } from './assembly.ts';
import { Closers } from './closers.ts';
import { type Cluster, configOf, loggerOf, withCluster } from './cluster.ts';
import type { Answer, CommandContext } from './command.ts';
import type { RunOptions } from './commands/run.ts';
import type { Config } from './config/config.ts';
import { required } from './config/kafka.ts';
import { keepConsensusTrimmed } from './consensus-retention.ts';
import { holdCpuLatency } from './cpu-latency.ts';
import { measureDecisions } from './decision-latency.ts';
import { type EngineObserver, loadEngine } from './engine.ts';
import { CliError, messageOf } from './errors.ts';
import { preparedKeys } from './key-files.ts';
import { scoringModelPath } from './model-store.ts';
import { observeEngine, observeProcess } from './observer.ts';
import { readTable, writeRecords } from './tables.ts';
import { agreementOf, votersOf } from './validators.ts';

export async function runPipelines(
  context: CommandContext,
  options: RunOptions,
  pipelines: ReadonlySet<PipelineName>,
): Promise<Answer> {
  const configured = await configOf(context, options);
  const wanted = options.model ?? configured.model;
  const model = wanted === undefined ? {} : { model: await scoringModelPath(configured.modelsDir, wanted) };
  const config = { ...configured, ...model };
  const logger = loggerOf(config, 'aura');
  return await withCluster(config, logger, async (cluster) => {
    const closers = new Closers();
    try {
      return await run({ context, cluster, closers, pipelines, prepare: options.prepare });
    } finally {
      await closers.close();
    }
  });
}

interface Run {
  readonly context: CommandContext;
  readonly cluster: Cluster;
  readonly closers: Closers;
  readonly pipelines: ReadonlySet<PipelineName>;
  readonly prepare: boolean;
}

async function run({ context, cluster, closers, pipelines, prepare }: Run): Promise<Answer> {
  const { config, log, registry, logger } = cluster;
  const databases = databasesOf(config, pipelines);
  const ended = Promise.withResolvers<string>();
  closers.add(context.io.onStop((signal) => ended.resolve(signal)));
  const failed = (error: Error): void => ended.reject(error);
  ended.promise.catch(() => undefined); // it may come while the rest still starts; it is awaited below

  if (config.cpuLatencyUs !== undefined) await closers.open(holdCpuLatency(config.cpuLatencyUs));
  const metrics = createMetrics();
  const { observer, ready } = observeProcess(metrics, logger);
  let started = false;
  const server = await closers.open(
    startObservabilityServer({
      host: config['http.host'],
      port: config['http.port'],
      registry: metrics.registry,
      ready: [
        { name: 'started', run: () => ({ ok: started }) },
        { name: 'tasks', run: ready },
      ],
    }),
  );
  logger.info({ url: server.url, pipelines: [...pipelines] }, 'starting');
  if (prepare) await prepareAll(cluster, pipelines, databases);

  const { topics } = await openRuntime({ log, registry, observer });
  const voting = pipelines.has('consensus');
  const reading = readers.some((name) => pipelines.has(name));
  if (voting || reading) await log.createTopics(topicSpecs(topics, [], config.partitions));
  const watched = observeEngine(computeMetrics(metrics.registry), logger);
  const engine = pipelines.has('assessment') ? await closers.open(openEngine(config, watched)) : null;
  const validators = voting
    ? await votersOf(config, log, topics)
    : reading
      ? { agreement: await agreementOf(config, log, topics), signers: new Map<string, never>() }
      : null;
  const sinks = await openSinks(databases, await log.id(), closers);
  const running = await closers.open(
    startPipelines({
      log,
      registry,
      partitions: config.partitions,
      pipelines,
      engine,
      validators,
      ...sinks,
      observer,
      tracing: new StreamTracing(),
      failed,
    }),
  );
  if (validators !== null && voting) {
    const genuine = new GenuineDecisions(running.topics, validators.agreement, running.scheme);
    await closers.open(measureDecisions(log, running.topics, genuine, metrics, failed));
    const trim = { log, topics: running.topics, agreement: validators.agreement, retentionMs: config.retentionMs };
    await closers.open(keepConsensusTrimmed({ ...trim, withinMs: running.runtime.limits.restoreMs, logger }));
  }
  started = true;
  logger.info({ url: server.url, validators: [...(validators?.signers.keys() ?? [])] }, 'running');

  const startedMs = performance.now();
  const signal = await ended.promise.catch((cause: unknown) => {
    throw new CliError('pipeline-failed', `a pipeline cannot go on: ${messageOf(cause)}`, 'start the process anew', {
      cause,
    });
  });
  started = false;
  logger.info({ signal }, 'closing');
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  return {
    json: { pipelines: [...pipelines], seconds, endedBy: signal },
    text: [`ran ${[...pipelines].join(', ')} for ${seconds} s; ended by ${signal}`],
  };
}

/** Pipelines that read decisions, and so must know who decides. */
const readers: readonly PipelineName[] = ['planning', 'outcomes', 'history', 'graph'];

async function openEngine(config: Config, observer: EngineObserver): ReturnType<typeof loadEngine> {
  return await loadEngine(config.model, { compute: config.compute, tile: config.computeTile, observer });
}

type Databases = ReturnType<typeof databasesOf>;

/** Where the databases are that the pipelines write. Throws CliError `setting-missing` before anything is started. */
function databasesOf(config: Config, pipelines: ReadonlySet<PipelineName>) {
  const needed = <Name extends 'postgres.url' | 'neo4j.url' | 'neo4j.password'>(name: Name, pipeline: PipelineName) =>
    required(config, name, `or leave ${pipeline} out: aura run --without ${pipeline}`);
  return {
    history: pipelines.has('history') ? { url: needed('postgres.url', 'history') } : null,
    graph: pipelines.has('graph')
      ? {
          url: needed('neo4j.url', 'graph'),
          user: config['neo4j.user'],
          password: needed('neo4j.password', 'graph'),
        }
      : null,
  };
}

async function openSinks(
  { history, graph }: Databases,
  logId: string,
  closers: Closers,
): Promise<Pick<PipelineOptions, 'history' | 'graph'>> {
  return {
    history: history === null ? null : await closers.open(openPostgresSink({ ...history, logId })),
    graph: graph === null ? null : await closers.open(openNeo4jSink({ ...graph, logId })),
  };
}

/** What an installation needs before its first start: keys, the validators' record, the database's tables. */
async function prepareAll(
  { config, log, registry, logger }: Cluster,
  pipelines: ReadonlySet<PipelineName>,
  { history }: Databases,
): Promise<void> {
  if (history !== null) {
    const { applied } = await migrate(history.url);
    if (applied.length > 0) logger.info({ applied }, 'database migrated');
  }
  if (!pipelines.has('consensus')) return;
  const { topics } = await openRuntime({ log, registry, observer: {} });
  await log.createTopics(topicSpecs(topics, [], config.partitions));
  if ((await readTable(log, topics.validators)).size > 0) return;
  const { keys, made } = await preparedKeys(config.keysDir, [
    'validator-1',
    'validator-2',
    'validator-3',
    'validator-4',
  ]);
  if (made) logger.info({ keysDir: config.keysDir, validators: keys.map(({ id }) => id) }, 'validator keys made');
  await writeRecords(
    log,
    topics.validators,
    keys.map(({ id, publicKey }) => ({ key: id, value: { id, publicKey: Buffer.from(publicKey) } })),
  );
  logger.info({ validators: keys.map(({ id }) => id) }, 'validators published');
}
