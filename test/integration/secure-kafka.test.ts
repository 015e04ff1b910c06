/**
 * A real broker with TLS: a login by SCRAM or PLAIN, or a certificate of the client's own. The essentials of the log contract, the commands as an
 * operator configures them, and what a wrong password or an unknown authority looks like. The broker is a native one of this file's own.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import kafkajs, { type AclOperationTypes, type AclResourceTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { makeCertificates } from '../../infra/stack/certificates.ts';
import { commandWorks } from '../../infra/stack/command.ts';
import { type SecureKafka, type Stack, startStack } from '../../infra/stack/stack.ts';
import { explain } from '../../src/cli/explain.ts';
import { KafkaLog } from '../../src/streams/kafka/kafka-log.ts';
import { defaultKafkaOptions, type KafkaLogOptions } from '../../src/streams/kafka/options.ts';
import { partitionOf } from '../../src/streams/partitioner.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { lastJson, run } from '../cli/fake-io.ts';
import { readAll } from '../streams/log-contract.ts';
import { tally, tallySpecs } from '../streams/tally.ts';
import { makeRuntime, until } from '../streams/wire.ts';

const possible = (await commandWorks('mvn', ['--version'])) && (await commandWorks('openssl', ['version']));
const outSpec = (name: string) => ({ name, partitions: 1, compacted: false });
const registryUrl = inject('registry')?.url ?? null;

type Client = Pick<KafkaLogOptions, 'brokers' | 'tls' | 'sasl'>;

describe.skipIf(!possible)('a broker with TLS', { timeout: 60_000 }, () => {
  let stack: Stack<'kafka'>;
  let secure: SecureKafka;
  let plain: readonly string[];
  let folder: string;
  /** PEM texts, by what they are. */
  let pem: { readonly ca: string; readonly cert: string; readonly key: string };
  let stranger: typeof pem;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-secure-'));
    stack = await startStack({ services: ['kafka'], secure: true });
    if (stack.kafka.secure === undefined) throw new Error('the broker was started without its encrypted listeners');
    secure = stack.kafka.secure;
    plain = stack.kafka.brokers;
    const others = await makeCertificates(join(folder, 'others'));
    pem = await texts(secure.ca, secure.clientCertificate, secure.clientKey);
    stranger = await texts(others.authority, others.clientCertificate, others.clientKey);
  }, 180_000);
  afterAll(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password = secure.password): Client => ({
    brokers: secure.brokers,
    tls: { ca: pem.ca },
    sasl: { mechanism, username: secure.username, password },
  });
  const certified = ({ cert, key }: typeof pem): Client => ({
    brokers: secure.mutual,
    tls: { ca: pem.ca, cert, key },
  });

  test.each([
    ['SCRAM-SHA-512', () => login('scram-sha-512')],
    ['SCRAM-SHA-256', () => login('scram-sha-256')],
    ['PLAIN', () => login('plain')],
    ['a certificate of its own', () => certified(pem)],
  ] as const)(
    'with %s: topics are made, records written, and a processor takes each exactly once',
    async (name, client) => {
      const log = open(client(), { prefix: `${name.replaceAll(/\W/g, '-')}.` });
      await log.createTopics(tallySpecs(2));
      const runtime = await makeRuntime(log);
      const writer = await log.writer();
      const key = Buffer.from('a');
      const partition = partitionOf(key, 2);
      const write = (value: string) =>
        writer.write([{ topic: 'tally.left', partition, key, value: Buffer.from(value), headers: { h: key } }]);
      const sums = async () => (await readAll(log, 'tally.sums', partition)).map(({ value }) => String(value));
      for (const [word, expected] of [
        ['n=1', 'n=1 1 1 1 1'],
        ['n=2', 'n=2 3 2 2 1'],
      ]) {
        // A worker each: the second begins from state and positions that the first committed.
        const worker = await Worker.start(runtime, processorWorker(runtime, tally), (error) => {
          throw error;
        });
        await write(word);
        await until(`${word} is through`, async () => (await sums()).includes(expected));
        await worker.close();
      }
      expect(await sums()).toEqual(['n=1 1 1 1 1', 'n=2 3 2 2 1']);
      await log.close();
    },
  );

  test.concurrent.each([
    [
      'a wrong password by SCRAM',
      () => login('scram-sha-512', 'hunter2'),
      'authentication-failed',
      'AURA_SASL_PASSWORD',
    ],
    ['a wrong password by PLAIN', () => login('plain', 'hunter2'), 'authentication-failed', 'AURA_SASL_PASSWORD'],
    [
      'an authority that is not the brokers’',
      () => ({ ...login('plain', 'hunter2'), tls: { ca: stranger.ca } }),
      'certificate-untrusted',
      'AURA_TLS_CA',
    ],
    ['no authority', () => ({ ...login('plain', 'hunter2'), tls: {} }), 'certificate-untrusted', 'AURA_TLS_CA'],
    ['a certificate that strangers signed', () => certified(stranger), 'certificate-refused', 'AURA_TLS_CERT'],
    [
      'no certificate where one is wanted',
      () => ({ brokers: secure.mutual, tls: { ca: pem.ca } }),
      'certificate-refused',
      'AURA_TLS_CERT',
    ],
    [
      'a key that is not the certificate’s',
      () => certified({ ...pem, key: stranger.key }),
      'certificate-invalid',
      'AURA_TLS_KEY',
    ],
    ['no TLS where the broker speaks it', () => ({ brokers: secure.brokers }), 'connection-closed', 'AURA_TLS_CA'],
    [
      'TLS where the broker does not',
      () => ({ brokers: plain, tls: { ca: pem.ca } }),
      'connection-closed',
      'AURA_BROKERS',
    ],
    [
      'a login where the broker takes none',
      () => ({ ...login('plain', 'hunter2'), brokers: plain, tls: undefined }),
      'authentication-failed',
      'AURA_BROKERS',
    ],
  ] as const)('%s is told by its code, with what to do, and without a secret', async (_name, client, code, advice) => {
    const logged: unknown[] = [];
    const { tls, ...rest } = client() as Client;
    const log = open(tls === undefined ? rest : { ...rest, tls }, { log: (...line) => logged.push(line) });
    const error: unknown = await log.id().catch((thrown: unknown) => thrown);
    await log.close();
    expect(error).toMatchObject({ name: 'LogError', code });
    expect(explain(error)).toMatchObject({ code, next: expect.stringContaining(advice) });
    const told = inspect([error, explain(error), logged], { depth: 20, maxStringLength: 100_000 });
    expect(told).not.toContain('hunter2');
    expect(told).not.toContain('PRIVATE KEY');
  });

  /** From now on `secure.username` may not do `operation` to what begins with `prefix`. */
  async function deny(resourceType: AclResourceTypes, prefix: string, operation: AclOperationTypes): Promise<void> {
    const admin = new Kafka({ brokers: [...plain], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const entry = {
      resourceType,
      resourceName: prefix,
      resourcePatternType: kafkajs.ResourcePatternTypes.PREFIXED,
      principal: `User:${secure.username}`,
      host: '*',
      operation,
      permissionType: kafkajs.AclPermissionTypes.DENY,
    };
    await admin.createAcls({ acl: [entry] });
    await admin.disconnect();
  }

  const { AclResourceTypes: resource, AclOperationTypes: operation } = kafkajs;
  const record = { topic: 'out', partition: 0, key: null, value: Buffer.from('1') };
  const readers = { kind: 'group', group: 'readers', topics: [record.topic], records: () => undefined } as const;
  test.each([
    ['make a topic', resource.TOPIC, operation.CREATE, (log: KafkaLog) => log.createTopics([outSpec('other')])],
    ['write', resource.TOPIC, operation.WRITE, async (log: KafkaLog) => (await log.writer()).write([record])],
    [
      'write in a transaction',
      resource.TOPIC,
      operation.WRITE,
      async (log: KafkaLog) => (await log.transactionalWriter('id')).commit([record], 'readers', []),
    ],
    [
      'make a transaction',
      resource.TRANSACTIONAL_ID,
      operation.WRITE,
      (log: KafkaLog) => log.transactionalWriter('id'),
    ],
    [
      'read in a group',
      resource.GROUP,
      operation.READ,
      async (log: KafkaLog) => {
        const failed = Promise.withResolvers<never>();
        await Promise.race([log.consume({ ...readers, failed: failed.reject }), failed.promise]);
        await failed.promise;
      },
    ],
    [
      'read a topic',
      resource.TOPIC,
      operation.READ,
      async (log: KafkaLog) => {
        const failed = Promise.withResolvers<never>();
        const positions = [{ topic: record.topic, partition: 0, offset: 0 }];
        const reading = log.consume({ kind: 'positions', positions, records: () => undefined, failed: failed.reject });
        await Promise.race([reading, failed.promise]);
        await failed.promise;
      },
    ],
  ] as const)('one who may not %s is told so', async (name, type, denied, act) => {
    const prefix = `${name.replaceAll(' ', '-')}.`;
    const log = open(login('scram-sha-512'), { prefix });
    await log.createTopics([outSpec(record.topic)]);
    await deny(type, prefix, denied);
    const error: unknown = await act(log).catch((thrown: unknown) => thrown);
    await log.close();
    expect(error).toMatchObject({
      code: 'not-authorized',
      message: expect.stringMatching(`^the brokers do not let user "${secure.username}" `),
    });
    expect(explain(error).next).toContain('README.md');
  });

  describe.skipIf(registryUrl === null)('as an operator configures it', () => {
    const environment = (): NodeJS.ProcessEnv => ({
      AURA_BROKERS: secure.brokers.join(','),
      AURA_TLS_CA: secure.ca,
      AURA_SASL_MECHANISM: 'scram-sha-512',
      AURA_SASL_USERNAME: secure.username,
      AURA_SASL_PASSWORD: secure.password,
      AURA_REGISTRY_URL: registryUrl ?? '',
      AURA_PREFIX: 'operator.',
      AURA_PARTITIONS: '1',
      AURA_KEYS_DIR: join(folder, 'keys'),
      AURA_HTTP_PORT: '0',
    });

    test('aura topics makes and lists topics', async () => {
      const env = environment();
      expect(lastJson(await run(['topics', 'create', '--json'], { env }))).toMatchObject({
        created: expect.arrayContaining(['aura.heartbeats']),
      });
      const { topics } = lastJson(await run(['topics', 'list', '--json'], { env }));
      expect(topics).toContainEqual(expect.objectContaining({ name: 'aura.heartbeats', exists: true }));
    });

    test('aura topics says what is wrong with a password, and does not show it', async () => {
      const env = { ...environment(), AURA_SASL_PASSWORD: 'hunter2' };
      const ran = await run(['topics', 'list', '--json'], { env });
      expect(ran.exitCode).toBe(1);
      expect(lastJson(ran)).toMatchObject({ error: { code: 'authentication-failed' } });
      expect(ran.err).toContain('AURA_SASL_PASSWORD');
      expect(ran.out + ran.err).not.toContain('hunter2');
    });

    test('aura run takes heartbeats in, with a login and with a certificate', async () => {
      const { AURA_SASL_MECHANISM, AURA_SASL_USERNAME, AURA_SASL_PASSWORD, ...rest } = environment();
      const sasl = { AURA_SASL_MECHANISM, AURA_SASL_USERNAME, AURA_SASL_PASSWORD };
      const mutual = {
        AURA_BROKERS: secure.mutual.join(','),
        AURA_TLS_CERT: secure.clientCertificate,
        AURA_TLS_KEY: secure.clientKey,
      };
      const log = open(login('scram-sha-512'), { prefix: 'operator.' });
      const writer = await log.writer();
      let expected = 0;
      for (const way of [sasl, mutual]) {
        const intake = startAura(['run', 'intake', '--json'], { ...process.env, ...rest, ...way });
        const heartbeat = { tenant: 'acme', fleet: 'shop', agent: 'a', timeMs: Date.now(), signals: { latencyMs: 1 } };
        await until('it runs', () => intake.said().includes('"msg":"running"'), 40_000);
        const value = Buffer.from(JSON.stringify(heartbeat));
        await writer.write([{ topic: 'aura.heartbeats', partition: 0, key: null, value }]);
        expected++;
        const observed = async () => (await readAll(log, 'aura.observations', 0)).length;
        await until('the heartbeat is observed', async () => (await observed()) === expected, 20_000);
        expect(await intake.stop()).toBe(0);
        expect(intake.said()).not.toContain(secure.password);
      }
      await log.close();
    });
  });
});

function open(client: Client, options: Partial<KafkaLogOptions> = {}): KafkaLog {
  return new KafkaLog({ ...defaultKafkaOptions, sessionTimeoutMs: 6_000, ...client, ...options });
}

async function texts(ca: string, cert: string, key: string) {
  const [caText, certText, keyText] = await Promise.all([ca, cert, key].map((file) => readFile(file, 'utf8')));
  return { ca: caText, cert: certText, key: keyText };
}

/** The command line in a process of its own, as signals end it. */
function startAura(args: readonly string[], env: NodeJS.ProcessEnv) {
  const main = resolve(import.meta.dirname, '../../src/cli/main.ts');
  const child = spawn(process.execPath, ['--no-warnings', main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  return {
    said: () => said,
    stop: async () => {
      child.kill('SIGTERM');
      return await ended;
    },
  };
}
