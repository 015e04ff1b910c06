import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { commandWorks, tryCommand } from './command.ts';
import { StackError } from './errors.ts';
import { withLock } from './lock.ts';

/** Coordinates of a Maven artifact. `type` is `jar` and `classifier` is none unless given. */
export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly type?: string;
  readonly classifier?: string;
}

const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0';

// Another start may be downloading over a slow line.
const LOCK_TIMEOUT_MS = 900_000;

/** A pom that does nothing but depend on `artifacts`; it names no repository, so Maven's own settings decide. */
function pom(artifacts: readonly Artifact[]): string {
  const dependencies = artifacts.map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>aura</groupId><artifactId>stack</artifactId><version>1</version>
<packaging>pom</packaging>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}

/** Runs Maven, one at a time: its local repository is not made for several. */
async function maven(wanted: string, args: readonly string[]): Promise<void> {
  if (!(await commandWorks('mvn', ['--version']))) {
    throw new StackError(
      'MAVEN_MISSING',
      'mvn does not run. Install Maven 3.8 or later (Debian: apt-get install maven).',
    );
  }
  await mkdir(cacheFolder(), { recursive: true });
  const { exitCode, stdout } = await withLock(join(cacheFolder(), 'maven.lock'), LOCK_TIMEOUT_MS, () =>
    // --update-snapshots also makes Maven ask again for what it could not get last time.
    tryCommand('mvn', ['--batch-mode', '--quiet', '--update-snapshots', ...args]),
  );
  if (exitCode !== 0) {
    throw new StackError('DOWNLOAD_FAILED', `Maven could not fetch ${wanted}:\n${stdout.trim().slice(0, 2000)}`);
  }
}

/** Copies `artifacts` (jars) and everything that they need at run time into `folder`. */
export async function copyJars(artifacts: readonly Artifact[], folder: string): Promise<void> {
  const pomFile = join(folder, 'pom.xml');
  await writeFile(pomFile, pom(artifacts));
  await maven(artifacts.map(({ group, name, version }) => `${group}:${name}:${version}`).join(', '), [
    `--file=${pomFile}`,
    `${PLUGIN}:copy-dependencies`,
    `-DoutputDirectory=${folder}`,
    '-DincludeScope=runtime',
  ]);
}

/** Copies one artifact, and nothing that it depends on, into `folder`. Returns the file's path. */
export async function copyArtifact(artifact: Artifact, folder: string): Promise<string> {
  const { group, name, version, type = 'jar', classifier } = artifact;
  const coordinates = [group, name, version, type, ...(classifier === undefined ? [] : [classifier])].join(':');
  await maven(coordinates, [`${PLUGIN}:copy`, `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`]);
  return join(folder, `${name}-${version}${classifier === undefined ? '' : `-${classifier}`}.${type}`);
}
