import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const module = new URL('../../src/cli/end-anyway.ts', import.meta.url).href;

/** A process that is kept by a timer; it has failed with 3. */
function ended(script: string) {
  const source = `const { endAnyway } = await import(${JSON.stringify(module)}); process.exitCode = 3; ${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', source], { timeout: 15_000 });
}

test('what something forgot to close keeps no process that has ended, and its exit code stays', () => {
  expect(ended('setInterval(() => {}, 1_000); endAnyway(200);')).toMatchObject({ status: 3, signal: null });
});

test('a process that nothing keeps ends at once', () => {
  const fromMs = performance.now();
  expect(ended('endAnyway(12_000);')).toMatchObject({ status: 3, signal: null });
  expect(performance.now() - fromMs).toBeLessThan(10_000);
});

test('a reader that takes its time gets the whole answer', async () => {
  const source = `const { endAnyway } = await import(${JSON.stringify(module)}); process.stdout.write('x'.repeat(1_000_000)); endAnyway(200);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await sleep(2_000);
  expect(await text(child.stdout)).toHaveLength(1_000_000);
});
