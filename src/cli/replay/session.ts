/** A pipeline of a replay's own: on an embedded log and database, or on topics of its own in the configured cluster. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import { createParameters } from '../../consensus/hotstuff/parameters.ts';
import { generateKeyPair } from '../../consensus/keys.ts';
import { ed25519Signer } from '../../consensus/signature.ts';
import { createValidatorSet } from '../../consensus/validator-set.ts';
import { clientConfig, defaultLimits } from '../../sinks/postgres/connection.ts';
import { startEmbeddedPostgres } from '../../sinks/postgres/embedded.ts';
import { migrate } from '../../sinks/postgres/migrate.ts';
import { openPostgresSink } from '../../sinks/postgres/postgres-sink.ts';
import type { Sink } from '../../sinks/sink.ts';
import { KafkaLog } from '../../streams/kafka/kafka-log.ts';
import type { Log, Position } from '../../streams/log.ts';
import { MemoryLog } from '../../streams/memory/memory-log.ts';
import { readAll } from '../../streams/read-all.ts';
import type { Observer } from '../../streams/runtime.ts';
import { ConfluentRegistry } from '../../streams/schema/confluent-registry.ts';
import { MemoryRegistry } from '../../streams/schema/memory-registry.ts';
import type { SchemaRegistry } from '../../streams/schema/registry.ts';
import { type RunningPipelines, startPipelines } from '../assembly.ts';
import { Closers } from '../closers.ts';
import type { Config } from '../config/config.ts';
import { kafkaOptions, registryOptions } from '../config/kafka.ts';
import type { Engine } from '../engine.ts';
import { messageOf } from '../errors.ts';
import { type DecisionKey, stalled } from './watch.ts';

export interface Session {
  readonly log: Log;
  readonly pipelines: RunningPipelines;
  /** What counts as a decision of this replay's validators. */
  readonly genuine: GenuineDecisions;
  /** Tasks that failed and have not come back, and why. */
  trouble(): readonly string[];
  /** Waits until the history holds all that the topics hold, then counts which of these decisions it has, written by this replay or by an earlier one of the same data. */
  storedDecisions(decisions: readonly DecisionKey[]): Promise<number>;
  close(): Promise<void>;
}

/** Where the log is. */
export type LogChoice =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'kafka';
      readonly config: Config;
      report(level: 'debug' | 'info' | 'warn' | 'error', message: string, details: object): void;
    };

/** Time the history may stand still before it counts as failed: longer than it waits for its database. */
const quietMs = 90_000;
const askEveryMs = 50;
/** Event time comes from the recording alone: no key is to be woken because the wall clock went on. */
const neverMs = Number.MAX_SAFE_INTEGER / 2;
const validatorIds = ['validator-1', 'validator-2', 'validator-3', 'validator-4'];

