/** A Postgres for the sink contract. */
import pg from 'pg';
import { migrate } from '../../../src/sinks/postgres/migrate.ts';
import { openPostgresSink } from '../../../src/sinks/postgres/postgres-sink.ts';
import type { SinkHarness } from '../sink-contract.ts';

export interface PostgresHarness extends SinkHarness {
  readonly url: string;
}

/** Migrates the database at `url`, which the tests may empty. */
export async function postgresHarness(url: string, stop: () => Promise<void>): Promise<PostgresHarness> {
  await migrate(url);
  const client = new pg.Client(url);
  await client.connect();
  const { rows: tables } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'aura'::regnamespace and relkind in ('r', 'p')
     and relname not in ('migrations', 'positions') order by relname`,
  );
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname,
    port: Number(port),
    open(through) {
      const at = new URL(url);
      if (through !== undefined) at.host = `127.0.0.1:${through}`;
      return openPostgresSink({ url: at.href, logId: 'test' });
    },
    async contents() {
      const all = tables
        .map(({ name }) => `select '${name} ' || t::text as line from aura.${name} t`)
        .join(' union all ');
      const { rows } = await client.query<{ line: string }>(`select line from (${all}) rows order by line collate "C"`);
      return rows.map(({ line }) => line);
    },
    async clear() {
      await client.query(
        ['positions', ...tables.map(({ name }) => name)].map((name) => `delete from aura.${name}`).join(';'),
      );
    },
    async close() {
      await client.end();
      await stop();
    },
  };
}
