import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { findJava } from '../../../infra/stack/java.ts';

const folders: string[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with a `bin/java` that says so and ends with this code. */
function javaHome(saying: string, exitCode = 0): string {
  const home = mkdtempSync(join(tmpdir(), 'java-'));
  folders.push(home);
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', 'java'), `#!/bin/sh\necho '${saying}' >&2\nexit ${exitCode}\n`, { mode: 0o755 });
  return home;
}

test('the Java of JAVA_HOME is taken where its version lies in the range, both ends included, else the one on the path', async () => {
  const own = javaHome('openjdk version "90.0.15" 2099-04-15');
  const other = javaHome('openjdk version "95" 2099-04-15');
  vi.stubEnv('JAVA_HOME', own);
  vi.stubEnv('PATH', join(other, 'bin'));
  expect(await findJava(90, 92)).toBe(join(own, 'bin', 'java'));
  expect(await findJava(88, 90)).toBe(join(own, 'bin', 'java'));
  expect(await findJava(91, 95)).toBe('java');
  await expect(findJava(91, 94)).rejects.toThrow(/java is 90, java is 95/);
});

test('a Java that fails, or that says no version, is passed over', async () => {
  vi.stubEnv('JAVA_HOME', javaHome('openjdk version "90.0.15" 2099-04-15', 1));
  vi.stubEnv('PATH', join(javaHome('no Java is installed'), 'bin'));
  await expect(findJava(90, 90)).rejects.toMatchObject({ code: 'JAVA_MISSING' });
});
