import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { kafka } from '../../../infra/stack/kafka.ts';

/** A Java that says its version and does nothing, and a Kafka that is downloaded already. */
async function standIns(folder: string): Promise<void> {
  const java = join(folder, 'java', 'bin', 'java');
  await mkdir(join(folder, 'java', 'bin'), { recursive: true });
  await mkdir(join(folder, 'cache', `kafka-${kafka.version}`), { recursive: true });
  await writeFile(java, '#!/bin/sh\necho \'openjdk version "17.0.15"\' >&2\n');
  await chmod(java, 0o755);
  vi.stubEnv('JAVA_HOME', join(folder, 'java'));
  vi.stubEnv('AURA_CACHE', join(folder, 'cache'));
}

test('Java reads its settings as Latin-1 and a comma in them as the end of a path: they name no folder but from within', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'aura-kafka-'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(parent, { recursive: true });
  });
  await standIns(parent);
  const folder = join(parent, 'bei jürgen, 日本');
  await mkdir(join(folder, 'certificates'), { recursive: true });
  await writeFile(join(folder, 'certificates', 'server.pem'), '');
  const ports = { broker: 1, controller: 2, sasl: 3, mutual: 4 };
  const { cwd } = await kafka.prepare({ folder, ports, secure: true });
  expect(cwd).toBe(folder);
  const settings = await readFile(join(folder, 'server.properties'), 'utf8');
  expect(settings).toMatch(/^log\.dirs=data$/m);
  expect(settings).not.toContain(parent);
});
