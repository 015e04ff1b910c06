import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** False where no Postgres can be had: the tests that need one are left out, and said to be. */
export const hasPostgres = inject('postgres') !== null;

export interface FreshDatabase {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A database of its own on the server that the tests were given. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const server = new URL(inject('postgres')?.url ?? '');
  const asked = async (url: string, sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await asked(server.href, `create database ${name}`);
  const url = new URL(server.href);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: async <Row extends pg.QueryResultRow>(sql: string) => (await asked(url.href, sql)).rows as Row[],
    drop: async () => {
      await asked(server.href, `drop database ${name} with (force)`);
    },
  };
}
