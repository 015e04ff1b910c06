import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists } from './cache.ts';
import { StackError } from './errors.ts';
import { withLock } from './lock.ts';
import { takePort } from './ports.ts';
import { isRunning, killProcess, startProcess, stopProcess, waitUntilReady } from './process.ts';
import type { Addresses, Home, Service, ServiceName } from './service.ts';
import { readState, type ServerState, writeState } from './state.ts';

// Whoever holds a server's lock may be downloading it.
const LOCK_TIMEOUT_MS = 900_000;

export interface StartOptions {
  /** The server outlives the caller. */
  readonly detached: boolean;
  /** Customary ports are taken where they are free; otherwise the ports are any free ones. */
  readonly customaryPorts: boolean;
  /** Encrypted listeners beside the plain one, where the server has any to offer; once asked for they stay. Default: false. */
  readonly secure?: boolean;
  /** Added to the server's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface ServerStatus<Name extends ServiceName = ServiceName> {
  readonly name: Name;
  readonly version: string;
  /** `starting` also means: runs, but does not answer. */
  readonly status: 'ready' | 'starting' | 'stopped';
  readonly address: Addresses[Name] | null;
  readonly pid: number | null;
  readonly startedAt: string | null;
  /** Null where it runs in a container. */
  readonly folder: string | null;
}

/** One server of a stack, on the state that its folder holds. */
export interface Server<Name extends ServiceName = ServiceName> {
  /** Starts it unless it runs, and waits until it answers. Comes back with the same data and, if it can, the same ports. */
  readonly start: (options: StartOptions) => Promise<Addresses[Name]>;
  /** Asks it to end, and kills it after `graceMs` (default: what is usual for it). */
  readonly stop: (graceMs?: number) => Promise<void>;
  /** kill -9: what a crash of the server looks like. Its data stays as it is. */
  readonly kill: () => Promise<void>;
  readonly status: () => Promise<ServerStatus<Name>>;
}

/** The server of this kind that lives in `stackFolder`, which may be stopped, running or not there yet. */
export function openServer<Name extends ServiceName, Port extends string>(
  service: Service<Name, Port>,
  stackFolder: string,
): Server<Name> {
  // Servers work in folders of their own, where a relative path would lead elsewhere.
  const folder = resolve(stackFolder, service.name);
  const stateFile = join(folder, 'state.json');
  const logFile = join(folder, 'server.log');

  const exclusively = async <T>(action: () => Promise<T>): Promise<T> => {
    await mkdir(folder, { recursive: true });
    return await withLock(join(folder, 'lock'), LOCK_TIMEOUT_MS, action);
  };

  const portNames = Object.keys(service.ports) as Port[];

  const homeOf = (state: ServerState): Home<Port> => {
    const ports = Object.fromEntries(portNames.map((name) => [name, state.ports[name]])) as Record<Port, number>;
    return { folder, ports, secure: state.secure === true };
  };

  const choosePorts = async (state: ServerState, customary: boolean): Promise<ServerState> => {
    const ports: Record<string, number> = {};
    for (const name of portNames) {
      ports[name] = await takePort(state.ports[name], customary ? service.ports[name] : undefined);
    }
    return { ...state, ports };
  };

  const waitFor = async (state: ServerState): Promise<Addresses[Name]> => {
    const home = homeOf(state);
    if (state.process !== null) {
      const check = () => service.check(home);
      await waitUntilReady(state.process, { name: service.name, check, timeoutMs: service.readyTimeoutMs, logFile });
      await service.finish?.(home);
    }
    return service.address(home);
  };

  const start = async ({ detached, customaryPorts, env, secure }: StartOptions): Promise<Addresses[Name]> => {
    const before = await readState(stateFile);
    const adds = secure === true && service.canBeSecure === true && before.secure !== true;
    if (before.process !== null && (await isRunning(before.process))) {
      if (!adds) return await waitFor(before);
      throw new StackError(
        'NOT_SECURE',
        `${service.name} in ${folder} runs without encrypted listeners; stop it (stack down ${service.name}) and start it anew`,
      );
    }
    const chosen = await choosePorts(adds ? { ...before, secure: true } : before, customaryPorts);
    const command = await service.prepare(homeOf(chosen));
    const process = await startProcess({ ...command, env: { ...command.env, ...env } }, logFile, detached);
    const state = { ...chosen, process, startedAt: new Date().toISOString() };
    await writeState(stateFile, state);
    try {
      return await waitFor(state);
    } catch (error) {
      await killProcess(process);
      throw error;
    }
  };

  const end = async (how: 'stop' | 'kill', graceMs = service.stopGraceMs): Promise<void> => {
    const state = await readState(stateFile);
    if (state.process === null) return;
    if (how === 'kill') await killProcess(state.process);
    else await stopProcess(state.process, service.stopSignal, graceMs);
    await writeState(stateFile, { ...state, process: null, startedAt: null });
  };

  const status = async (): Promise<ServerStatus<Name>> => {
    const state = await readState(stateFile);
    const { name, version } = service;
    if (state.process === null || !(await isRunning(state.process))) {
      return { name, version, status: 'stopped', address: null, pid: null, startedAt: null, folder };
    }
    const home = homeOf(state);
    const answers = await service.check(home).then(
      () => true,
      () => false,
    );
    return {
      name,
      version,
      status: answers ? 'ready' : 'starting',
      address: service.address(home),
      pid: state.process.pid,
      startedAt: state.startedAt,
      folder,
    };
  };

  return {
    start: (options) => exclusively(() => start(options)),
    stop: async (graceMs) => {
      if (await exists(folder)) await exclusively(() => end('stop', graceMs));
    },
    kill: async () => {
      if (await exists(folder)) await exclusively(() => end('kill'));
    },
    status,
  };
}
