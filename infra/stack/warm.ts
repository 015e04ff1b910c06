import { rename, rm } from 'node:fs/promises';
import { exists } from './cache.ts';
import { classArchive } from './java.ts';
import type { ServiceName } from './service.ts';
import { ARCHIVES, OPEN } from './services.ts';
import { temporaryFolder } from './temporary-folder.ts';

// A JVM writes its archive while it ends: up to 20 s on a busy machine.
const ARCHIVE_TIMEOUT_MS = 120_000;

/**
 * Fills the cache, so that later starts are quick: downloads each server, sees it run once in a folder that is thrown
 * away, and lets the JVM write down the classes that it loaded (class data sharing, JEP 350). Once a machine.
 */
export async function warm(services: readonly ServiceName[], onProgress: (line: string) => void): Promise<void> {
  const folder = await temporaryFolder();
  try {
    for (const name of services) {
      const archiveName = ARCHIVES[name];
      const archive = archiveName === undefined ? undefined : classArchive(archiveName);
      const draft = archive === undefined || (await exists(archive)) ? undefined : `${archive}.${process.pid}`;
      const env = draft === undefined ? {} : { JDK_JAVA_OPTIONS: `"-XX:ArchiveClassesAtExit=${draft}"` };
      const server = OPEN[name](folder);
      await server.start({ detached: false, customaryPorts: false, env });
      await server.stop(ARCHIVE_TIMEOUT_MS);
      if (draft !== undefined && archive !== undefined) await rename(draft, archive);
      onProgress(`${name}: in the cache`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
