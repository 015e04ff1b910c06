/** Files that are there whole or not at all: a disk that is full, or a process that is ended, leaves what was there before. */
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { codeOf } from './errors.ts';

/** Throws what Node throws: EEXIST where there is one of that name, which stays. */
export async function writeNewFile(file: string, text: string, mode = 0o666): Promise<void> {
  try {
    await writeFile(file, text, { mode, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') await rm(file, { force: true });
    throw error;
  }
}

/** The file that was there, if any, stays until the new one is written. Throws what Node throws. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await existing(file);
  if (target === null) return await writeNewFile(file, text);
  const found = await stat(target);
  // A pipe or a device is written to, not replaced.
  if (!found.isFile()) return await writeFile(target, text);
  // Beside it: a rename does not cross file systems.
  const draft = `${target}.${process.pid}.draft`;
  try {
    await writeFile(draft, text, { mode: found.mode });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Where it lies, links followed; null: nothing is there. */
async function existing(file: string): Promise<string | null> {
  try {
    return await realpath(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}
