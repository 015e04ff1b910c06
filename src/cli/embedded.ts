/** AURA whole in one process: the in-memory log and registry, four validators with fresh keys, the embedded Postgres, every pipeline but the graph. */
import { randomUUID } from 'node:crypto';
import type { Agreement } from '../../pipelines/consensus/agreement.ts';
import { createParameters } from '../consensus/hotstuff/parameters.ts';
import { generateKeyPair } from '../consensus/keys.ts';
import { ed25519Signer } from '../consensus/signature.ts';
import { createValidatorSet } from '../consensus/validator-set.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../sinks/postgres/embedded.ts';
import { migrate } from '../sinks/postgres/migrate.ts';
import { openPostgresSink } from '../sinks/postgres/postgres-sink.ts';
import { MemoryLog } from '../streams/memory/memory-log.ts';
import type { Observer } from '../streams/runtime.ts';
import { MemoryRegistry } from '../streams/schema/memory-registry.ts';
import {
  type PipelineName,
  type PipelineOptions,
  pipelineNames,
  type RunningPipelines,
  startPipelines,
} from './assembly.ts';
import { Closers } from './closers.ts';
import { type Engine, loadEngine } from './engine.ts';
import { CliError, messageOf } from './errors.ts';

export interface EmbeddedOptions {
  /** Port of the embedded Postgres on the loopback interface; 0: any free one. */
  readonly port: number;
  /** Model file; the shipped one unless given. */
  readonly model?: string;
  readonly observer: Observer;
  failed(error: Error): void;
}

export interface Embedded {
  readonly log: MemoryLog;
  readonly running: RunningPipelines;
  readonly engine: Engine;
  readonly agreement: Agreement;
  /** The history takes some seconds longer to start; it then reads the log from its beginning. Rejected when it cannot be had. */
  readonly database: Promise<EmbeddedPostgres>;
  close(): Promise<void>;
}

const partitions = 4;
const validatorCount = 4;
/** Records that a partition keeps for readers: some minutes of a hundred agents, so that an evening's demo stays small. */
const keptRecords = 20_000;
const withoutDatabase: readonly PipelineName[] = pipelineNames.filter((name) => name !== 'graph' && name !== 'history');

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { model, observer, failed } = options;
  const closers = new Closers();
  try {
    const engine = await closers.open(model === undefined ? loadEngine() : loadEngine(model));
    const log = await closers.open(new MemoryLog({ now: Date.now, keptRecords }));
    const keys = Array.from({ length: validatorCount }, (_, i) => [`validator-${i + 1}`, generateKeyPair()] as const);
    const set = createValidatorSet(keys.map(([id, { publicKey }]) => ({ id, publicKey })));
    const agreement = { cluster: 'demo', set, parameters: createParameters(), partitions };
    const shared: PipelineOptions = {
      log,
      registry: new MemoryRegistry(),
      partitions,
      pipelines: new Set(withoutDatabase),
      engine,
      validators: {
        agreement,
        signers: new Map(keys.map(([id, pair]) => [id, ed25519Signer(pair)])),
      },
      history: null,
      graph: null,
      observer,
      failed,
    };
    const running = await closers.open(startPipelines(shared));
    const database = startHistory(options, shared, closers);
    database.catch(failed);
    // What is still opening is opened before it is closed.
    closers.add(() => database.catch(() => undefined));
    return { log, running, engine, agreement, database, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function startHistory(
  { port, failed }: EmbeddedOptions,
  shared: PipelineOptions,
  closers: Closers,
): Promise<EmbeddedPostgres> {
  const database = await closers.open(startDatabase(port));
  void database.failed.then(failed);
  await migrate(database.url);
  // The log's offsets begin again with each process, so each log has a name of its own in the database.
  const history = await closers.open(openPostgresSink({ url: database.url, logId: `memory-${randomUUID()}` }));
  await closers.open(startPipelines({ ...shared, pipelines: new Set(['history']), history }));
  return database;
}

async function startDatabase(port: number): Promise<EmbeddedPostgres> {
  try {
    return await startEmbeddedPostgres({ port });
  } catch (cause) {
    const next = port === 0 ? '' : 'choose another --port, or leave it out: then any free one is taken';
    throw new CliError('history-not-started', messageOf(cause), next, { cause });
  }
}
