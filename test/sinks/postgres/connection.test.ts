import pg from 'pg';
import { expect, test } from 'vitest';
import { sinkError } from '../../../src/sinks/postgres/connection.ts';

function answered(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('no', 2, 'error'), { code });
}

test('a server that takes no writes for now is away, not one that refuses what it is given', () => {
  expect(sinkError(answered('25006'))).toMatchObject({ code: 'database-unavailable', retriable: true });
  expect(sinkError(answered('25001'))).toMatchObject({ code: 'database-refused', retriable: false });
});
