/**
 * HotStuff with 4 validators over a real broker, one proposal at a time: beside what its hops and the signatures alone would take, the
 * hop measured in turns with it.
 *
 * The hops: the proposal, the block, the PREPARE votes, the COMMIT votes; of validators hosted together the block and the PREPARE votes go as one. Each is a
 * write with acks=all and a read by everyone.
 */
import { randomBytes } from 'node:crypto';
import { OrderedWrites } from '../../../pipelines/consensus/ordered-writes.ts';
import { schema } from '../../../pipelines/topics.ts';
import type { ConsensusMessage } from '../../../schemas/records.ts';
import { sha256 } from '../../../src/consensus/encoding.ts';
import { PROTOCOL } from '../../../src/consensus/hotstuff/electorate.ts';
import { createParameters } from '../../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../../src/consensus/hotstuff/replica.ts';
import { createInstance } from '../../../src/consensus/instance.ts';
import { keyPairFromSeed } from '../../../src/consensus/keys.ts';
import type { Message } from '../../../src/consensus/message.ts';
import type { Effect, Event } from '../../../src/consensus/protocol.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../../src/consensus/signature.ts';
import { createValidatorSet } from '../../../src/consensus/validator-set.ts';
import { fromWire, toWire } from '../../../src/consensus/wire.ts';
import { KafkaLog } from '../../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../../src/streams/kafka/options.ts';
import type { Consumer, LogRecord, OutRecord } from '../../../src/streams/log.ts';
import { AvroCodec } from '../../../src/streams/schema/codec.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { withServers } from '../broker.ts';
import { quantile, rounded } from '../machine.ts';

const N = 4;
const HOPS = { hosted: 3, apart: 4 } as const;
const WARM_UP = 50;
const PROPOSALS = 'proposals';
const CONSENSUS = 'consensus';
const HOP = 'hop';

/**
 * hosted: all validators behind one consumer, one writer and one memory of verified signatures, as the consensus pipeline runs them;
 * apart: each with its own of all three, as if in processes of their own, though on one thread here.
 */
export type Layout = 'hosted' | 'apart';

export interface KafkaFigures {
  readonly layout: Layout;
  readonly rounds: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly hop: { readonly p50Ms: number | null; readonly p99Ms: number | null };
  readonly hops: number;
  /** Made and verified for one decision, by all four together. */
  readonly signaturesPerDecision: { readonly made: number | null; readonly verified: number | null };
  readonly signaturesMs: number | null;
  /** hops x one hop's p99, and the signatures. */
  readonly budgetP99Ms: number | null;
  readonly p99OverBudget: number | null;
}

export async function overKafka(rounds: number): Promise<KafkaFigures[]> {
  return await withServers({ postgres: false }, async ({ brokers }) => {
    const figures: KafkaFigures[] = [];
    for (const layout of ['hosted', 'apart'] as const) figures.push(await measure(brokers, layout, rounds));
    return figures;
  });
}

interface Counts {
  made: number;
  verified: number;
}