/** Starts all pipelines but the graph. `failed` is called where one of them cannot go on. */
export async function openSession(choice: LogChoice, engine: Engine, failed: (error: Error) => void): Promise<Session> {
  const closers = new Closers();
  let closing = false;
  const close = async (): Promise<void> => {
    closing = true;
    await closers.close();
  };
  try {
    const name = `replay-${randomUUID().slice(0, 8)}`;
    const { log, registry, partitions } = await openLog(choice, name);
    closers.add(() => log.close());

    const configured = choice.kind === 'kafka' ? choice.config['postgres.url'] : undefined;
    let url = configured ?? '';
    if (configured === undefined) {
      const embedded = await closers.open(startEmbeddedPostgres());
      url = embedded.url;
      void embedded.failed.then((error) => {
        if (!closing) failed(error);
      });
    }
    await migrate(url);
    const history = await closers.open(openPostgresSink({ url, logId: name }));

    const failures = new Map<string, unknown>();
    const observer: Observer = {
      taskState: (processor, partition, state, error) => {
        if (state === 'failed') failures.set(`${processor}/${partition}`, error);
        else if (state === 'running') failures.delete(`${processor}/${partition}`);
      },
    };
    const keys = new Map(validatorIds.map((id) => [id, generateKeyPair()]));
    const members = [...keys].map(([id, { publicKey }]) => ({ id, publicKey }));
    const agreement = { cluster: name, set: createValidatorSet(members), parameters: createParameters(), partitions };
    const pipelines = await closers.open(
      startPipelines({
        log,
        registry,
        partitions,
        pipelines: new Set(['intake', 'snapshots', 'assessment', 'planning', 'consensus', 'outcomes', 'history']),
        engine,
        validators: {
          agreement,
          signers: new Map([...keys].map(([id, pair]) => [id, ed25519Signer(pair)])),
        },
        history,
        graph: null,
        observer,
        limits: { idleMarginMs: neverMs },
        failed,
      }),
    );
    return {
      log,
      pipelines,
      genuine: new GenuineDecisions(pipelines.topics, agreement, pipelines.scheme),
      trouble: () => [...failures].map(([task, error]) => `${task}: ${messageOf(error)}`),
      storedDecisions: async (decisions) => {
        await caughtUp(log, history);
        return await countStored(url, decisions);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface OpenedLog {
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly partitions: number;
}

/** On a cluster the replay has topics of its own, so that no earlier replay's state makes its records late. They stay until their retention is over. */
async function openLog(choice: LogChoice, name: string): Promise<OpenedLog> {
  if (choice.kind === 'memory')
    return { log: new MemoryLog({ now: () => Date.now() }), registry: new MemoryRegistry(), partitions: 1 };
  const { config, report } = choice;
  const options = await kafkaOptions(config, report);
  return {
    log: new KafkaLog({ ...options, prefix: `${options.prefix}${name}.` }),
    registry: new ConfluentRegistry(registryOptions(config)),
    partitions: config.partitions,
  };
}

async function caughtUp(log: Log, history: Sink): Promise<void> {
  let behind = -1;
  let sinceMs = performance.now();
  for (;;) {
    const open = await unread(log, history);
    const left = open.reduce((sum, { offset, end }) => sum + end - offset, 0);
    if (left === 0) return;
    if (left !== behind) {
      behind = left;
      sinceMs = performance.now();
    } else if ((await countRecords(log, open)) === 0) return;
    else if (performance.now() - sinceMs > quietMs) throw stalled(`the history was ${left} records behind`, quietMs);
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

/** Where the database stands in the topics, where that is not at their ends. */
async function unread(log: Log, history: Sink): Promise<readonly (Position & { readonly end: number })[]> {
  const bounds = await Promise.all(
    history.topics.map(async (topic) => (await log.bounds(topic)).map((bound) => ({ topic, ...bound }))),
  );
  const wanted = bounds.flat().filter(({ low, high }) => high > low);
  const stored = await history.positions(wanted);
  return wanted
    .map(({ topic, partition, low, high }, i) => ({
      topic,
      partition,
      offset: stored[i].nextOffset ?? low,
      end: high,
    }))
    .filter(({ offset, end }) => offset < end);
}

/** On Kafka the end of a transaction takes an offset too, so that there may be none where the topic has not ended. */
async function countRecords(log: Log, positions: readonly Position[]): Promise<number> {
  let count = 0;
  for (const { topic, partition, offset } of positions)
    count += await readAll(log, { topic, partition }, quietMs, () => undefined, offset);
  return count;
}

async function countStored(url: string, decisions: readonly DecisionKey[]): Promise<number> {
  const client = new pg.Client(clientConfig(url, defaultLimits));
  await client.connect();
  try {
    const { rows } = await client.query<{ decisions: number }>(
      `select count(*)::int as decisions from aura.decisions
         join unnest($1::text[], $2::timestamptz[]) as wanted (id, at) on proposal_id = wanted.id and decided_at = wanted.at`,
      [decisions.map(({ proposalId }) => proposalId), decisions.map(({ decidedMs }) => new Date(decidedMs))],
    );
    return rows[0].decisions;
  } finally {
    await client.end();
  }
}
