/** Where the disk is full: full-disk.test.ts. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replaceFile, writeNewFile } from '../../src/cli/whole-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'aura-whole-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
