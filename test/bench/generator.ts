/**
 * Makes heartbeats and interactions of many agents at a steady rate, in a process of its own. Its one argument is JSON (GeneratorOptions). With a broker it
 * writes to Kafka; without one it writes length-prefixed batches to standard output for the in-memory log of its parent. Ends with a line
 * on standard error: what it sent and its CPU share.
 */
import { openTopics } from '../../pipelines/topics.ts';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions } from '../../src/streams/kafka/options.ts';
import type { OutRecord } from '../../src/streams/log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';

export interface GeneratorOptions {
  readonly brokers: readonly string[] | null;
  readonly prefix: string;
  readonly partitions: number;
  /** Agents in fleets of `fleetSize`, one cell each. */
  readonly agents: number;
  readonly fleetSize: number;
  readonly heartbeatsPerSecond: number;
  /** Interactions for each heartbeat. */
  readonly interactions: number;
  readonly seconds: number;
  /** An agent of some fleet is overloaded, this often. 0: never. */
  readonly faultEverySeconds: number;
  /** And for so long. */
  readonly faultSeconds: number;
}

const options = JSON.parse(process.argv[2]) as GeneratorOptions;
const topics = await openTopics(new MemoryRegistry());
const log =
  options.brokers === null
    ? null
    : new KafkaLog({ ...defaultKafkaOptions, brokers: options.brokers, prefix: options.prefix });
const writer = log === null ? null : await log.writer();
const { faultSeconds } = options;
const everyMs = 10;

const startMs = Date.now();
const startCpu = process.cpuUsage();
let heartbeats = 0;
let interactions = 0;
let writing: Promise<void> = Promise.resolve();
let behind = 0;
while (Date.now() - startMs < options.seconds * 1_000) {
  const elapsedMs = Date.now() - startMs;
  const due = Math.floor((elapsedMs * options.heartbeatsPerSecond) / 1_000);
  if (due > heartbeats) {
    const records = batch(due - heartbeats);
    behind = Math.max(behind, due - heartbeats);
    await writing;
    writing = send(records);
  }
  await new Promise((resolve) => setTimeout(resolve, everyMs));
}
await writing;
await writer?.close();
await log?.close();
const { user, system } = process.cpuUsage(startCpu);
const cpuShare = (user + system) / 1_000 / (Date.now() - startMs);
process.stderr.write(`${JSON.stringify({ heartbeats, interactions, cpuShare, largestBatch: behind })}\n`);

function batch(count: number): OutRecord[] {
  const records: OutRecord[] = [];
  const nowMs = Date.now();
  for (let i = 0; i < count; i++) {
    const index = heartbeats++ % options.agents;
    const fleet = Math.floor(index / options.fleetSize);
    const member = index % options.fleetSize;
    const identity = { tenant: 'bench', fleet: `f${fleet}`, agent: `a${member}` };
    const faulty = isFaulty(fleet, member, nowMs);
    const noise = (heartbeats * 2654435761) % 1000;
    records.push({
      topic: topics.heartbeats.name,
      partition: heartbeats % options.partitions,
      key: null,
      value: topics.heartbeats.codec.encode({
        ...identity,
        timeMs: nowMs,
        status: 'UP',
        signals: {
          latencyMs: (faulty ? 900 : 20) + noise / 100,
          trafficPerS: 10 + noise / 500,
          errorRate: faulty ? 0.7 : 0.001,
          saturation: faulty ? 1.4 : 0.3 + noise / 20_000,
        },
        metrics: {},
      }),
    });
    if ((heartbeats * options.interactions) % 1 < options.interactions) {
      const callee = (member * 7 + 1 + (heartbeats % 3)) % options.fleetSize;
      const errors = isFaulty(fleet, callee, nowMs) ? 3 : 0;
      interactions++;
      records.push({
        topic: topics.interactions.name,
        partition: heartbeats % options.partitions,
        key: null,
        value: topics.interactions.codec.encode({
          tenant: identity.tenant,
          fleet: identity.fleet,
          caller: identity.agent,
          callee: `a${callee}`,
          timeMs: nowMs,
          spanMs: 1_000,
          count: 5,
          errors,
          latencyMs: 25,
        }),
      });
    }
  }
  return records;
}

/** Fleets and members take turns. */
function isFaulty(fleet: number, member: number, nowMs: number): boolean {
  if (options.faultEverySeconds <= 0) return false;
  const fleets = Math.ceil(options.agents / options.fleetSize);
  const sinceMs = nowMs - startMs;
  const fault = Math.floor(sinceMs / (options.faultEverySeconds * 1_000));
  for (let k = Math.max(0, fault - Math.ceil(faultSeconds / options.faultEverySeconds)); k <= fault; k++) {
    const fromMs = k * options.faultEverySeconds * 1_000;
    if (
      sinceMs >= fromMs &&
      sinceMs < fromMs + faultSeconds * 1_000 &&
      k % fleets === fleet &&
      (k * 13) % options.fleetSize === member
    )
      return true;
  }
  return false;
}

/** On the pipe: for each batch its length as u32, then by record the topic (0 heartbeats), partition and length as u32, and the value. */
async function send(records: readonly OutRecord[]): Promise<void> {
  if (writer !== null) return writer.write(records);
  const size = records.reduce((sum, { value }) => sum + 12 + (value?.length ?? 0), 0);
  const out = Buffer.allocUnsafe(4 + size);
  let at = out.writeUInt32LE(size, 0);
  for (const { topic, partition, value } of records) {
    at = out.writeUInt32LE(topic === topics.heartbeats.name ? 0 : 1, at);
    at = out.writeUInt32LE(partition, at);
    at = out.writeUInt32LE(value?.length ?? 0, at);
    out.set(value ?? [], at);
    at += value?.length ?? 0;
  }
  if (!process.stdout.write(out)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
