import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registry } from '../../infra/stack/registry.ts';
import { quietUnlessAsked } from '../../src/cli/cluster.ts';
import { loadConfig } from '../../src/cli/config/config.ts';
import { settingsHelp } from '../../src/cli/config/help.ts';
import { kafkaOptions, registryOptions } from '../../src/cli/config/kafka.ts';
import { environmentName, settingNames, settings } from '../../src/cli/config/settings.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: unknown): Promise<string> {
  const file = join(folder, `${Math.random()}.json`);
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const ignoreLog = (): void => undefined;

test('an empty environment gives the defaults', async () => {
  expect(await loadConfig({ env: {} })).toMatchObject({
    clientId: 'aura',
    prefix: '',
    partitions: 4,
    replication: 1,
    'http.host': '127.0.0.1',
    'http.port': 9464,
    logLevel: 'info',
    keysDir: '.aura/keys',
  });
});

test('names in the environment follow from the settings', () => {
  expect(environmentName('brokers')).toBe('AURA_BROKERS');
  expect(environmentName('tls.rejectUnauthorized')).toBe('AURA_TLS_REJECT_UNAUTHORIZED');
  expect(environmentName('minInsyncReplicas')).toBe('AURA_MIN_INSYNC_REPLICAS');
  for (const name of settingNames) expect(settingsHelp()).toContain(environmentName(name));
});

test('the environment wins over the file, the file over the defaults', async () => {
  const file = await fileOf({ brokers: ['a:1'], partitions: 8, http: { port: 1 }, tls: { rejectUnauthorized: false } });
  const config = await loadConfig({ env: { AURA_PARTITIONS: '16', AURA_BROKERS: '' }, file });
  expect(config).toMatchObject({ brokers: ['a:1'], partitions: 16, 'http.port': 1, 'tls.rejectUnauthorized': false });
});

test('every wrong setting is named with its value and what would be valid', async () => {
  const file = await fileOf({ partitions: 0, colour: 'red', replicas: 3, url: 'x' });
  const env = { AURA_BROKERS: 'host', AURA_HTTP_PORT: '70000', AURA_TLS_ENABLED: 'yes', AURA_COMPRESSION: 'zstd' };
  await expect(loadConfig({ env, file })).rejects.toMatchObject({ code: 'config-invalid' });
  const message = await loadConfig({ env, file }).catch(String);
  expect(message).toContain('AURA_BROKERS is ["host"]; valid is host:port');
  expect(message).toContain('AURA_HTTP_PORT is 70000; valid is a whole number from 0 to 65535');
  expect(message).toContain('AURA_TLS_ENABLED is "yes"; valid is true or false');
  expect(message).toContain('AURA_COMPRESSION is "zstd"; valid is uncompressed or gzip');
  expect(message).toContain(`partitions in ${file} is 0; valid is a whole number from 1 to 4096`);
  expect(message).toContain(`colour in ${file} is no setting`);
});

test('a list of a file may be written as in the environment', async () => {
  const file = await fileOf({ brokers: 'a:1, b:2', validators: 'v1' });
  await expect(loadConfig({ env: {}, file })).resolves.toMatchObject({ brokers: ['a:1', 'b:2'], validators: ['v1'] });
});

test('what every object of JavaScript has is no setting', async () => {
  const message = await loadConfig({
    env: {},
    file: await fileOf({ constructor: 'x', valueOf: { toString: 1 } }),
  }).catch(String);
  expect(message).toContain('constructor in ');
});

test('a misspelt setting of a file is answered with the right one', async () => {
  const message = await loadConfig({ env: {}, file: await fileOf({ client_id: 'x' }) }).catch(String);
  expect(message).toContain('is no setting; clientId is');
});

