/** Files that are there whole or not at all, also where the disk is full. */
import { rename, rm, writeFile } from 'node:fs/promises';
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

/** The file that was there stays until the new one is written. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.draft`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
