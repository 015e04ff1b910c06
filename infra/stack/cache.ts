import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { systemErrorCode } from './errors.ts';

/** Where downloads are kept between starts: `AURA_CACHE`, else `~/.cache/aura`. */
export function cacheFolder(): string {
  const { AURA_CACHE: given = '' } = process.env;
  // Servers work in folders of their own, where a relative path would lead elsewhere.
  return given === '' ? join(homedir(), '.cache', 'aura') : resolve(given);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Returns the cache's folder of this name (in `root`, if the cache's usual place won't do); `fill` is called with an empty folder if it isn't there yet.
 * The folder appears under its name only when it is complete, so an interrupted download leaves nothing that looks
 * usable, and two processes that fill it at once do no harm: the first to finish wins.
 */
export async function cached(
  name: string,
  fill: (folder: string) => Promise<void>,
  root = cacheFolder(),
): Promise<string> {
  const folder = join(root, name);
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const partial = await mkdtemp(`${folder}.partial-`);
  try {
    await fill(partial);
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const lostTheRace = ['ENOTEMPTY', 'EEXIST'].includes(systemErrorCode(error) ?? '');
    if (!(lostTheRace && (await exists(folder)))) throw error;
  }
  return folder;
}
