/** Keys and indexes of the graph; made when the sink opens, where they are missing. */
import type { Session } from 'neo4j-driver';

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

export async function ensureSchema(session: Session): Promise<void> {
  for (const label of KEYED) {
    await session.run(
      `CREATE CONSTRAINT aura_${label.toLowerCase()}_id IF NOT EXISTS FOR (n:${label}) REQUIRE n.id IS UNIQUE`,
    );
  }
  for (const [label, property] of INDEXED) {
    await session.run(
      `CREATE INDEX aura_${label.toLowerCase()}_${property.toLowerCase()} IF NOT EXISTS FOR (n:${label}) ON (n.${property})`,
    );
  }
  await session.run('CALL db.awaitIndexes(60)');
}
