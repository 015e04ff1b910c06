import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import driver, { type Driver, Neo4jError } from 'neo4j-driver';
import { cached } from './cache.ts';
import { classArchiveOptions, findJava } from './java.ts';
import { copyJars } from './maven.ts';
import { HOST } from './ports.ts';
import type { Home, Service } from './service.ts';

// The last line that runs on Java 17.
const NEO4J = '5.26.30';

const ARTIFACTS = [
  { group: 'org.neo4j', name: 'neo4j', version: NEO4J },
  { group: 'org.neo4j.app', name: 'neo4j-server', version: NEO4J },
];

const USER = 'neo4j';
/** What a new Neo4j has; it refuses all work until it is changed. */
const FIRST_PASSWORD = 'neo4j';
/** No secret: the server listens on the loopback interface only. */
const PASSWORD = 'aura-local';

const JVM_OPTIONS = [
  // Graph writes are batches: a quick start counts for more here than fast code.
  ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  // As in Neo4j's own neo4j.conf: it reaches into these packages.
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/java.io=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
];

/** Name of its folder in the cache, and of its class archive. */
const PROGRAM = `neo4j-${NEO4J}`;

type Port = 'bolt';

function configuration(ports: Home<Port>['ports']): string {
  return `server.default_listen_address=${HOST}
server.bolt.listen_address=${HOST}:${ports.bolt}
server.bolt.advertised_address=${HOST}:${ports.bolt}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=64m
dbms.usage_report.enabled=false
# Nobody is left to wait for when it is told to stop; by default it waits 5 s, twice.
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
internal.dbms.bolt.netty_server_shutdown_timeout=1s
internal.server.bolt.thread_pool_shutdown_wait_time=1s
`;
}

function url(ports: Home<Port>['ports']): string {
  return `bolt://${HOST}:${ports.bolt}`;
}

async function withDriver<T>(home: Home<Port>, password: string, use: (neo4j: Driver) => Promise<T>): Promise<T> {
  const neo4j = driver.driver(url(home.ports), driver.auth.basic(USER, password), {
    connectionTimeout: 2_000,
    maxTransactionRetryTime: 5_000,
  });
  try {
    return await use(neo4j);
  } finally {
    await neo4j.close();
  }
}

async function queryWorks(home: Home<Port>): Promise<boolean> {
  try {
    await withDriver(home, PASSWORD, (neo4j) => neo4j.executeQuery('RETURN 1', {}, { database: 'neo4j' }));
    return true;
  } catch (error) {
    if (error instanceof Neo4jError && error.code === 'Neo.ClientError.Security.Unauthorized') return false;
    throw error;
  }
}

/** Neo4j's community server, from the artifacts on Maven Central; Bolt only, no browser. */
export const neo4j: Service<'neo4j', Port> = {
  name: 'neo4j',
  version: NEO4J,
  archive: PROGRAM,
  ports: { bolt: 7687 },

  prepare: async ({ folder, ports }) => {
    const java = await findJava(17, 21);
    const libraries = await cached(PROGRAM, (empty) => copyJars(ARTIFACTS, empty));
    const configFolder = join(folder, 'conf');
    await mkdir(configFolder, { recursive: true });
    await writeFile(join(configFolder, 'neo4j.conf'), configuration(ports));
    const jvm = [...JVM_OPTIONS, ...(await classArchiveOptions(PROGRAM)), '-cp', join(libraries, '*')];
    const main = 'org.neo4j.server.CommunityEntryPoint';
    return {
      file: java,
      args: [...jvm, main, `--home-dir=${folder}`, `--config-dir=${configFolder}`],
      cwd: folder,
      env: process.env,
    };
  },

  check: async (home) => {
    // A refused password is an answer too: the first start sets it in `finish`.
    await queryWorks(home);
  },

  finish: async (home) => {
    if (await queryWorks(home)) return;
    const change = 'ALTER CURRENT USER SET PASSWORD FROM $from TO $to';
    const passwords = { from: FIRST_PASSWORD, to: PASSWORD };
    await withDriver(home, FIRST_PASSWORD, (neo4j) => neo4j.executeQuery(change, passwords, { database: 'system' }));
    if (!(await queryWorks(home))) throw new Error(`Neo4j refuses the password that it was just given (${USER})`);
  },

  address: ({ ports }) => ({ url: url(ports), user: USER, password: PASSWORD }),
  readyTimeoutMs: 180_000,
  stopSignal: 'SIGTERM',
  stopGraceMs: 20_000,
};
