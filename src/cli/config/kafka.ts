/** The settings as the Kafka log and the registry take them. */
import { readFile } from 'node:fs/promises';
import { defaultKafkaOptions, type KafkaLogOptions } from '../../streams/kafka/options.ts';
import type { ConfluentRegistryOptions } from '../../streams/schema/confluent-registry.ts';
import { CliError, messageOf } from '../errors.ts';
import type { Config } from './config.ts';
import { environmentName, type SettingName } from './settings.ts';

/** Throws CliError `setting-missing`, or `config-invalid` for a TLS file that cannot be read. */
export async function kafkaOptions(config: Config, log: KafkaLogOptions['log']): Promise<KafkaLogOptions> {
  const tls = await tlsOptions(config);
  const sasl = saslOptions(config);
  const { clientId, prefix, replication, minInsyncReplicas, compression, retentionMs, sessionTimeoutMs } = config;
  return {
    ...defaultKafkaOptions,
    brokers: required(config, 'brokers', 'such as 127.0.0.1:9092; aura stack up starts a broker here'),
    clientId,
    prefix,
    ...(tls === null ? {} : { tls }),
    ...(sasl === null ? {} : { sasl }),
    topics: { replication, minInsyncReplicas, compression, retentionMs },
    sessionTimeoutMs,
    log,
  };
}

export function registryOptions(config: Config): ConfluentRegistryOptions {
  const url = required(
    config,
    'registry.url',
    'such as http://127.0.0.1:8081/apis/ccompat/v7; aura stack up starts a registry here',
  );
  const { 'registry.user': user, 'registry.password': password } = config;
  return { url, ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
}

/** The value of a setting that a command cannot do without. Throws CliError `setting-missing`. */
export function required<Name extends SettingName>(
  config: Config,
  name: Name,
  hint: string,
): NonNullable<Config[Name]> {
  const value = config[name];
  if (value !== undefined && value !== null) return value;
  throw new CliError(
    'setting-missing',
    `${environmentName(name)} is not set, nor ${name} in a --config file`,
    `set it, ${hint}`,
  );
}

async function tlsOptions(config: Config): Promise<NonNullable<KafkaLogOptions['tls']> | null> {
  const [ca, cert, key] = await Promise.all([pem(config, 'tls.ca'), pem(config, 'tls.cert'), pem(config, 'tls.key')]);
  if (!(config['tls.enabled'] ?? (ca ?? cert) !== null)) return null;
  return {
    rejectUnauthorized: config['tls.rejectUnauthorized'],
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  };
}

async function pem(config: Config, name: 'tls.ca' | 'tls.cert' | 'tls.key'): Promise<string | null> {
  const file = config[name];
  if (file === undefined) return null;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = messageOf(cause);
    throw new CliError('config-invalid', `${environmentName(name)} is ${JSON.stringify(file)}: ${why}`, '', { cause });
  }
  if (text.includes('-----BEGIN ')) return text;
  throw new CliError(
    'config-invalid',
    `${environmentName(name)} is ${JSON.stringify(file)}, which holds no PEM; valid is the path of a PEM file`,
  );
}

function saslOptions(config: Config): NonNullable<KafkaLogOptions['sasl']> | null {
  const { 'sasl.mechanism': mechanism, 'sasl.username': username, 'sasl.password': password } = config;
  if (mechanism === undefined || username === undefined || password === undefined) return null;
  return { mechanism, username, password };
}
