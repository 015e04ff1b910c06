/** A Neo4j for the sink contract. Empties it of everything that the graph is made of. */
import neo4j from 'neo4j-driver';
import { openNeo4jSink } from '../../../src/sinks/neo4j/neo4j-sink.ts';
import type { SinkHarness } from '../sink-contract.ts';

export interface Neo4jAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface Neo4jHarness extends SinkHarness {
  read(cypher: string): Promise<readonly Record<string, unknown>[]>;
}

const LABELS = 'Tenant|Fleet|Cell|Agent|Incident|Signature|Proposal|Decision|Outcome';

export async function neo4jHarness({ url, user, password }: Neo4jAddress): Promise<Neo4jHarness> {
  const driver = neo4j.driver(url, neo4j.auth.basic(user, password), { disableLosslessIntegers: true });
  const { hostname, port } = new URL(url);
  const read = async (cypher: string) => (await driver.executeQuery(cypher)).records.map((record) => record.toObject());
  return {
    host: hostname,
    port: Number(port),
    read,
    open: (through = Number(port)) =>
      openNeo4jSink({ url: `bolt://${hostname}:${through}`, user, password, logId: 'test' }),
    async contents() {
      const nodes = await read(`MATCH (n:${LABELS}) RETURN labels(n) AS labels, properties(n) AS properties`);
      const relationships = await read(
        `MATCH (a:${LABELS})-[r]->(b) RETURN a.id AS from, type(r) AS type, b.id AS to, properties(r) AS properties`,
      );
      return [...nodes, ...relationships].map((each) => JSON.stringify(sorted(each))).sort();
    },
    async clear() {
      await driver.executeQuery(`MATCH (n:${LABELS}|Position) DETACH DELETE n`);
    },
    close: () => driver.close(),
  };
}

/** Properties come in no particular order; temporal values as people write them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (neo4j.isDateTime(value)) return value.toString();
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}
