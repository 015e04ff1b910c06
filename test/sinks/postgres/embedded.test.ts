import { connect } from 'node:net';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { startEmbeddedPostgres } from '../../../src/sinks/postgres/embedded.ts';
import { openPostgresSink } from '../../../src/sinks/postgres/postgres-sink.ts';
import { describeSink } from '../sink-contract.ts';
import { postgresHarness } from './harness.ts';
import { describeHistory } from './history-suite.ts';

const database = await startEmbeddedPostgres();
afterAll(() => database.close());

async function withClients<Result>(
  count: number,
  use: (clients: readonly pg.Client[]) => Promise<Result>,
): Promise<Result> {
  const clients = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new pg.Client(database.url);
      await client.connect();
      return client;
    }),
  );
  try {
    return await use(clients);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

describe('embedded Postgres', () => {
  test('a sink wants migrations first', async () => {
    await expect(openPostgresSink({ url: database.url, logId: 'test' })).rejects.toMatchObject({
      code: 'schema-missing',
      message: expect.stringContaining('0001-days.sql'),
    });
  });

  test('many clients at once each get their own answers, errors among them', async () => {
    const wrong = await withClients(6, (clients) =>
      Promise.all(
        clients.map(async (client, index) => {
          let unexpected = 0;
          for (let query = 0; query < 60; query++) {
            if (query % 5 === 4) {
              const error = await client.query('select 1 / $1::int', [0]).then(
                () => null,
                (reason: unknown) => reason,
              );
              if (!(error instanceof pg.DatabaseError) || error.code !== '22012') unexpected += 1;
            } else {
              const sent = index * 1_000 + query;
              const { rows } = await client.query<Record<string, number>>(
                `select $1::int as n${index}, $2::text as t`,
                [sent, 'x'.repeat(50_000)],
              );
              if (rows[0]?.[`n${index}`] !== sent) unexpected += 1;
            }
          }
          return unexpected;
        }),
      ),
    );
    expect(wrong).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('a client that leaves in the middle of a query or a transaction does not hold up the others', async () => {
    const message = (type: string, body: Buffer) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(body.length + 4);
      return Buffer.concat([Buffer.from(type), length, body]);
    };
    const startup = Buffer.from('\0\0\0\0\0\x03\0\0user\0postgres\0\0', 'latin1');
    startup.writeInt32BE(startup.length);
    const leavings = [
      message('P', Buffer.from('\0select 1\0\0\0')), // A statement, parsed and never run.
      message('P', Buffer.from('\0selec 1\0\0\0')), // The same with an error, after which Postgres waits for a Sync.
      Buffer.concat([message('Q', Buffer.from('begin\0')), message('P', Buffer.from('\0selec 1\0\0\0'))]),
      message('Q', Buffer.from('begin; create table left_over ()\0')),
    ];
    for (const leaving of leavings) {
      const socket = connect(database.port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      const answered = new Promise((resolve) => socket.once('data', resolve));
      socket.write(startup);
      await answered;
      const heard = new Promise((resolve) => socket.once('data', resolve));
      socket.write(leaving);
      await heard;
      socket.destroy();
      await withClients(1, async ([client]) => {
        const found = await client?.query<{ table: string | null }>(
          `select to_regclass('left_over') as table, $1::int as n`,
          [1],
        );
        expect(found?.rows).toEqual([{ table: null, n: 1 }]);
      });
    }
  });

  test('a port that is taken is an error that says so', { timeout: 60_000 }, async () => {
    await expect(startEmbeddedPostgres({ port: database.port })).rejects.toMatchObject({
      code: 'database-unavailable',
      message: expect.stringContaining('EADDRINUSE'),
    });
  });
});

const harness = () => postgresHarness(database.url, async () => {});
describeSink('Postgres sink on the embedded Postgres', harness, { cuts: 8, hostileBatches: 20 });
describeHistory('history in the embedded Postgres', harness);
