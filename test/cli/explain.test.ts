import { expect, test } from 'vitest';
import { CliError } from '../../src/cli/errors.ts';
import { explain } from '../../src/cli/explain.ts';
import { FleetError } from '../../src/fleet/errors.ts';
import { SinkError } from '../../src/sinks/errors.ts';
import { LogError } from '../../src/streams/log.ts';

test('errors of every part keep their code and are told once', () => {
  expect(explain(new CliError('keys-missing', 'no keys', 'make some'))).toEqual({
    code: 'keys-missing',
    message: 'no keys',
    next: 'make some',
  });
  expect(explain(new FleetError('CELL_KEY_INVALID', 'key is "x"'))).toMatchObject({
    code: 'cell-key-invalid',
    message: 'key is "x"',
  });
  expect(explain(new LogError('topic-partitions-differ', 'a has 1')).next).toContain('AURA_PARTITIONS');
  expect(explain(new SinkError('schema-missing', 'old')).next).toContain('aura migrate');
});

test('several lines become one, and secrets are taken out', () => {
  const { message } = explain(new Error('cannot reach\n  postgres://u:hunter2@host/db\n'));
  expect(message).toContain('cannot reach postgres://u:');
  expect(message).not.toContain('hunter2');
  expect(explain(new Error('refused: {"password": "hunter2"}')).message).not.toContain('hunter2');
});

test('of several errors at once the first is told', () => {
  expect(explain(new AggregateError([new CliError('key-exists', 'one'), new Error('two')])).message).toBe('one');
});

test('an error of no known kind leads to its stack', () => {
  expect(explain('boom')).toEqual({
    code: 'unexpected',
    message: 'boom',
    next: expect.stringContaining('AURA_DEBUG=1'),
  });
});

test('a login that a database refuses leads to the settings that hold it, another refusal does not', () => {
  const refused = (message: string) => explain(new SinkError('database-refused', message)).next;
  expect(refused('Postgres 28P01: password authentication failed for user "aura"')).toContain('AURA_POSTGRES_URL');
  expect(refused('Neo4j Neo.ClientError.Security.Unauthorized: no')).toContain('AURA_NEO4J_PASSWORD');
  expect(refused('Postgres 23514: new row violates check constraint')).toBe('');
});

test('a broker that takes connections and never answers is one that cannot be reached', () => {
  expect(explain(new Error('Broker not connected'))).toMatchObject({
    code: 'brokers-unreachable',
    next: expect.stringContaining('AURA_BROKERS'),
  });
});
