/** Versioned migrations: the numbered .sql files of migrations/, each applied once, in order, under a lock. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { SinkError } from '../errors.ts';
import { clientConfig, defaultLimits, sinkError } from './connection.ts';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of `sql`, in hexadecimal. */
  readonly checksum: string;
}

export interface MigrationResult {
  /** Names of the migrations that this call applied. */
  readonly applied: readonly string[];
  /** The version the database has now. */
  readonly version: number;
}

const FOLDER = join(import.meta.dirname, 'migrations');

/** The migrations in a folder, ascending from 1 without a gap. */
export function readMigrations(folder: string = FOLDER): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, index) => {
      const version = Number.parseInt(name, 10);
      if (version !== index + 1) throw new Error(`${name}: valid is a name that begins with ${index + 1}`);
      const sql = readFileSync(join(folder, name), 'utf8');
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Brings a database to the newest version; all migrations that are missing commit together. Callers at the same time wait for one another.
 * Throws SinkError: `schema-changed`, `schema-newer`, or what the database says.
 */
export async function migrate(
  url: string,
  migrations: readonly Migration[] = readMigrations(),
): Promise<MigrationResult> {
  // Waiting for another caller's migrations may take longer than a writer would wait for a lock.
  const client = new pg.Client(clientConfig(url, { ...defaultLimits, lockMs: 60_000, statementMs: 0 }));
  try {
    await client.connect();
    await client.query('begin');
    // Released with the transaction: the embedded Postgres has one session for all clients, where a session's lock keeps nobody out.
    await client.query(`select pg_advisory_xact_lock(hashtext('aura.migrate'))`);
    await client.query(`
      create schema if not exists aura;
      create table if not exists aura.migrations (
        version int primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`);
    const missing = check(migrations, await appliedMigrations(client));
    for (const { version, name, sql, checksum } of missing) {
      await client.query(sql);
      await client.query('insert into aura.migrations (version, name, checksum) values ($1, $2, $3)', [
        version,
        name,
        checksum,
      ]);
    }
    await client.query('commit');
    return { applied: missing.map(({ name }) => name), version: migrations.length };
  } catch (error) {
    throw sinkError(error);
  } finally {
    await client.end();
  }
}

/** Throws SinkError where the database is not at exactly this program's version. */
export async function checkMigrated(
  client: pg.ClientBase,
  migrations: readonly Migration[] = readMigrations(),
): Promise<void> {
  const { rows } = await client.query<{ found: boolean }>(`select to_regclass('aura.migrations') is not null as found`);
  const missing = check(migrations, rows[0]?.found ? await appliedMigrations(client) : []);
  if (missing.length > 0) {
    throw new SinkError(
      'schema-missing',
      `the database lacks ${missing.map(({ name }) => name).join(', ')}: run aura migrate`,
    );
  }
}

type AppliedMigration = Pick<Migration, 'version' | 'name' | 'checksum'>;

async function appliedMigrations(client: pg.ClientBase): Promise<readonly AppliedMigration[]> {
  const { rows } = await client.query<AppliedMigration>(
    'select version, name, checksum from aura.migrations order by version',
  );
  return rows;
}

/** The migrations that are not applied yet. */
function check(known: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  for (const { version, name, checksum } of applied) {
    const own = known[version - 1];
    if (own === undefined) {
      throw new SinkError(
        'schema-newer',
        `the database has migration ${name}; this program knows ${known.length} migrations`,
      );
    }
    if (own.checksum !== checksum) {
      throw new SinkError(
        'schema-changed',
        `${name} was applied as ${checksum} and is ${own.checksum} now: add a migration, never change one`,
      );
    }
  }
  return known.slice(applied.length);
}
