/** A Kafka cluster and its registry, as the configuration names them. */
import { openTopics, type Topics } from '../../pipelines/topics.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { KafkaLog } from '../streams/kafka/kafka-log.ts';
import type { KafkaLogOptions } from '../streams/kafka/options.ts';
import { ConfluentRegistry } from '../streams/schema/confluent-registry.ts';
import type { SchemaRegistry } from '../streams/schema/registry.ts';
import type { CommandContext, ConfiguredOptions } from './command.ts';
import { type Config, loadConfig } from './config/config.ts';
import { kafkaOptions, registryOptions } from './config/kafka.ts';

export interface Cluster {
  readonly config: Config;
  readonly log: KafkaLog;
  readonly registry: SchemaRegistry;
  readonly logger: Logger;
}

export async function configOf({ io }: CommandContext, { config: file }: ConfiguredOptions): Promise<Config> {
  return await loadConfig({ env: io.env, ...(file === undefined ? {} : { file }) });
}

export function loggerOf(config: Config, name: string): Logger {
  return createLogger({ name, env: { AURA_LOG_LEVEL: config.logLevel } });
}

/** Opens both, does something with them, and closes them whatever came of it. */
export async function withCluster<Result>(
  config: Config,
  logger: Logger,
  use: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const registry = new ConfluentRegistry(registryOptions(config));
  const log = new KafkaLog(await kafkaOptions(config, logTo(logger)));
  try {
    return await use({ config, log, registry, logger });
  } finally {
    await log.close();
  }
}

/** What goes wrong in a command at a terminal is thrown, so nothing is logged unless AURA_LOG_LEVEL asks for it, which it does not where it is empty. */
export function quietUnlessAsked(config: Config, { AURA_LOG_LEVEL: asked }: NodeJS.ProcessEnv): Config {
  return asked === undefined || asked === '' ? { ...config, logLevel: 'silent' } : config;
}

/** For a command at a terminal; the topics are bound to their schemas. */
export async function withTopics<Result>(
  context: CommandContext,
  options: ConfiguredOptions,
  use: (cluster: Cluster & { readonly topics: Topics }) => Promise<Result>,
): Promise<Result> {
  const quiet = quietUnlessAsked(await configOf(context, options), context.io.env);
  return await withCluster(quiet, loggerOf(quiet, 'aura'), async (cluster) =>
    use({ ...cluster, topics: await openTopics(cluster.registry) }),
  );
}

/** kafkajs tells of every consumer's comings and goings at level info. */
function logTo(logger: Logger): KafkaLogOptions['log'] {
  return (level, message, details) => logger[level === 'info' ? 'debug' : level](details, message);
}
