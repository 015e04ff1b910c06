import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runCommand } from './command.ts';
import { classArchiveOptions, findJava } from './java.ts';
import { copyArtifact } from './maven.ts';
import { HOST } from './ports.ts';
import type { Home, Service } from './service.ts';

// 3.0.9 runs on Java 17 and is published as a whole; 3.1.x is not on Maven Central as an archive, 3.2 and later want 21.
const APICURIO = '3.0.9';

const ARTIFACT = {
  group: 'io.apicurio',
  name: 'apicurio-registry-app',
  version: APICURIO,
  type: 'tar.gz',
  classifier: 'all',
};

/** Name of its folder in the cache, and of its class archive. */
const PROGRAM = `apicurio-${APICURIO}`;

type Port = 'http';

/** Root of the part of Apicurio's interface that is compatible with Confluent's registry. */
function url({ ports }: Home<Port>): string {
  return `http://${HOST}:${ports.http}/apis/ccompat/v7`;
}

/** Apicurio Registry. Schemas and their ids are kept in a file, so that records in Kafka stay readable after a restart. */
export const registry: Service<'registry', Port> = {
  name: 'registry',
  version: `Apicurio ${APICURIO}`,
  archive: PROGRAM,
  ports: { http: 8081 },

  prepare: async (home) => {
    const java = await findJava(17, 25);
    const program = await cached(PROGRAM, async (folder) => {
      const archive = await copyArtifact(ARTIFACT, folder);
      await runCommand('tar', ['-xzf', archive, '-C', folder]);
      await rm(archive);
    });
    const settings = {
      'quarkus.http.host': HOST,
      'quarkus.http.port': home.ports.http,
      'quarkus.http.access-log.enabled': false,
      'apicurio.storage.kind': 'sql',
      'apicurio.storage.sql.kind': 'h2',
      'apicurio.datasource.url': `jdbc:h2:file:${join(home.folder, 'data', 'schemas')}`,
    };
    return {
      file: java,
      args: [
        // A schema is registered once: a quick start counts for more here than fast code.
        ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
        ...(await classArchiveOptions(PROGRAM)),
        ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
        ...['-jar', join(program, `apicurio-registry-app-${APICURIO}-runner.jar`)],
      ],
      cwd: home.folder,
      env: process.env,
    };
  },

  check: async (home) => {
    const response = await fetch(`${url(home)}/subjects`, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
    await response.body?.cancel();
  },

  address: (home) => ({ url: url(home) }),
  readyTimeoutMs: 120_000,
  stopSignal: 'SIGTERM',
  stopGraceMs: 10_000,
};
