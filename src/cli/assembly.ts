/** Starts the pipelines that a process is to run, on a log: makes the topics, binds the processors, joins the groups. */

import { type AssessmentEngine, assessment } from '../../pipelines/assessment.ts';
import type { Agreement } from '../../pipelines/consensus/agreement.ts';
import { consensus, validators } from '../../pipelines/consensus.ts';
import { GenuineDecisions } from '../../pipelines/genuine-decisions.ts';
import { graph } from '../../pipelines/graph.ts';
import { history } from '../../pipelines/history.ts';
import { intake } from '../../pipelines/intake.ts';
import { outcomes } from '../../pipelines/outcomes.ts';
import { planning } from '../../pipelines/planning.ts';
import { snapshots } from '../../pipelines/snapshots.ts';
import { openTopics, type Topics, topicSpecs } from '../../pipelines/topics.ts';
import { ed25519, type SignatureScheme, type Signer, VerifiedSignatures } from '../consensus/signature.ts';
import type { Sink } from '../sinks/sink.ts';
import { chain } from '../streams/chain.ts';
import type { Log } from '../streams/log.ts';
import type { Processor } from '../streams/processor.ts';
import { readOffsets } from '../streams/read-offsets.ts';
import { defaultLimits, type Limits, type Observer, type Runtime, type Tracing } from '../streams/runtime.ts';
import type { SchemaRegistry } from '../streams/schema/registry.ts';
import { processorWorker, Worker, type WorkerSpec } from '../streams/worker.ts';
import { sharedInternalTopics } from './internal-topics.ts';
import { chained, claimLayout, layoutOf } from './layout.ts';

export const pipelineNames = [
  'intake',
  'snapshots',
  'assessment',
  'planning',
  'consensus',
  'outcomes',
  'history',
  'graph',
] as const;
export type PipelineName = (typeof pipelineNames)[number];

export interface PipelineOptions {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  /** Of every topic that is not a table. */
  readonly partitions: number;
  readonly pipelines: ReadonlySet<PipelineName>;
  /** Needed by assessment. */
  readonly engine: AssessmentEngine | null;
  /** Needed by all that reads decisions: who votes in the deployment, and which validators this process hosts (none: it only learns). */
  readonly validators: { readonly agreement: Agreement; readonly signers: ReadonlyMap<string, Signer> } | null;
  /** Needed by history and graph. */
  readonly history: Sink | null;
  readonly graph: Sink | null;
  readonly observer: Observer;
  readonly limits?: Partial<Limits>;
  readonly tracing?: Tracing;
  /** A worker cannot go on; the process is to end. */
  failed(error: Error): void;
}

export interface RunningPipelines {
  readonly topics: Topics;
  readonly runtime: Runtime;
  readonly workers: readonly Worker[];
  /** Remembers what the pipelines have verified; for others of the process who verify the same. */
  readonly scheme: SignatureScheme;
  close(): Promise<void>;
}

/** Makes the topics that are missing and returns them bound to their schemas, with the runtime over the log. */
export async function openRuntime(
  options: Pick<PipelineOptions, 'log' | 'registry' | 'observer' | 'limits' | 'tracing'>,
): Promise<{ topics: Topics; runtime: Runtime }> {
  const { log, registry, observer, limits, tracing } = options;
  const topics = await openTopics(registry);
  const runtime: Runtime = {
    log,
    orders: topics.orders,
    deadLetters: topics['dead-letters'],
    limits: { ...defaultLimits, ...limits },
    now: () => performance.now(),
    observer,
    ...(tracing === undefined ? {} : { tracing }),
  };
  return { topics, runtime };
}

export async function startPipelines(options: PipelineOptions): Promise<RunningPipelines> {
  const { topics, runtime } = await openRuntime(options);
  const { log, partitions } = options;
  // All that verifies decisions in the process shares what was verified.
  const scheme = new VerifiedSignatures(ed25519());
  const processors = processorsOf(options, runtime, topics, scheme);
  await log.createTopics([...topicSpecs(topics, processors, partitions), ...sharedInternalTopics(partitions)]);
  const layout = layoutOf(options.pipelines);
  if (layout !== null) await claimLayout(log, layout, runtime.limits.restoreMs);
  const workers: Worker[] = [];
  const running: RunningPipelines = {
    topics,
    runtime,
    workers,
    scheme,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
  try {
    const starting = [
      ...processors.map((processor) => processorWorker(runtime, processor)),
      ...(await otherWorkers(options, topics, runtime, scheme)),
    ];
    await Promise.all(starting.map(async (spec) => workers.push(await Worker.start(runtime, spec, options.failed))));
    return running;
  } catch (error) {
    await running.close();
    throw error;
  }
}

function processorsOf(
  { pipelines, engine, validators: voting }: PipelineOptions,
  { log, limits }: Runtime,
  topics: Topics,
  scheme: VerifiedSignatures,
): Processor[] {
  const agreedFor = (name: PipelineName): Agreement => needed(name, 'validators', voting).agreement;
  const readAgain = (partition: number, offsets: readonly number[]) =>
    readOffsets(log, { topic: topics.proposals.name, partition }, offsets, limits.restoreMs);
  const decisionsFor = (name: PipelineName) => new GenuineDecisions(topics, agreedFor(name), scheme);
  const processors = new Map<PipelineName, Processor>();
  if (pipelines.has('intake')) processors.set('intake', intake(topics));
  if (pipelines.has('snapshots')) processors.set('snapshots', snapshots(topics));
  if (pipelines.has('assessment'))
    processors.set('assessment', assessment(topics, needed('assessment', 'a model', engine)));
  if (pipelines.has('planning')) processors.set('planning', planning(topics, decisionsFor('planning')));
  if (pipelines.has('consensus'))
    processors.set('consensus', consensus(topics, agreedFor('consensus'), { readAgain, scheme }));
  if (pipelines.has('outcomes')) processors.set('outcomes', outcomes(topics, decisionsFor('outcomes')));
  const links = chained.flatMap((name) => processors.get(name) ?? []);
  if (links.length < chained.length) return [...processors.values()];
  for (const name of chained) processors.delete(name);
  return [...processors.values(), chain(links)];
}

async function otherWorkers(
  options: PipelineOptions,
  topics: Topics,
  runtime: Runtime,
  scheme: VerifiedSignatures,
): Promise<WorkerSpec[]> {
  const { pipelines, validators: voting } = options;
  const workers: WorkerSpec[] = [];
  if (pipelines.has('consensus') && voting !== null && voting.signers.size > 0)
    workers.push(validators({ runtime, topics, scheme, ...voting }));
  const kept = Object.values(topics).filter(
    (topic): topic is Exclude<typeof topic, Topics['orders']> => 'table' in topic,
  );
  for (const [name, start, sink] of [
    ['history', history, options.history],
    ['graph', graph, options.graph],
  ] as const) {
    if (!pipelines.has(name)) continue;
    const { refuseOf } = new GenuineDecisions(topics, needed(name, 'validators', voting).agreement, scheme);
    const writer = await runtime.log.writer();
    workers.push(start({ runtime, sink: needed(name, 'a database', sink), topics: kept, writer, refuse: refuseOf }));
  }
  return workers;
}

function needed<T>(pipeline: PipelineName, what: string, value: T | null): T {
  if (value === null) throw new Error(`the ${pipeline} pipeline needs ${what}`);
  return value;
}