test('a misspelt variable is refused, and what an orchestrator adds for a service called aura is not', async () => {
  const env = { AURA_BROKER: 'kafka:9092', AURA_TLS_ENABELD: 'true', aura_prefix: 'x.', AURA_SASL_USER_NAME: 'me' };
  const message = await loadConfig({ env }).catch(String);
  expect(message).toContain('AURA_BROKER is no setting; AURA_BROKERS is');
  expect(message).toContain('AURA_TLS_ENABELD is no setting; AURA_TLS_ENABLED is');
  expect(message).toContain('aura_prefix is no setting; AURA_PREFIX is');
  expect(message).toContain('AURA_SASL_USER_NAME is no setting; AURA_SASL_USERNAME is');
  // Others are read elsewhere in the project, by tests too.
  const others = [
    'TEST_BROKERS',
    'TEST_POSTGRES_URL',
    'TEST_REGISTRY_URL',
    'DEBUG',
    'CACHE',
    'DATA',
    'SEED',
    'KILL_ROUNDS',
  ];
  const foreign = {
    AURA_SERVICE_HOST: '10.0.0.7',
    AURA_PORT: 'tcp://10.0.0.7:80',
    AURA_BROKER: '',
    ...Object.fromEntries(others.map((name) => [`AURA_${name}`, 'x'])),
  };
  await expect(loadConfig({ env: foreign })).resolves.toMatchObject({ brokers: undefined });
});

test('a file that cannot be read or is no object is refused by name', async () => {
  await expect(loadConfig({ env: {}, file: join(folder, 'none') })).rejects.toMatchObject({
    code: 'config-unreadable',
  });
  await expect(loadConfig({ env: {}, file: await fileOf('{') })).rejects.toMatchObject({ code: 'config-unreadable' });
  await expect(loadConfig({ env: {}, file: await fileOf([1]) })).rejects.toMatchObject({ code: 'config-invalid' });
});

test('settings that contradict each other are refused', async () => {
  const wrong = async (env: NodeJS.ProcessEnv): Promise<string> => await loadConfig({ env }).then(() => 'good', String);
  expect(await wrong({ AURA_SASL_USERNAME: 'u' })).toContain('AURA_SASL_MECHANISM and AURA_SASL_PASSWORD missing');
  expect(await wrong({ AURA_TLS_CERT: 'c.pem' })).toContain('AURA_TLS_CERT and AURA_TLS_KEY');
  expect(await wrong({ AURA_MIN_INSYNC_REPLICAS: '2' })).toContain('at most AURA_REPLICATION, 1');
  expect(await wrong({ AURA_TLS_ENABLED: 'false', AURA_TLS_CA: 'c.pem' })).toContain('AURA_TLS_ENABLED is false');
});

test('secrets are never shown, whatever is wrong with them', async () => {
  const env = {
    AURA_POSTGRES_URL: 'mysql://user:s3cret-a@host/db',
    AURA_REGISTRY_URL: 'ftp://user:s3cret-b@host/',
    AURA_SASL_PASSWORD: 's3cret-c',
  };
  const message = await loadConfig({ env }).catch(String);
  expect(message).toContain('AURA_POSTGRES_URL');
  expect(message).not.toContain('s3cret');
  const file = await fileOf({ sasl: { password: ['s3cret-d'] }, neo4j: { password: { a: 's3cret-e' } } });
  expect(await loadConfig({ env: {}, file }).catch(String)).not.toContain('s3cret');
});

test.each([
  'user:s3cret@host:5432/db',
  'postgresq://user:a s3cret@host/db',
  'jdbc:postgresql://h/db?user=u&password=s3cret',
])('the password of what is no address is not shown either: %s', async (url) => {
  const message = await loadConfig({ env: { AURA_POSTGRES_URL: url } }).catch(String);
  expect(message).toContain('AURA_POSTGRES_URL is "');
  expect(message).not.toContain('s3cret');
});

