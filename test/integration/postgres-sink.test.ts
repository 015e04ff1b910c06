/** The history's promises on a real Postgres, in databases of their own. */
import { describe, inject } from 'vitest';
import { type PostgresHarness, postgresHarness } from '../sinks/postgres/harness.ts';
import { describeHistory } from '../sinks/postgres/history-suite.ts';
import { describeSink } from '../sinks/sink-contract.ts';
import { freshDatabase } from './postgres.ts';

async function harness(): Promise<PostgresHarness> {
  const database = await freshDatabase();
  return await postgresHarness(database.url, () => database.drop());
}

describe.skipIf(inject('postgres') === null)('real Postgres', () => {
  describeSink('Postgres sink', harness, { cuts: 60, hostileBatches: 100 });
  describeHistory('history', harness);
});
