import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replaceFile, writeNewFile } from '../../src/cli/whole-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'aura-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes 100,000 characters in a process whose files may have no more than 8 KiB, as on a disk that is full. */
function writeTooMuch(path: string, how: 'writeNewFile' | 'replaceFile'): string {
  const module = new URL('../../src/cli/whole-files.ts', import.meta.url).href;
  const script = `const files = await import('${module}');
    await files.${how}('${path}', 'x'.repeat(100_000)).catch((error) => process.stdout.write(error.code));`;
  const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module --eval "$1"`;
  return spawnSync('bash', ['-c', limited, process.execPath, script], { encoding: 'utf8' }).stdout;
}

test.skipIf(process.platform === 'win32')(
  'where there is no room nothing is left half-written, and what was there stays',
  () => {
    const path = join(folder, 'full.json');
    expect(writeTooMuch(path, 'writeNewFile')).toBe('EFBIG');
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(path, 'precious');
    expect(writeTooMuch(path, 'replaceFile')).toBe('EFBIG');
    expect(readdirSync(folder)).toEqual(['full.json']);
    expect(readFileSync(path, 'utf8')).toBe('precious');
  },
);

test('a file is replaced only where it may be, with its mode kept and links followed', async () => {
  const path = join(folder, 'model.json');
  const link = join(folder, 'link.json');
  await replaceFile(path, 'first');
  await expect(writeNewFile(path, 'second')).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(path, 'utf8')).toBe('first');
  chmodSync(path, 0o640);
  symlinkSync(path, link);
  const { mode } = statSync(path);
  await replaceFile(link, 'second');
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect(statSync(path).mode).toBe(mode);
});
