/** Against a session that answers as Neo4j does where several make the schema of an empty graph at once. */
import { Neo4jError, type Session } from 'neo4j-driver';
import { expect, test } from 'vitest';
import { ensureSchema } from '../../../src/sinks/neo4j/schema.ts';

const refused = (code: string) => new Neo4jError('not now', code, '50N42', '');

/** `codes`: what each statement is answered, time after time; then it succeeds. */
function session(codes: readonly string[]) {
  const asked = new Map<string, number>();
  const run = async (statement: string) => {
    const before = asked.get(statement) ?? 0;
    asked.set(statement, before + 1);
    if (statement.startsWith('CREATE') && before < codes.length) throw refused(codes[before]);
  };
  return { asked, run: run as unknown as Session['run'] };
}

test('what others make at the same time is as good as made', async () => {
  const { asked, run } = session([
    'Neo.TransientError.Transaction.DeadlockDetected',
    'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists',
  ]);
  await ensureSchema({ run });
  const made = [...asked].filter(([statement]) => statement.startsWith('CREATE'));
  expect(made.length).toBeGreaterThan(10);
  expect(new Set(made.map(([, times]) => times))).toEqual(new Set([3]));
});

test('what Neo4j refuses for another reason is not asked for again', async () => {
  const { asked, run } = session(['Neo.ClientError.Security.Forbidden']);
  await expect(ensureSchema({ run })).rejects.toMatchObject({ code: 'Neo.ClientError.Security.Forbidden' });
  expect([...asked.values()]).toEqual([1]);
});
