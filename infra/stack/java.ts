import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, exists } from './cache.ts';
import { tryCommand } from './command.ts';
import { StackError } from './errors.ts';

const SYSTEM_JVM_FOLDERS = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'];

/** Major version (17, 21, ...) of the Java at this path; undefined if it doesn't run. */
async function majorVersion(java: string): Promise<number | undefined> {
  try {
    // `java -version` prints to the standard error: openjdk version "17.0.15" 2025-04-15
    const { exitCode, stderr } = await tryCommand(java, ['-version'], { timeoutMs: 20_000 });
    const match = /version "(\d+)/.exec(stderr);
    return exitCode === 0 && match ? Number(match[1]) : undefined;
  } catch (error) {
    if (error instanceof StackError) return undefined;
    throw error;
  }
}

async function* candidates(): AsyncGenerator<string> {
  if (process.env.JAVA_HOME !== undefined) yield join(process.env.JAVA_HOME, 'bin', 'java');
  yield 'java';
  for (const folder of SYSTEM_JVM_FOLDERS) {
    if (!(await exists(folder))) continue;
    for (const name of (await readdir(folder)).sort()) {
      yield join(folder, name, 'bin', 'java');
      yield join(folder, name, 'Contents', 'Home', 'bin', 'java');
    }
  }
}

/**
 * Path of a Java whose major version lies in [minimum, maximum]: JAVA_HOME's, else the one on the PATH, else one that
 * the system has installed beside it.
 */
export async function findJava(minimum: number, maximum: number): Promise<string> {
  const seen: string[] = [];
  for await (const java of candidates()) {
    const version = await majorVersion(java);
    if (version === undefined) continue;
    if (version >= minimum && version <= maximum) return java;
    seen.push(`${java} is ${version}`);
  }
  throw new StackError(
    'JAVA_MISSING',
    `Java ${minimum} to ${maximum} is needed; found: ${seen.join(', ') || 'none'}. ` +
      'Install one (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME.',
  );
}

/** Where the classes that a program loads are kept ready for the JVM (class data sharing); see warm.ts. */
export function classArchive(name: string): string {
  return join(cacheFolder(), `${name}.jsa`);
}

/** Options that let the JVM use the program's class archive, if it was made. It halves what a start costs. */
export async function classArchiveOptions(name: string): Promise<readonly string[]> {
  const archive = classArchive(name);
  return (await exists(archive)) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}
