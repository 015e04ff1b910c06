/**
 * What `aura stack up|down|status` does: the real servers on this machine, by Docker where an engine answers, else as
 * processes of their own. The answer is the same in shape either way.
 */
import { composeDown, composeStatus, composeUp, composeWorks } from './docker.ts';
import { StackError } from './errors.ts';
import type { ServerStatus } from './server.ts';
import type { Addresses, ServiceName } from './service.ts';
import { stackStatus, startStack, stopStack } from './stack.ts';

export type Runner = 'docker' | 'native';

export interface LocalStack {
  readonly runner: Runner;
  readonly servers: readonly ServerStatus[];
  /** The variables that let `aura run` and the tests' clients find the servers that are ready. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface LocalStackOptions {
  readonly folder: string;
  readonly services: readonly ServiceName[];
  /** Default: Docker where an engine with `docker compose` answers and gets the images, else native. */
  readonly runner?: Runner;
  /** Native servers only: take any free ports instead of 9092, 5432 and so on. Default: false. */
  readonly randomPorts?: boolean;
  /** Native servers only: Kafka has encrypted listeners beside the plain one. Default: false. */
  readonly secure?: boolean;
  /** Native servers only: once it is aborted, what was started is stopped again. */
  readonly signal?: AbortSignal;
  /** Called with one line for a person. */
  readonly onProgress?: (line: string) => void;
}

const VARIABLES: { readonly [Name in ServiceName]: (address: Addresses[Name]) => Readonly<Record<string, string>> } = {
  kafka: ({ brokers, secure }) =>
    secure === undefined
      ? { AURA_BROKERS: brokers.join(',') }
      : {
          AURA_BROKERS: secure.brokers.join(','),
          AURA_TLS_CA: secure.ca,
          AURA_SASL_MECHANISM: 'scram-sha-512',
          AURA_SASL_USERNAME: secure.username,
          AURA_SASL_PASSWORD: secure.password,
        },
  registry: ({ url }) => ({ AURA_REGISTRY_URL: url }),
  postgres: ({ url }) => ({ AURA_POSTGRES_URL: url }),
  neo4j: ({ url, user, password }) => ({
    AURA_NEO4J_URL: url,
    AURA_NEO4J_USER: user,
    AURA_NEO4J_PASSWORD: password,
  }),
};

function variablesOf<Name extends ServiceName>({
  name,
  address,
}: ServerStatus<Name>): Readonly<Record<string, string>> {
  return address === null ? {} : VARIABLES[name](address);
}

function describe(runner: Runner, servers: readonly ServerStatus[]): LocalStack {
  const ready = servers.filter(({ status }) => status === 'ready');
  const environment: Record<string, string> = Object.assign({}, ...ready.map((server) => variablesOf(server)));
  return { runner, servers, environment };
}

/** Starts the servers, or finds them running, and leaves them running. */
export async function up(options: LocalStackOptions): Promise<LocalStack> {
  const { folder, services, randomPorts = false, secure = false, signal, onProgress = () => {} } = options;
  const runner = options.runner ?? (!secure && (await composeWorks()) ? 'docker' : 'native');
  if (runner === 'docker' && secure)
    throw new StackError('NOT_SECURE', 'docker-compose.yml has no encrypted listeners; valid is a native stack');
  if (runner === 'docker') {
    onProgress('servers in containers: docker compose up');
    try {
      await composeUp(services);
      return describe('docker', await composeStatus());
    } catch (error) {
      if (options.runner === 'docker' || !(error instanceof StackError)) throw error;
      // An engine that can't get the images, say; the native servers are as real.
      onProgress(error.message);
      await composeDown(services);
    }
  }
  onProgress('servers as processes of their own');
  await startStack({
    services,
    folder,
    detached: true,
    customaryPorts: !randomPorts,
    secure,
    ...(signal === undefined ? {} : { signal }),
    onProgress,
  });
  return describe('native', await stackStatus(folder));
}

/** Stops those that run, whichever way they were started. Their data stays. */
export async function down(folder: string, services: readonly ServiceName[]): Promise<void> {
  await stopStack(folder, services);
  if (await composeWorks()) await composeDown(services);
}

/** What the servers do now: the native ones if any runs, else the containers where an engine answers. */
export async function status(folder: string): Promise<LocalStack> {
  const native = await stackStatus(folder);
  const nativeRuns = native.some((server) => server.status !== 'stopped');
  if (nativeRuns || !(await composeWorks())) return describe('native', native);
  return describe('docker', await composeStatus());
}
