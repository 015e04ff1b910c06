/**
 * A Vulkan that runs on the CPU: SwiftShader, which Chromium brings, so that tests run GPU kernels where there is no GPU. It is slow, and
 * right.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, cacheFolder, exists } from '../stack/cache.ts';
import { commandWorks, runCommand, tryCommand } from '../stack/command.ts';
import { StackError } from '../stack/errors.ts';

const DRIVER = 'vk_swiftshader_icd.json';
/** Driver, its description, and the loader that Vulkan programs open first; Chromium keeps all three in one folder. */
const FILES = [DRIVER, 'libvk_swiftshader.so', 'libvulkan.so.1'] as const;
const CACHE_NAME = 'swiftshader';

/** Where browsers that bring it are installed. */
const USUAL_FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
  '/opt/microsoft/msedge',
];

/**
 * What a process must be started with to find it. Both are read when a process starts or loads the driver, so a running one can't be
 * given them.
 */
export interface VulkanEnvironment {
  readonly VK_DRIVER_FILES: string;
  readonly LD_LIBRARY_PATH: string;
}

/** The software Vulkan of this machine, or undefined: looks in VK_DRIVER_FILES, where browsers are installed, and in the cache. */
export async function findSoftwareVulkan(): Promise<VulkanEnvironment | undefined> {
  const named = process.env.VK_DRIVER_FILES;
  if (named !== undefined && named !== '') {
    return { VK_DRIVER_FILES: named, LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH ?? '' };
  }
  if (process.platform !== 'linux') return undefined;
  for (const folder of USUAL_FOLDERS) if (await isComplete(folder)) return environmentOf(folder);
  // The cache's folder appears under its name only when it is complete.
  const kept = join(cacheFolder(), CACHE_NAME);
  return (await exists(kept)) ? environmentOf(kept) : undefined;
}

/**
 * Finds it or, on Debian, fetches the package chromium-common by apt (32 MB) and keeps the three files of it that are needed (6 MB) in the
 * cache; nothing is installed. Throws PLATFORM_UNSUPPORTED or DOWNLOAD_FAILED.
 */
export async function softwareVulkan(): Promise<VulkanEnvironment> {
  return (await findSoftwareVulkan()) ?? environmentOf(await cached(CACHE_NAME, fetchFromDebian));
}

async function fetchFromDebian(folder: string): Promise<void> {
  const hasApt = (await commandWorks('apt-get', ['--version'])) && (await commandWorks('dpkg-deb', ['--version']));
  if (!hasApt) {
    const what = 'SwiftShader is fetched by apt-get and dpkg-deb, which are not here';
    throw new StackError(
      'PLATFORM_UNSUPPORTED',
      `${what}; set VK_DRIVER_FILES, or install Chromium in ${USUAL_FOLDERS[0]}`,
    );
  }
  const download = await mkdtemp(join(tmpdir(), 'aura-vulkan-'));
  try {
    const archive = join(download, await downloadPackage('chromium-common', download));
    await runCommand('dpkg-deb', ['--extract', archive, download]);
    for (const file of FILES) await runCommand('cp', [join(download, 'usr/lib/chromium', file), folder]);
  } finally {
    await rm(download, { recursive: true, force: true });
  }
}

/** The name of the package's archive in `folder`. */
async function downloadPackage(name: string, folder: string): Promise<string> {
  let result = await tryCommand('apt-get', ['download', name], { cwd: folder });
  if (result.exitCode !== 0 && process.getuid?.() === 0) {
    // A fresh machine has no package lists, or old ones that name archives which are gone.
    await tryCommand('apt-get', ['update']);
    result = await tryCommand('apt-get', ['download', name], { cwd: folder });
  }
  const archive = (await readdir(folder)).find((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
  if (result.exitCode !== 0 || archive === undefined) {
    throw new StackError('DOWNLOAD_FAILED', `apt-get download ${name}: ${result.stderr.trim()}`);
  }
  return archive;
}

async function isComplete(folder: string): Promise<boolean> {
  for (const file of FILES) if (!(await exists(join(folder, file)))) return false;
  return true;
}

function environmentOf(folder: string): VulkanEnvironment {
  const others = process.env.LD_LIBRARY_PATH;
  return {
    VK_DRIVER_FILES: join(folder, DRIVER),
    LD_LIBRARY_PATH: others === undefined || others === '' ? folder : `${folder}:${others}`,
  };
}
