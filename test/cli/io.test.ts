/** What becomes of a command whose words nobody takes any more. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** A line of the shell in which $NODE is Node and $IO a program that tells both streams something, later. */
function shell(line: string) {
  const program = `
    const { processIo } = await import('${root}/src/cli/io.ts');
    const io = processIo();
    await new Promise((resolve) => setTimeout(resolve, 300));
    io.err('progress\\n');
    await new Promise((resolve) => setTimeout(resolve, 300));
    io.out('answer\\n');`;
  const env = { ...process.env, NODE: process.execPath, IO: program };
  return spawnSync('bash', ['-c', line], { encoding: 'utf8', env });
}

test.skipIf(!existsSync('/dev/full'))('an answer that cannot be written is told in one line', () => {
  const { status, stderr } = shell('"$NODE" -e "$IO" > /dev/full');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^progress\naura: cannot write standard output: ENOSPC.* \[output-failed\]\n$/);
});

test('a command whose progress nobody reads goes on to its answer', () => {
  const { stdout } = shell('{ "$NODE" -e "$IO" 2>&1 >&3 | true; echo "ended with $PIPESTATUS"; } 3>&1');
  expect(stdout).toBe('answer\nended with 0\n');
});

test('a command whose answer nobody reads ends as by SIGPIPE', () => {
  expect(shell('"$NODE" -e "$IO" | true; echo "ended with $PIPESTATUS"').stdout).toBe('ended with 141\n');
});
