/**
 * A process that runs some of the pipelines until it is killed. Its one argument is JSON: brokers, prefix, partitions, pipelines, the seeds of all
 * validators' keys by id, the ids hosted here, and the Postgres URL. Prints a line once its workers have joined.
 */

import { type PipelineName, startPipelines } from '../../../src/cli/assembly.ts';
import { loadEngine } from '../../../src/cli/engine.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import { ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { openPostgresSink } from '../../../src/sinks/postgres/postgres-sink.ts';
import { KafkaLog } from '../../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';

export interface WorkerArguments {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly partitions: number;
  readonly pipelines: readonly PipelineName[];
  /** Hex seeds of the validators' keys, by id. */
  readonly validators: Readonly<Record<string, string>>;
  readonly hosted: readonly string[];
  readonly postgresUrl: string;
}

const given = JSON.parse(process.argv[2]) as WorkerArguments;
const keys = new Map(
  Object.entries(given.validators).map(([id, seed]) => [id, keyPairFromSeed(Buffer.from(seed, 'hex'))]),
);
const set = createValidatorSet([...keys].map(([id, { publicKey }]) => ({ id, publicKey })));
const agreement = {
  cluster: given.prefix,
  set,
  parameters: createParameters({ timeoutMs: 300, checkpointEvery: 8 }),
  partitions: given.partitions,
};
const signers = new Map(
  [...keys].filter(([id]) => given.hosted.includes(id)).map(([id, pair]) => [id, ed25519Signer(pair)]),
);
const pipelines = new Set(given.pipelines);
const die = (error: Error): void => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
};
const log = new KafkaLog({
  ...defaultKafkaOptions,
  brokers: given.brokers,
  prefix: given.prefix,
  sessionTimeoutMs: 1_000,
});
await startPipelines({
  log,
  registry: new MemoryRegistry(),
  partitions: given.partitions,
  pipelines,
  engine: pipelines.has('assessment') ? await loadEngine() : null,
  validators: { agreement, signers },
  history: pipelines.has('history') ? await openPostgresSink({ url: given.postgresUrl, logId: await log.id() }) : null,
  graph: null,
  observer: {
    taskState: (processor, partition, state, error) => {
      if (state === 'failed')
        process.stderr.write(
          `${processor}-${partition} starts anew: ${error instanceof Error ? error.message : String(error)}\n`,
        );
    },
  },
  failed: die,
});
process.stdout.write('joined\n');
