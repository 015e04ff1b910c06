import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel, type RetryOptions } from 'kafkajs';
import { cached, exists } from './cache.ts';
import { runCommand } from './command.ts';
import { classArchiveOptions, findJava } from './java.ts';
import { copyJars } from './maven.ts';
import { HOST } from './ports.ts';
import type { Home, Service } from './service.ts';

// 4.3.1 runs on Java 17. 4.4.0 was tried: it needs an artifact (kafka-tools-api 4.4.0) that is not published.
const KAFKA = '4.3.1';
const LOG4J = '2.25.4';

const ARTIFACTS = [
  { group: 'org.apache.kafka', name: 'kafka_2.13', version: KAFKA },
  { group: 'org.apache.kafka', name: 'kafka-server', version: KAFKA },
  { group: 'org.apache.logging.log4j', name: 'log4j-core', version: LOG4J },
  { group: 'org.apache.logging.log4j', name: 'log4j-slf4j-impl', version: LOG4J },
];

/** Name of its folder in the cache, and of its class archive. */
const PROGRAM = `kafka-${KAFKA}`;

const LOAD_TIMEOUT_MS = 30_000;

type Port = 'broker' | 'controller';

/**
 * One node that is broker and controller. The voters are static, so that the controller's port may change between two
 * starts on the same data.
 */
function serverProperties({ folder, ports }: Home<Port>): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${HOST}:${ports.controller}
listeners=PLAINTEXT://${HOST}:${ports.broker},CONTROLLER://${HOST}:${ports.controller}
advertised.listeners=PLAINTEXT://${HOST}:${ports.broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}

# One node: nothing can be replicated.
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1

# Few internal partitions: quick to create on the first use and to load after a kill.
offsets.topic.num.partitions=8
transaction.state.log.num.partitions=8
share.coordinator.state.topic.num.partitions=4

auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A broker that was killed is let in again only when the session of its former self has run out (9 s by default).
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Consumers in tests die by kill -9 and must be missed soon.
group.min.session.timeout.ms=1000
`;
}

const LOG4J_PROPERTIES = `rootLogger.level=info
rootLogger.appenderRef.console.ref=console
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %c{1} %m%n
`;

function clientOf(ports: Home<Port>['ports'], retry: RetryOptions): Kafka {
  return new Kafka({
    brokers: [`${HOST}:${ports.broker}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry,
  });
}

async function withAdmin(
  ports: Home<Port>['ports'],
  retry: RetryOptions,
  use: (admin: Admin) => Promise<void>,
): Promise<void> {
  const admin = clientOf(ports, retry).admin();
  try {
    await admin.connect();
    await use(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Waits while a coordinator is being elected or still loads its topic: kafkajs does not repeat all of these itself. */
async function loaded(ask: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + LOAD_TIMEOUT_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      const mayPass = error instanceof Error && 'retriable' in error && error.retriable === true;
      if (!mayPass || performance.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/** The folder of Kafka's jars, clients included; downloaded where they are not in the cache yet. */
export function kafkaLibraries(): Promise<string> {
  return cached(PROGRAM, (folder) => copyJars(ARTIFACTS, folder));
}

/** A Kafka cluster of one node, from the artifacts on Maven Central. Nothing is replicated and nothing is encrypted. */
export const kafka: Service<'kafka', Port> = {
  name: 'kafka',
  version: KAFKA,
  archive: PROGRAM,
  ports: { broker: 9092, controller: 9093 },

  prepare: async (home) => {
    const java = await findJava(17, 25);
    const libraries = await kafkaLibraries();
    const properties = join(home.folder, 'server.properties');
    const logging = join(home.folder, 'log4j2.properties');
    await writeFile(properties, serverProperties(home));
    await writeFile(logging, LOG4J_PROPERTIES);
    const jvm = [`-Dlog4j2.configurationFile=${logging}`, '-cp', join(libraries, '*')];
    if (!(await exists(join(home.folder, 'data', 'meta.properties')))) {
      const clusterId = randomBytes(16).toString('base64url');
      const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', properties];
      await runCommand(java, ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...jvm, ...format]);
    }
    const heap = ['-Xms256m', '-Xmx512m', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-Djava.awt.headless=true'];
    return {
      file: java,
      args: [...heap, ...(await classArchiveOptions(PROGRAM)), ...jvm, 'kafka.Kafka', properties],
      cwd: home.folder,
      env: process.env,
    };
  },

  check: async ({ ports }) => {
    await withAdmin(ports, { retries: 0 }, async (admin) => {
      const { brokers } = await admin.describeCluster();
      // The controller takes a broker into its metadata only when it has recovered its log.
      if (brokers.length !== 1) throw new Error(`the cluster has ${brokers.length} brokers, not 1`);
    });
  },

  // The first group and the first transaction create topics whose loading takes seconds, in which kafkajs gives up:
  // have them loaded before anybody comes.
  finish: async ({ ports }) => {
    const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 60 };
    await withAdmin(ports, retry, async (admin) => {
      await loaded(() => admin.fetchOffsets({ groupId: 'aura-stack' }));
      await loaded(() => admin.listGroups());
    });
    const producer = clientOf(ports, retry).producer({ transactionalId: 'aura-stack' });
    await loaded(() => producer.connect());
    await producer.disconnect();
  },

  address: ({ ports }) => ({ brokers: [`${HOST}:${ports.broker}`] }),
  readyTimeoutMs: 120_000,
  stopSignal: 'SIGTERM',
  stopGraceMs: 15_000,
};
