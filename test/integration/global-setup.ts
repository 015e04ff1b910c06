/** Runs once before the integration tests: starts the servers that they need, and stops them at the end. */
import type { TestProject } from 'vitest/node';
import type { Addresses } from '../../infra/stack/stack.ts';
import { neededServers } from './needed.ts';
import { environmentOf, findServers, NO_SERVERS } from './servers.ts';

declare module 'vitest' {
  /** `inject('kafka')` in a test: the address, or null where the server can't be had. */
  interface ProvidedContext {
    kafka: Addresses['kafka'] | null;
    registry: Addresses['registry'] | null;
    postgres: Addresses['postgres'] | null;
    neo4j: Addresses['neo4j'] | null;
  }
}

/** The words on vitest's command line that choose test files; vitest keeps them, but not among its types. */
function filters(project: TestProject): string[] | undefined {
  const { vitest } = project;
  if (!('filenamePattern' in vitest) || !Array.isArray(vitest.filenamePattern)) return undefined;
  return vitest.filenamePattern.map(String);
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { testFiles } = await project.globTestFiles(filters(project));
  const needed = await neededServers(testFiles);
  const { servers, summary, stop } = await findServers(needed, process.env);
  if (needed.length > 0) process.stderr.write(`servers: ${summary}\n`);

  const missing = needed.filter((name) => servers[name] === null);
  if (missing.length > 0) {
    if (process.env.AURA_REQUIRE_SERVERS === '1') {
      await stop();
      throw new Error(`AURA_REQUIRE_SERVERS=1, and these servers can't be had on this machine: ${missing.join(', ')}`);
    }
    process.stderr.write(`LEFT OUT: the integration tests that need ${missing.join(', ')}\n`);
  }

  for (const name of ['kafka', 'registry', 'postgres', 'neo4j'] as const) {
    project.provide(name, (servers ?? NO_SERVERS)[name]);
  }
  // For the processes that tests start.
  Object.assign(process.env, environmentOf(servers));
  return stop;
}