async function measure(brokers: readonly string[], layout: Layout, rounds: number): Promise<KafkaFigures> {
  const prefix = `consensus-${layout}-${Date.now()}.`;
  const open = (): KafkaLog => new KafkaLog({ ...defaultKafkaOptions, brokers, prefix });
  const log = open();
  await log.createTopics([PROPOSALS, CONSENSUS, HOP].map((name) => ({ name, partitions: 1, compacted: false })));
  const registry = new MemoryRegistry();
  const codec = await AvroCodec.register<ConsensusMessage>('aura.consensus', schema('consensus-message'), registry);
  const counts: Counts = { made: 0, verified: 0 };
  const decided = new Array<number>(N).fill(0);
  let wake = (): void => undefined;
  const groups = layout === 'hosted' ? [[0, 1, 2, 3]] : [[0], [1], [2], [3]];
  const hosts = groups.map((indexes) => {
    const replicas = createReplicas(indexes, counts);
    return new Host(open(), codec, replicas, (place) => {
      decided[indexes[place]]++;
      wake();
    });
  });
  await Promise.all(hosts.map((host) => host.start()));
  const writer = await log.writer();
  let hopArrived = (): void => undefined;
  // As many as read a validator's words.
  const hopReaders = await Promise.all(
    hosts.map(() =>
      log.consume({
        kind: 'positions',
        positions: [{ topic: HOP, partition: 0, offset: 0 }],
        records: (_from, records) => {
          if (records.length > 0) hopArrived();
        },
        failed,
      }),
    ),
  );
  const decide = async (round: number): Promise<void> => {
    const all = new Promise<void>((resolve) => {
      wake = () => {
        if (Math.min(...decided) > round) resolve();
      };
    });
    await Promise.all([writer.write([record(PROPOSALS, Buffer.from(`${round} ${'.'.repeat(250)}`))]), all]);
  };
  const hop = async (): Promise<void> => {
    const arrived = new Promise<void>((resolve) => {
      let left = hopReaders.length;
      hopArrived = () => {
        if (--left === 0) resolve();
      };
    });
    await Promise.all([writer.write([record(HOP, Buffer.alloc(256))]), arrived]);
  };

  const decisions: number[] = [];
  const hops: number[] = [];
  let before = { ...counts };
  for (let round = 0; round < WARM_UP + rounds; round++) {
    if (round === WARM_UP) before = { ...counts };
    const decisionMs = await timed(() => decide(round));
    const hopMs = await timed(hop);
    if (round < WARM_UP) continue;
    decisions.push(decisionMs);
    hops.push(hopMs);
  }
  const made = (counts.made - before.made) / rounds;
  const verified = (counts.verified - before.verified) / rounds;
  for (const reader of hopReaders) await reader.close();
  await writer.close();
  for (const host of hosts) await host.close();
  await log.close();

  const unit = signatureUnits();
  const signaturesMs = made * unit.signMs + verified * unit.verifyMs;
  const hopP99Ms = quantile(hops, 0.99);
  const p99Ms = quantile(decisions, 0.99);
  const budgetMs = HOPS[layout] * (hopP99Ms ?? Number.NaN) + signaturesMs;
  return {
    layout,
    rounds,
    p50Ms: rounded(quantile(decisions, 0.5)),
    p99Ms: rounded(p99Ms),
    hop: { p50Ms: rounded(quantile(hops, 0.5)), p99Ms: rounded(hopP99Ms) },
    hops: HOPS[layout],
    signaturesPerDecision: { made: rounded(made, 1), verified: rounded(verified, 1) },
    signaturesMs: rounded(signaturesMs),
    budgetP99Ms: rounded(budgetMs),
    p99OverBudget: rounded((p99Ms ?? Number.NaN) / budgetMs),
  };
}

function createReplicas(indexes: readonly number[], counts: Counts): HotStuffReplica[] {
  const pairs = Array.from({ length: N }, (_, i) => keyPairFromSeed(new Uint8Array(32).fill(i + 1)));
  const set = createValidatorSet(pairs.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey })));
  const instance = createInstance(PROTOCOL, 'bench/aura.proposals/0', set);
  const ed = ed25519();
  const scheme = new VerifiedSignatures({
    verify: (...given) => {
      counts.verified++;
      return ed.verify(...given);
    },
  });
  return indexes.map((index) => {
    const inner = ed25519Signer(pairs[index]);
    const signer = scheme.signer({
      publicKey: inner.publicKey,
      sign: (message) => {
        counts.made++;
        return inner.sign(message);
      },
    });
    const parameters = createParameters({ timeoutMs: 5000 });
    return new HotStuffReplica({ instance, validator: `v${index}`, signer, scheme, parameters, logStart: 0 });
  });
}

/** Reads both topics, steps its replicas, and appends what they say, as `pipelines/consensus/validator-task.ts` does. */
class Host {
  readonly #log: KafkaLog;
  readonly #codec: AvroCodec<ConsensusMessage>;
  readonly #replicas: readonly HotStuffReplica[];
  readonly #onDecided: (place: number) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #writes: OrderedWrites | null = null;
  #consumer: Consumer | null = null;
  #inactive: number;
  #active: () => void = () => undefined;

  constructor(
    log: KafkaLog,
    codec: AvroCodec<ConsensusMessage>,
    replicas: readonly HotStuffReplica[],
    onDecided: (place: number) => void,
  ) {
    this.#log = log;
    this.#codec = codec;
    this.#replicas = replicas;
    this.#onDecided = onDecided;
    this.#inactive = replicas.length;
  }

