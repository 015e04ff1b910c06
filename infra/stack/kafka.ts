import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, Kafka, logLevel, type RetryOptions } from 'kafkajs';
import { cached, exists } from './cache.ts';
import { certificatesIn, makeCertificates } from './certificates.ts';
import { runCommand } from './command.ts';
import { StackError } from './errors.ts';
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

/**
 * On a few cores the concurrent collectors take the time of those who wait: with G1 a transaction in 25 took more than 40 ms. A pause grows with what was
 * changed since the last one, so the young generation is small: at twenty transactions a second about 10 ms every 3 s, where 384 MiB and one thread took
 * 100 to 200 ms every 40 s, which is a decision in a hundred.
 */
const COLLECTOR = [
  ...['-XX:+UseParallelGC', '-Xmn32m', '-XX:-UseAdaptiveSizePolicy'],
  ...['-XX:MaxTenuringThreshold=2', '-XX:MetaspaceSize=128m'],
];
const LOAD_TIMEOUT_MS = 30_000;

type Port = 'broker' | 'controller' | 'sasl' | 'mutual';

/**
 * One node that is broker and controller. The voters are static, so that the controller's port may change between two
 * starts on the same data. Files are named from the server's folder, in which it runs: Java takes the bytes of this file
 * for Latin-1, and a comma for the end of a path.
 */
function serverProperties({ ports, secure }: Home<Port>): string {
  const open = [
    `PLAINTEXT://${HOST}:${ports.broker}`,
    ...(secure ? [`SASL_SSL://${HOST}:${ports.sasl}`, `MUTUAL://${HOST}:${ports.mutual}`] : []),
  ].join(',');
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${HOST}:${ports.controller}
listeners=${open},CONTROLLER://${HOST}:${ports.controller}
advertised.listeners=${open}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=data

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

# Asks the coordinator once more before the first write of each transaction, against writes that arrive after their transaction has ended. AURA's
# writers await every write before they end one, and never write on after an error: it is a round trip saved.
transaction.partition.verification.enable=false

# It shares a few cores with everything else: with eight threads a request is handed from one that sleeps to another that sleeps.
num.network.threads=1
num.io.threads=2
background.threads=2
# For the cleaner's table of keys the broker otherwise takes 128 MiB at its start, which its first collections copy: 0.2 s each.
log.cleaner.dedupe.buffer.size=16777216

# A group that is away for longer, seven days by default, loses its positions, and would take what is kept once more.
offsets.retention.minutes=2147483647

auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# A broker that was killed is let in again only when the session of its former self has run out (9 s by default).
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# Consumers in tests die by kill -9 and must be missed soon.
group.min.session.timeout.ms=1000
${secure ? secureProperties() : ''}`;
}

/** Who may log in. The stack is for the loopback interface: the password is no secret. */
const USER = 'aura';
const PASSWORD = 'aura-local';

const MODULES = 'org.apache.kafka.common.security';

function secureProperties(): string {
  const { server, authority } = certificatesIn(certificatesFolder(''));
  return `
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL
ssl.keystore.type=PEM
ssl.keystore.location=${server}
ssl.truststore.type=PEM
ssl.truststore.location=${authority}
listener.name.mutual.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=${MODULES}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=${MODULES}.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=${MODULES}.scram.ScramLoginModule required;
# Everybody may do everything until somebody says otherwise by access control lists; whoever comes without a login, as the broker itself does, in any case.
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS
`;
}

function certificatesFolder(folder: string): string {
  return join(folder, 'certificates');
}

/** SCRAM users are part of what a cluster is formatted with. */
function scramUsers(): readonly string[] {
  const mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
  return mechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${USER},password=${PASSWORD}]`]);
}

/** For commands of a moment: what starts quickly. */
const SHORT_LIVED = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

async function programOptions(folder: string): Promise<readonly string[]> {
  const logging = `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`;
  return [logging, '-cp', join(await kafkaLibraries(), '*')];
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

/** A Kafka cluster of one node, from the artifacts on Maven Central. Nothing is replicated; encrypted are only the listeners that it has where it is to be secure. */
export const kafka: Service<'kafka', Port> = {
  name: 'kafka',
  version: KAFKA,
  archive: PROGRAM,
  ports: { broker: 9092, controller: 9093, sasl: 9094, mutual: 9095 },
  canBeSecure: true,

  prepare: async (home) => {
    const java = await findJava(17, 25);
    const formatted = await exists(join(home.folder, 'data', 'meta.properties'));
    if (home.secure) {
      const certificates = certificatesFolder(home.folder);
      if (formatted && !(await exists(certificates)))
        throw new StackError(
          'NOT_SECURE',
          `the data in ${home.folder} were made without logins; choose another folder, or remove this one with what it holds`,
        );
      await makeCertificates(certificates);
    }
    const properties = join(home.folder, 'server.properties');
    await writeFile(properties, serverProperties(home));
    await writeFile(join(home.folder, 'log4j2.properties'), LOG4J_PROPERTIES);
    const jvm = await programOptions(home.folder);
    if (!formatted) {
      const clusterId = randomBytes(16).toString('base64url');
      const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', properties];
      const args = [...SHORT_LIVED, ...jvm, ...format, ...(home.secure ? scramUsers() : [])];
      await runCommand(java, args, { cwd: home.folder });
    }
    const heap = ['-Xms1g', '-Xmx1g', ...COLLECTOR, '-Djava.awt.headless=true'];
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

  address: ({ folder, ports, secure }) => {
    const brokers = [`${HOST}:${ports.broker}`];
    if (!secure) return { brokers };
    const { authority: ca, clientCertificate, clientKey } = certificatesIn(certificatesFolder(folder));
    const files = { ca, clientCertificate, clientKey };
    const listeners = { brokers: [`${HOST}:${ports.sasl}`], mutual: [`${HOST}:${ports.mutual}`] };
    return { brokers, secure: { ...listeners, username: USER, password: PASSWORD, ...files } };
  },
  readyTimeoutMs: 120_000,
  stopSignal: 'SIGTERM',
  stopGraceMs: 15_000,
};
