/**
 * Where the integration tests find real servers, in this order, each server by itself:
 * 1. addresses in the environment (the variables below),
 * 2. containers, where a Docker engine answers (docker-compose.yml by testcontainers),
 * 3. processes of their own (infra/stack), thrown away afterwards.
 */
import { dirname } from 'node:path';
import { DockerComposeEnvironment, Wait } from 'testcontainers';
import { COMPOSE_FILE, COMPOSE_PORTS, composeAddresses, composeWorks } from '../../infra/stack/docker.ts';
import { takePort } from '../../infra/stack/ports.ts';
import { type Addresses, SERVICE_NAMES, type ServiceName, startStack } from '../../infra/stack/stack.ts';

/** The variables that name the servers. Setting the first of a server's variables is enough. */
export const VARIABLES: { readonly [Name in ServiceName]: readonly [string, ...string[]] } = {
  kafka: ['AURA_TEST_BROKERS'],
  registry: ['AURA_TEST_REGISTRY_URL'],
  postgres: ['AURA_TEST_POSTGRES_URL'],
  neo4j: ['AURA_TEST_NEO4J_URL', 'AURA_TEST_NEO4J_USER', 'AURA_TEST_NEO4J_PASSWORD'],
};

/** A server as tests get it: its address, or null where it can't be had. */
export type TestServers = { readonly [Name in ServiceName]: Addresses[Name] | null };

export const NO_SERVERS: TestServers = { kafka: null, registry: null, postgres: null, neo4j: null };

/** Those that the environment names. */
export function serversInEnvironment(env: NodeJS.ProcessEnv): TestServers {
  const brokers = env.AURA_TEST_BROKERS;
  const registryUrl = env.AURA_TEST_REGISTRY_URL;
  const postgresUrl = env.AURA_TEST_POSTGRES_URL;
  const neo4jUrl = env.AURA_TEST_NEO4J_URL;
  return {
    kafka: brokers ? { brokers: brokers.split(',') } : null,
    registry: registryUrl ? { url: registryUrl } : null,
    postgres: postgresUrl ? { url: postgresUrl } : null,
    neo4j: neo4jUrl
      ? { url: neo4jUrl, user: env.AURA_TEST_NEO4J_USER ?? 'neo4j', password: env.AURA_TEST_NEO4J_PASSWORD ?? '' }
      : null,
  };
}

/** The variables that name these servers, for processes that tests start. */
export function environmentOf(servers: TestServers): Readonly<Record<string, string>> {
  const { kafka, registry, postgres, neo4j } = servers;
  return {
    ...(kafka && { AURA_TEST_BROKERS: kafka.brokers.join(',') }),
    ...(registry && { AURA_TEST_REGISTRY_URL: registry.url }),
    ...(postgres && { AURA_TEST_POSTGRES_URL: postgres.url }),
    ...(neo4j && {
      AURA_TEST_NEO4J_URL: neo4j.url,
      AURA_TEST_NEO4J_USER: neo4j.user,
      AURA_TEST_NEO4J_PASSWORD: neo4j.password,
    }),
  };
}

/** Servers that were started, and how they are ended. */
interface Started {
  readonly servers: Partial<TestServers>;
  readonly stop: () => Promise<void>;
}

/** Containers on ports of their own, so that a `stack up` on this machine is left alone. */
async function startContainers(names: readonly ServiceName[]): Promise<Started> {
  const env: Record<string, string> = {};
  for (const name of SERVICE_NAMES) env[COMPOSE_PORTS[name].variable] = String(await takePort(undefined, undefined));
  const compose = new DockerComposeEnvironment(dirname(COMPOSE_FILE), COMPOSE_FILE)
    .withEnvironment(env)
    .withDefaultWaitStrategy(Wait.forHealthCheck());
  const containers = await compose.up([...names]);
  const addresses = composeAddresses(env);
  return {
    servers: Object.fromEntries(names.map((name) => [name, addresses[name]])),
    stop: async () => {
      await containers.down({ removeVolumes: true });
    },
  };
}

async function startProcesses(names: readonly ServiceName[]): Promise<Started> {
  // One stack a server: what can't be had on this machine must not take the others with it.
  const results = await Promise.allSettled(
    names.map(async (name) => ({ name, stack: await startStack({ services: [name] }) })),
  );
  const started = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  for (const result of results) if (result.status === 'rejected') process.stderr.write(`${String(result.reason)}\n`);
  return {
    servers: Object.assign({}, ...started.map(({ name, stack }) => ({ [name]: stack[name] }))),
    stop: async () => {
      await Promise.all(started.map(({ stack }) => stack.stop()));
    },
  };
}

export interface FoundServers {
  readonly servers: TestServers;
  /** One line for a person: which server came from where, and what is missing. */
  readonly summary: string;
  /** Ends those that were started here; those of the environment stay. */
  readonly stop: () => Promise<void>;
}

/** Finds or starts the servers in `needed`, at the same time. One that can't be had is null, with the reason printed. */
export async function findServers(needed: readonly ServiceName[], env: NodeJS.ProcessEnv): Promise<FoundServers> {
  const given = serversInEnvironment(env);
  const missing = needed.filter((name) => given[name] === null);
  const sources = new Map<ServiceName, string>(
    needed.filter((name) => given[name] !== null).map((name) => [name, 'environment']),
  );

  let servers: TestServers = { ...NO_SERVERS, ...Object.fromEntries(needed.map((name) => [name, given[name]])) };
  const stops: (() => Promise<void>)[] = [];
  const add = (source: string, started: Started): void => {
    servers = { ...servers, ...started.servers };
    stops.push(started.stop);
    for (const name of missing) if (servers[name] !== null && !sources.has(name)) sources.set(name, source);
  };

  if (missing.length > 0 && (await composeWorks())) {
    try {
      add('Docker', await startContainers(missing));
    } catch (error) {
      // An engine without the images, say; the native servers are as real.
      process.stderr.write(`no containers, though a Docker engine answers: ${String(error)}\n`);
    }
  }
  const stillMissing = missing.filter((name) => servers[name] === null);
  if (stillMissing.length > 0) add('process', await startProcesses(stillMissing));

  return {
    servers,
    summary: needed.map((name) => `${name} (${sources.get(name) ?? 'not to be had'})`).join(', '),
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
