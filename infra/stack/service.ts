import type { ServerCommand } from './process.ts';

export type ServiceName = 'kafka' | 'registry' | 'postgres' | 'neo4j';

/** In the order in which they are listed to people. They don't depend on one another and start at the same time. */
export const SERVICE_NAMES: readonly ServiceName[] = ['kafka', 'registry', 'postgres', 'neo4j'];

/** What a client needs for Kafka's two encrypted listeners. */
export interface SecureKafka {
  /** TLS, and a login by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. */
  readonly brokers: readonly string[];
  readonly username: string;
  readonly password: string;
  /** TLS, and no login: the broker wants the client's certificate. */
  readonly mutual: readonly string[];
  /** PEM files. */
  readonly ca: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** How a client reaches each server. */
export interface Addresses {
  readonly kafka: { readonly brokers: readonly string[]; readonly secure?: SecureKafka };
  readonly registry: { readonly url: string };
  readonly postgres: { readonly url: string };
  readonly neo4j: { readonly url: string; readonly user: string; readonly password: string };
}

/** The place that one server has on this machine. */
export interface Home<Port extends string = string> {
  /** Configuration, data and log. */
  readonly folder: string;
  readonly ports: Readonly<Record<Port, number>>;
  /** Encrypted listeners are offered beside the plain one. */
  readonly secure: boolean;
}

/** One kind of server: how it is had, set up, started, asked whether it is ready, and stopped. */
export interface Service<Name extends ServiceName = ServiceName, Port extends string = string> {
  readonly name: Name;
  readonly version: string;
  /** Name of its class archive, if it runs on a JVM. */
  readonly archive?: string;
  /** Its ports by purpose, with the number that is customary, which is taken for `stack up` where it is free. */
  readonly ports: Readonly<Record<Port, number>>;
  /** Has encrypted listeners to offer. */
  readonly canBeSecure?: true;
  /** Downloads what is not in the cache yet; then writes configuration, and data if there is none yet. */
  readonly prepare: (home: Home<Port>) => Promise<ServerCommand>;
  /** Throws while the server doesn't answer a real request. */
  readonly check: (home: Home<Port>) => Promise<void>;
  /** What can only be set up while the server answers. Called on every start before it counts as ready: idempotent. */
  readonly finish?: (home: Home<Port>) => Promise<void>;
  readonly address: (home: Home<Port>) => Addresses[Name];
  readonly readyTimeoutMs: number;
  readonly stopSignal: NodeJS.Signals;
  readonly stopGraceMs: number;
}
