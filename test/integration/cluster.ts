/** A Kafka cluster of three brokers as processes of the test's own, each of which may be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { runCommand } from '../../infra/stack/command.ts';
import { findJava } from '../../infra/stack/java.ts';
import { kafkaLibraries } from '../../infra/stack/kafka.ts';
import { HOST, takePort } from '../../infra/stack/ports.ts';
import { until } from '../streams/wire.ts';

const nodes = [1, 2, 3] as const;

export interface Cluster {
  readonly brokers: readonly string[];
  readonly nodes: readonly number[];
  /** By SIGKILL. */
  kill(node: number): Promise<void>;
  start(node: number): void;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'aura-cluster-'));
  const java = await findJava(17, 25);
  const classes = ['-cp', join(await kafkaLibraries(), '*')];
  const ports = new Map<number, { readonly broker: number; readonly controller: number }>();
  for (const node of nodes)
    ports.set(node, { broker: await takePort(undefined, undefined), controller: await takePort(undefined, undefined) });
  const portsOf = (node: number) => {
    const found = ports.get(node);
    if (found === undefined) throw new RangeError(`no node ${node}`);
    return found;
  };
  const brokers = nodes.map((node) => `${HOST}:${portsOf(node).broker}`);
  const fileOf = (node: number) => join(folder, `${node}.properties`);
  const clusterId = randomBytes(16).toString('base64url');
  for (const node of nodes) {
    const { broker, controller } = portsOf(node);
    await writeFile(
      fileOf(node),
      `process.roles=broker,controller
node.id=${node}
controller.quorum.voters=${nodes.map((one) => `${one}@${HOST}:${portsOf(one).controller}`).join(',')}
listeners=PLAINTEXT://${HOST}:${broker},CONTROLLER://${HOST}:${controller}
advertised.listeners=PLAINTEXT://${HOST}:${broker}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, String(node))}
offsets.topic.replication.factor=3
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
transaction.state.log.num.partitions=4
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`,
    );
    await runCommand(java, [
      ...['-XX:TieredStopAtLevel=1', ...classes, 'kafka.tools.StorageTool', 'format'],
      ...[`--cluster-id=${clusterId}`, '--config', fileOf(node)],
    ]);
  }

  const running = new Map<number, ChildProcess>();
  const start = (node: number): void => {
    const args = ['-Xmx400m', '-XX:+UseSerialGC', ...classes, 'kafka.Kafka', fileOf(node)];
    running.set(node, spawn(java, args, { cwd: folder, stdio: 'ignore' }));
  };
  const kill = async (node: number): Promise<void> => {
    const broker = running.get(node);
    if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  };
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map(kill));
    await rm(folder, { recursive: true, force: true });
  };
  for (const node of nodes) start(node);
  try {
    const isThere = async (): Promise<boolean> => {
      const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
      try {
        await admin.connect();
        return (await admin.describeCluster()).brokers.length === nodes.length;
      } catch {
        return false; // asked again
      } finally {
        await admin.disconnect();
      }
    };
    await until('three brokers are there', isThere, 90_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers, nodes, kill, start, stop };
}