test.each([
  `{"sasl": {"password": 's3cret'}}`,
  '{"sasl": {"password": s3cret }}',
  's3cret',
  '[{"password": "s3cret"}]',
  '"s3cret"',
])('nothing of a file that is no object of JSON is shown: %s', async (text) => {
  const error: unknown = await loadConfig({ env: {}, file: await fileOf(text) }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({
    message: expect.stringMatching(/is not JSON: Unexpected token '.'$|holds a .*valid is an object$/),
  });
  expect(inspect(error)).not.toContain('s3cret');
});

test('any text in the environment is taken or refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...settingNames), fc.string({ unit: 'binary' }), async (name, text) => {
      const variable = environmentName(name);
      const env = { [variable]: text };
      const config = await loadConfig({ env }).catch((error: Error) => error);
      if (config instanceof Error) {
        expect(config).toMatchObject({ code: 'config-invalid' });
        // A lone half of what belongs together is answered with the halves that are missing.
        if (!name.startsWith('sasl.')) expect(config.message).toContain(variable);
      } else if (text !== '') {
        expect(settings[name].schema.safeParse(config[name]).success).toBe(true);
      }
    }),
  );
});

test('the settings become what the Kafka log takes', async () => {
  const ca = await fileOf('-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----');
  const config = await loadConfig({
    env: {
      AURA_BROKERS: 'a:9092, [::1]:9093',
      AURA_PREFIX: 'blue.',
      AURA_TLS_CA: ca,
      AURA_SASL_MECHANISM: 'scram-sha-512',
      AURA_SASL_USERNAME: 'u',
      AURA_SASL_PASSWORD: 'p',
      AURA_REPLICATION: '3',
      AURA_MIN_INSYNC_REPLICAS: '2',
      AURA_COMPRESSION: 'gzip',
      AURA_RETENTION_MS: '-1',
      AURA_SESSION_TIMEOUT_MS: '6000',
    },
  });
  expect(await kafkaOptions(config, ignoreLog)).toMatchObject({
    brokers: ['a:9092', '[::1]:9093'],
    prefix: 'blue.',
    tls: { ca: expect.stringContaining('BEGIN CERTIFICATE'), rejectUnauthorized: true },
    sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    topics: { replication: 3, minInsyncReplicas: 2, compression: 'gzip', retentionMs: -1 },
    sessionTimeoutMs: 6000,
  });
});

test('without settings of its own a connection has neither TLS nor a login', async () => {
  const options = await kafkaOptions(await loadConfig({ env: { AURA_BROKERS: 'a:1' } }), ignoreLog);
  expect(options).not.toHaveProperty('tls');
  expect(options).not.toHaveProperty('sasl');
  const tls = await loadConfig({ env: { AURA_BROKERS: 'a:1', AURA_TLS_ENABLED: 'true' } });
  expect((await kafkaOptions(tls, ignoreLog)).tls).toEqual({ rejectUnauthorized: true });
});

test('what a command cannot do without is asked for by name', async () => {
  const config = await loadConfig({ env: {} });
  await expect(kafkaOptions(config, ignoreLog)).rejects.toMatchObject({
    code: 'setting-missing',
    message: expect.stringContaining('AURA_BROKERS'),
  });
  expect(() => registryOptions(config)).toThrow('AURA_REGISTRY_URL');
  // The one that aura stack up starts.
  const next = expect.stringContaining(`such as http://127.0.0.1:${registry.ports.http}/`);
  expect(() => registryOptions(config)).toThrow(expect.objectContaining({ next }));
  const noPem = await loadConfig({ env: { AURA_BROKERS: 'a:1', AURA_TLS_CA: await fileOf('no PEM') } });
  await expect(kafkaOptions(noPem, ignoreLog)).rejects.toMatchObject({ code: 'config-invalid' });
});

test('short commands log nothing unless they are asked to; an empty variable asks for nothing', async () => {
  const levelOf = async (env: NodeJS.ProcessEnv) => quietUnlessAsked(await loadConfig({ env }), env).logLevel;
  expect(await levelOf({})).toBe('silent');
  expect(await levelOf({ AURA_LOG_LEVEL: '' })).toBe('silent');
  expect(await levelOf({ AURA_LOG_LEVEL: 'debug' })).toBe('debug');
});
