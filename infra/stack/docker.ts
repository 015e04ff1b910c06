import { resolve } from 'node:path';
import { z } from 'zod';
import { commandWorks, runCommand, tryCommand } from './command.ts';
import { StackError } from './errors.ts';
import { HOST } from './ports.ts';
import type { ServerStatus } from './server.ts';
import { type Addresses, SERVICE_NAMES, type ServiceName } from './service.ts';

export const COMPOSE_FILE = resolve(import.meta.dirname, '../../docker-compose.yml');

// Images may have to be pulled.
const UP_TIMEOUT_MS = 1_800_000;

/** The variable of docker-compose.yml that says where each server is published, and the port if it isn't set. */
export const COMPOSE_PORTS: { readonly [Name in ServiceName]: { readonly variable: string; readonly port: number } } = {
  kafka: { variable: 'AURA_KAFKA_PORT', port: 9092 },
  registry: { variable: 'AURA_REGISTRY_PORT', port: 8081 },
  postgres: { variable: 'AURA_POSTGRES_PORT', port: 5432 },
  neo4j: { variable: 'AURA_NEO4J_PORT', port: 7687 },
};

/** Whether an engine answers; that the client is installed is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  return await commandWorks('docker', ['info', '--format', '{{.ServerVersion}}'], 10_000);
}

/** Whether `docker compose` is there too: it is a plugin that some distributions leave out. */
export async function composeWorks(): Promise<boolean> {
  return (await dockerAnswers()) && (await commandWorks('docker', ['compose', 'version'], 10_000));
}

/** As docker-compose.yml reads it: an empty variable is one that is not set. */
function given(variable: string, env: NodeJS.ProcessEnv): string | undefined {
  return env[variable] === '' ? undefined : env[variable];
}

function portOf(name: ServiceName, env: NodeJS.ProcessEnv): number {
  const { variable, port } = COMPOSE_PORTS[name];
  return Number(given(variable, env) ?? port);
}

/** Where the servers of docker-compose.yml are reached from this machine, given the variables it was started with. */
export function composeAddresses(env: NodeJS.ProcessEnv): Addresses {
  const postgresPassword = encodeURIComponent(given('AURA_POSTGRES_PASSWORD', env) ?? 'aura-local');
  return {
    kafka: { brokers: [`${HOST}:${portOf('kafka', env)}`] },
    registry: { url: `http://${HOST}:${portOf('registry', env)}/apis/ccompat/v7` },
    postgres: { url: `postgres://aura:${postgresPassword}@${HOST}:${portOf('postgres', env)}/aura` },
    neo4j: {
      url: `bolt://${HOST}:${portOf('neo4j', env)}`,
      user: 'neo4j',
      password: given('AURA_NEO4J_PASSWORD', env) ?? 'aura-local',
    },
  };
}

const COMPOSE = ['compose', '--file', COMPOSE_FILE];

/** Starts the servers and waits until their health checks pass. */
export async function composeUp(services: readonly ServiceName[]): Promise<void> {
  const { exitCode, stderr } = await tryCommand('docker', [...COMPOSE, 'up', '--detach', '--wait', ...services], {
    timeoutMs: UP_TIMEOUT_MS,
  });
  if (exitCode !== 0) throw new StackError('DOCKER_FAILED', `docker compose up failed:\n${stderr.trim().slice(-2000)}`);
}

/** Stops and removes the containers; the volumes with the data stay. */
export async function composeDown(services: readonly ServiceName[]): Promise<void> {
  await runCommand('docker', [...COMPOSE, 'rm', '--stop', '--force', ...services]);
}

/** One line of `docker compose ps --format json`. */
const Container = z.object({ Service: z.string(), State: z.string(), Health: z.string(), Image: z.string() });

/** What the containers of docker-compose.yml do now. */
export async function composeStatus(): Promise<readonly ServerStatus[]> {
  const { stdout } = await runCommand('docker', [...COMPOSE, 'ps', '--format', 'json']);
  const containers = stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Container.parse(JSON.parse(line)));
  const addresses = composeAddresses(process.env);
  return SERVICE_NAMES.map((name): ServerStatus => {
    const container = containers.find(({ Service }) => Service === name);
    const place = { name, pid: null, startedAt: null, folder: null };
    if (container === undefined || container.State !== 'running') {
      return { ...place, version: container?.Image ?? '', status: 'stopped', address: null };
    }
    const status = container.Health === 'healthy' ? 'ready' : 'starting';
    return { ...place, version: container.Image, status, address: addresses[name] };
  });
}