  async start(): Promise<void> {
    const active = new Promise<void>((resolve) => {
      this.#active = resolve;
    });
    this.#writes = await OrderedWrites.open(this.#log, CONSENSUS, failed);
    this.#consumer = await this.#log.consume({
      kind: 'positions',
      positions: [PROPOSALS, CONSENSUS].map((topic) => ({ topic, partition: 0, offset: 0 })),
      records: (_from, records) => {
        for (const one of records) this.#take(one);
        this.#writes?.flush();
      },
      failed,
    });
    this.#all(() => ({ type: 'start', nonce: randomBytes(16) }));
    this.#writes.flush();
    await active;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#consumer?.close();
    await this.#writes?.close();
    await this.#log.close();
  }

  #take({ topic, offset, value }: LogRecord): void {
    if (value === null) return;
    const event = topic === PROPOSALS ? offered(offset, value) : this.#message(offset, value);
    if (topic === CONSENSUS) this.#writes?.readBack(value);
    if (event !== null) this.#all(() => event);
  }

  #message(position: number, value: Uint8Array): Event | null {
    const message = fromWire(this.#codec.decode(value));
    return message === null ? null : { type: 'message', position, message };
  }

  #all(event: () => Event): void {
    const steps = this.#replicas.map((replica) => replica.step(event()));
    for (const [place, effects] of steps.entries()) for (const effect of effects) this.#carryOut(place, effect);
  }

  #step(place: number, event: Event): void {
    for (const effect of this.#replicas[place].step(event)) this.#carryOut(place, effect);
  }

  #say(place: number, message: Message): void {
    this.#writes?.add(record(CONSENSUS, this.#codec.encode(toWire(message))));
    if (message.body.type !== 'proposal') return;
    for (const other of this.#replicas.keys()) if (other !== place) this.#step(other, { type: 'overheard', message });
  }

  #carryOut(place: number, effect: Effect): void {
    if (effect.type === 'send') this.#say(place, effect.message);
    else if (effect.type === 'committed') this.#onDecided(place);
    else if (effect.type === 'active' && --this.#inactive === 0) this.#active();
    else if (effect.type === 'clearTimer') clearTimeout(this.#timers.get(`${place} ${effect.timer}`));
    else if (effect.type === 'setTimer') {
      const { timer, view, ms } = effect;
      const fire = (): void => {
        this.#step(place, { type: 'timer', timer, view });
        this.#writes?.flush();
      };
      clearTimeout(this.#timers.get(`${place} ${timer}`));
      this.#timers.set(`${place} ${timer}`, setTimeout(fire, ms));
    }
  }
}

function offered(offset: number, value: Uint8Array): Event {
  const proposal = { offset, digest: sha256(value), decidedMs: 1_700_000_000_000 + offset };
  return { type: 'offered', proposal, check: { verdict: 'approve', dryRun: false } };
}

function record(topic: string, value: Uint8Array): OutRecord {
  return { topic, partition: 0, key: null, value };
}

function failed(error: unknown): never {
  throw error;
}

/** And a moment after it, so that the next begins in quiet. */
async function timed(act: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await act();
  const tookMs = performance.now() - startedMs;
  await new Promise((resolve) => setTimeout(resolve, 3));
  return tookMs;
}

/** What one signature costs on this machine now: medians of 400. */
export function signatureUnits(): { readonly signMs: number; readonly verifyMs: number } {
  const pair = keyPairFromSeed(new Uint8Array(32).fill(9));
  const signer = ed25519Signer(pair);
  const scheme = ed25519();
  const sign: number[] = [];
  const verify: number[] = [];
  for (let i = 0; i < 400; i++) {
    const message = sha256(Buffer.from(String(i)));
    const startedMs = performance.now();
    const signature = signer.sign(message);
    const signedMs = performance.now();
    scheme.verify(pair.publicKey, message, signature);
    sign.push(signedMs - startedMs);
    verify.push(performance.now() - signedMs);
  }
  return { signMs: quantile(sign, 0.5) ?? Number.NaN, verifyMs: quantile(verify, 0.5) ?? Number.NaN };
}
