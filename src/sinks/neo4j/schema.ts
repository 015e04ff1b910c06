/** Keys and indexes of the graph; made when the sink opens, where they are missing. */
import { Neo4jError, type Session } from 'neo4j-driver';

/** Labels whose nodes have a key named id. */
const KEYED = [
  'Tenant',
  'Fleet',
  'Cell',
  'Agent',
  'Incident',
  'Signature',
  'Proposal',
  'Decision',
  'Outcome',
  'Position',
] as const;

/** What people look for. */
const INDEXED = [
  ['Agent', 'failure'],
  ['Agent', 'troubleIn'],
  ['Incident', 'openedAt'],
  ['Decision', 'decidedAt'],
  ['Decision', 'proposalId'],
  ['Signature', 'windowEnd'],
] as const;

/** How often a statement is tried where other processes make the same schema at the same time. */
const attemptsMax = 30;
const pauseMaxMs = 100;

export async function ensureSchema(session: Pick<Session, 'run'>): Promise<void> {
  for (const label of KEYED) {
    await make(
      session,
      `CREATE CONSTRAINT aura_${label.toLowerCase()}_id IF NOT EXISTS FOR (n:${label}) REQUIRE n.id IS UNIQUE`,
    );
  }
  for (const [label, property] of INDEXED) {
    await make(
      session,
      `CREATE INDEX aura_${label.toLowerCase()}_${property.toLowerCase()} IF NOT EXISTS FOR (n:${label}) ON (n.${property})`,
    );
  }
  await session.run('CALL db.awaitIndexes(60)');
}

/** Neo4j looks whether it exists before it takes the lock: of several that find nothing one makes it, and the others are refused or meet in a deadlock. */
async function make(session: Pick<Session, 'run'>, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.run(statement);
      return;
    } catch (error) {
      if (!madeByOthers(error) || attempt === attemptsMax) throw error;
      // Not in step with those who met here.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMaxMs));
    }
  }
}

function madeByOthers(error: unknown): boolean {
  return (
    error instanceof Neo4jError &&
    (error.code === 'Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists' ||
      error.code === 'Neo.TransientError.Transaction.DeadlockDetected')
  );
}
