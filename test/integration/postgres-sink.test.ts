/** The history's promises on a real Postgres, in databases of their own. */
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { defaultLimits } from '../../src/sinks/postgres/connection.ts';
import { openPostgresSink } from '../../src/sinks/postgres/postgres-sink.ts';
import { type PostgresHarness, postgresHarness } from '../sinks/postgres/harness.ts';
import { describeHistory } from '../sinks/postgres/history-suite.ts';
import { describeSink } from '../sinks/sink-contract.ts';
import { until } from '../streams/wire.ts';
import { freshDatabase } from './postgres.ts';

async function harness(): Promise<PostgresHarness> {
  const database = await freshDatabase();
  return await postgresHarness(database.url, () => database.drop());
}

describe.skipIf(inject('postgres') === null)('real Postgres', () => {
  describeSink('Postgres sink', harness, { cuts: 60, hostileBatches: 100 });
  describeHistory('history', harness);

  test('a sink that is closed while the database does not answer waits no longer than it may', async () => {
    const { url, close } = await harness();
    onTestFinished(close);
    const limits = { ...defaultLimits, lockMs: 30_000, closeMs: 300 };
    const sink = await openPostgresSink({ url, limits });
    const other = new pg.Client(url);
    await other.connect();
    await other.query('begin; lock table aura.positions in access exclusive mode');
    const asked = expect(sink.positions([{ topic: 'aura.snapshots', partition: 0 }])).rejects.toMatchObject({
      code: 'database-unavailable',
    });
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until('it waits', async () => (await other.query(waiting)).rowCount === 1);
    const fromMs = performance.now();
    await sink.close();
    expect(performance.now() - fromMs).toBeLessThan(2_000);
    await asked;
    await other.end();
  });
});
