import { kafka } from './kafka.ts';
import { neo4j } from './neo4j.ts';
import { postgres } from './postgres.ts';
import { registry } from './registry.ts';
import { openServer, type Server } from './server.ts';
import type { ServiceName } from './service.ts';

/** The server of each kind that lives in a stack's folder. */
export const OPEN: { readonly [Name in ServiceName]: (folder: string) => Server<Name> } = {
  kafka: (folder) => openServer(kafka, folder),
  registry: (folder) => openServer(registry, folder),
  postgres: (folder) => openServer(postgres, folder),
  neo4j: (folder) => openServer(neo4j, folder),
};

/** Name of the class archive of those that run on a JVM. */
export const ARCHIVES: { readonly [Name in ServiceName]: string | undefined } = {
  kafka: kafka.archive,
  registry: registry.archive,
  postgres: postgres.archive,
  neo4j: neo4j.archive,
};
