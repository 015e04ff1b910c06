/** Validators and learners on the in-memory log, in as many processes as a test likes, and a stranger who may write to any topic. */
import { onTestFinished } from 'vitest';
import type { Topics } from '../../../pipelines/topics.ts';
import type { Decision } from '../../../schemas/records.ts';
import { openRuntime, type RunningPipelines, startPipelines } from '../../../src/cli/assembly.ts';
import { createParameters, type Parameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import { ed25519Signer } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import type { Topic } from '../../../src/streams/processor.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { until } from '../../streams/wire.ts';

export const ids = ['v1', 'v2', 'v3', 'v4'] as const;
export const pairs = new Map(ids.map((id, i) => [id as string, keyPairFromSeed(Buffer.alloc(32, i + 1))]));
export const members = [...pairs].map(([id, { publicKey }]) => ({ id, publicKey }));

export class House {
  readonly log = new MemoryLog({ now: () => this.nowMs });
  readonly registry = new MemoryRegistry();
  readonly agreement;
  /** Why tasks ended; where all is well, empty. */
  readonly failures: string[] = [];
  readonly deadLetters: string[] = [];
  nowMs = Date.now();
  readonly #running = new Map<string, RunningPipelines>();
  #topics: Topics | null = null;

  private constructor(parameters: Partial<Parameters>, partitions: number) {
    this.agreement = {
      cluster: 'house',
      set: createValidatorSet(members),
      parameters: createParameters({ checkpointEvery: 2, timeoutMs: 200, ...parameters }),
      partitions,
    };
  }

  /** With several partitions, `send` writes to the first of them. */
  static async open(parameters: Partial<Parameters> = {}, partitions = 1): Promise<House> {
    const house = new House(parameters, partitions);
    const { log, registry } = house;
    house.#topics = (await openRuntime({ log, registry, observer: {} })).topics;
    onTestFinished(async () => {
      await house.stop(...house.#running.keys());
      await log.close();
    });
    return house;
  }

  get topics(): Topics {
    if (this.#topics === null) throw new Error('the house is not open');
    return this.#topics;
  }

  /** A process that hosts these validators, by default all, and learns. */
  async start(name = 'all', hosted: readonly string[] = ids): Promise<void> {
    const running = await startPipelines({
      log: this.log,
      registry: this.registry,
      partitions: this.agreement.partitions,
      pipelines: new Set(['consensus']),
      engine: null,
      validators: {
        agreement: this.agreement,
        signers: new Map([...pairs].flatMap(([id, pair]) => (hosted.includes(id) ? [[id, ed25519Signer(pair)]] : []))),
      },
      history: null,
      graph: null,
      observer: {
        taskState: (processor, _partition, state, error) => {
          if (state === 'failed') this.failures.push(`${name} ${processor}: ${String(error)}`);
        },
        deadLetter: (_processor, _partition, code) => this.deadLetters.push(code),
      },
      failed: (error) => this.failures.push(`${name}: ${String(error)}`),
    });
    this.#running.set(name, running);
  }

  async stop(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.#running.get(name)?.close();
      this.#running.delete(name);
    }
  }

  async send<T>(topic: Topic<T>, key: string, ...values: readonly T[]): Promise<void> {
    await this.sendBytes(topic.name, key, ...values.map((value) => topic.codec.encode(value)));
  }

  async sendBytes(topic: string, key: string, ...values: readonly (Uint8Array | null)[]): Promise<void> {
    const writer = await this.log.writer();
    await writer.write(values.map((value) => ({ topic, partition: 0, key: Buffer.from(key), value })));
    await writer.close();
  }

  decisions(): readonly Decision[] {
    const records = this.log.read({ topic: this.topics.decisions.name, partition: 0 });
    return records.map(({ value }) => this.topics.decisions.codec.decode(value ?? Buffer.alloc(0)));
  }

  async decided(proposalId: string, withinMs = 10_000): Promise<Decision> {
    const find = () => this.decisions().find((decision) => decision.proposalId === proposalId);
    await until(`${proposalId} is decided`, () => find() !== undefined, withinMs).catch((cause: unknown) => {
      throw new Error(`failures: ${this.failures.slice(0, 3).join('; ') || 'none'}`, { cause });
    });
    const decision = find();
    if (decision === undefined) throw new Error(`${proposalId} was decided a moment ago`);
    return decision;
  }
}
