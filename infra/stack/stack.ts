/**
 * Real servers on this machine without Docker: Kafka, a schema registry, Postgres and Neo4j, each a process of its own
 * on the loopback interface, with its data, configuration and log in one folder.
 *
 * Promises: a server that was started answers requests; no process is signalled but those that this code started; a
 * second start on the same folder finds the data of the first. Does not promise anything that production needs: no
 * replication, and neither encryption nor access control beyond the loopback interface, but for the listeners that
 * Kafka has besides where `secure` asks for them.
 */
import { rm } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import type { ServerStatus } from './server.ts';
import { type Addresses, SERVICE_NAMES, type ServiceName } from './service.ts';
import { OPEN } from './services.ts';
import { temporaryFolder } from './temporary-folder.ts';

export { StackError, type StackErrorCode } from './errors.ts';
export type { ServerStatus } from './server.ts';
export { type Addresses, SERVICE_NAMES, type SecureKafka, type ServiceName } from './service.ts';

/** Where `stack up` keeps its servers. */
export const DEFAULT_FOLDER = defaultFolder(import.meta.dirname, process.cwd());

/** In a checkout its own folder. An installed package is thrown away and made anew by npm, so its servers live with who called it, as keys and models do. */
export function defaultFolder(module: string, workingFolder: string): string {
  const installed = module.split(sep).includes('node_modules');
  return installed ? resolve(workingFolder, '.aura/stack') : resolve(module, '../../.aura/stack');
}

export interface StackOptions<Name extends ServiceName> {
  readonly services: readonly Name[];
  /** Where data, configuration and logs live. Default: a temporary folder, removed by `stop`. */
  readonly folder?: string;
  /** The servers outlive this process; `stopStack` ends them. Default: false. */
  readonly detached?: boolean;
  /** Take 9092, 5432 and so on where they are free. Default: false, any free ports. */
  readonly customaryPorts?: boolean;
  /** Kafka has encrypted listeners beside the plain one. Default: false. */
  readonly secure?: boolean;
  /** Once it is aborted, what was started is stopped again, as if one had failed. */
  readonly signal?: AbortSignal;
  /** Called with one line for a person when a server is asked for and when it is ready. */
  readonly onProgress?: (line: string) => void;
}

export type Stack<Name extends ServiceName> = Pick<Addresses, Name> & {
  readonly folder: string;
  /** Kills one server by kill -9; its clients see what a crash looks like. */
  readonly kill: (name: Name) => Promise<void>;
  /** Starts one again after `kill`, on the same data and address. */
  readonly start: (name: Name) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts the servers at the same time; resolves when all answer. If one fails, or `signal` is aborted, those that did not run before are stopped again. */
export async function startStack<const Name extends ServiceName>(options: StackOptions<Name>): Promise<Stack<Name>> {
  const { services, detached = false, customaryPorts = false, secure = false, onProgress = () => {} } = options;
  const folder = options.folder ?? (await temporaryFolder());
  const before = options.folder === undefined ? [] : await stackStatus(folder);
  const ranBefore = new Set(before.filter(({ status }) => status !== 'stopped').map(({ name }) => name));
  const addresses: Partial<Addresses> = {};

  const start = async <One extends ServiceName>(name: One): Promise<void> => {
    options.signal?.throwIfAborted();
    const begin = performance.now();
    onProgress(`${name}: starting`);
    addresses[name] = await OPEN[name](folder).start({ detached, customaryPorts, secure });
    onProgress(`${name}: ready after ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  };

  const stop = async (): Promise<void> => {
    await stopStack(folder, services);
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };

  const results = await Promise.allSettled(services.map((name) => start(name)));
  // A server's start is left to end, so that what it leaves is known and can be stopped.
  const failures = options.signal?.aborted
    ? [options.signal.reason]
    : results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  if (failures.length > 0) {
    if (ranBefore.size === 0) await stop();
    else
      await stopStack(
        folder,
        services.filter((name) => !ranBefore.has(name)),
      );
    throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('\n'));
  }
  return { ...(addresses as Pick<Addresses, Name>), folder, start, stop, kill: (name) => OPEN[name](folder).kill() };
}

/** Stops the servers that `folder` names, at the same time. Those that don't run are passed over. */
export async function stopStack(folder: string, services: readonly ServiceName[] = SERVICE_NAMES): Promise<void> {
  await Promise.all(services.map((name) => OPEN[name](folder).stop()));
}

/** What the servers of `folder` do now. */
export async function stackStatus(folder: string): Promise<readonly ServerStatus[]> {
  return await Promise.all(SERVICE_NAMES.map((name) => OPEN[name](folder).status()));
}

/** kill -9 of a server that another process started. */
export async function killServer(folder: string, name: ServiceName): Promise<void> {
  await OPEN[name](folder).kill();
}
