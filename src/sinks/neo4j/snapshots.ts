/** (:Cell)-[:HAS_AGENT]->(:Agent)-[:INTERACTS]->(:Agent): who lives in which cell, what each was last, and who asks whom. */
import { int } from 'neo4j-driver';
import type { Edge, Snapshot } from '../../../schemas/records.ts';
import { mergeCells } from './cells.ts';
import { type GraphWriter, millis, type Row } from './graph-writer.ts';
import { agentId, cellId } from './node-ids.ts';

const CELLS = `
MATCH (c:Cell {id: row.id})
WITH c, row, datetime({epochMillis: row.windowEnd}) AS windowEnd
WHERE c.windowEnd IS NULL OR c.windowEnd < windowEnd
SET c.windowEnd = windowEnd, c.agents = row.agents, c.late = row.late`;

const AGENTS = `
MERGE (a:Agent {id: row.id}) ON CREATE SET a.tenant = row.tenant, a.fleet = row.fleet, a.agent = row.agent
WITH a, row, datetime({epochMillis: row.windowEnd}) AS windowEnd
WHERE a.windowEnd IS NULL OR a.windowEnd < windowEnd
SET a.windowEnd = windowEnd, a.goneAt = null, a += row.state
WITH a, row WHERE a.cellId IS NULL OR a.cellId <> row.cellId
RETURN row.id AS id`;

/** An agent whose fleet was cut anew moves to its new cell. */
const MEMBERSHIP = `
MATCH (a:Agent {id: row.id}), (c:Cell {id: row.cellId})
OPTIONAL MATCH (:Cell)-[old:HAS_AGENT]->(a)
DELETE old
SET a.cellId = row.cellId
MERGE (c)-[:HAS_AGENT]->(a)`;

/**
 * Agents that their cell's newest window no longer has: gone with the first window without them, and no failure of theirs is foreseen any more. One that
 * another cell writes at the same time lives there: as in scores.ts the node is locked first and then looked at.
 */
const GONE = `
MATCH (:Cell {id: row.id})-[:HAS_AGENT]->(a:Agent)
WHERE a.windowEnd.epochMillis < last(row.windows)
SET a.lock = true REMOVE a.lock
WITH a, row
MATCH (:Cell {id: row.id})-[of:HAS_AGENT]->(a)
WITH a, of, [endMs IN row.windows WHERE endMs > a.windowEnd.epochMillis] AS without
WHERE size(without) > 0
DELETE of
SET a.goneAt = datetime({epochMillis: head(without)})
REMOVE a.cellId
WITH a WHERE a.scoredAt < a.goneAt
REMOVE a.failure, a.confidence, a.mainInput`;

const ENDS =
  'MERGE (a:Agent {id: row.id}) ON CREATE SET a.tenant = row.tenant, a.fleet = row.fleet, a.agent = row.agent';

/**
 * Rolling sums: each window's requests and errors count whole when they come and half after each half-life. Windows not after the last
 * one counted are passed over, so a record that comes twice counts once.
 */
const INTERACTIONS = `
MATCH (a:Agent {id: row.caller}), (b:Agent {id: row.callee})
MERGE (a)-[r:INTERACTS]->(b)
WITH r, row, r.lastWindow.epochMillis AS lastMs
WITH r, row, lastMs, [w IN row.windows WHERE lastMs IS NULL OR w.endMs > lastMs] AS fresh
WHERE size(fresh) > 0
WITH r, row, fresh, last(fresh).endMs AS endMs, lastMs
SET r.requests = reduce(sum = coalesce(r.requests * 0.5 ^ ((endMs - lastMs) / $halfLifeMs), 0.0),
      w IN fresh | sum + w.count * 0.5 ^ ((endMs - w.endMs) / $halfLifeMs)),
    r.errors = reduce(sum = coalesce(r.errors * 0.5 ^ ((endMs - lastMs) / $halfLifeMs), 0.0),
      w IN fresh | sum + w.errors * 0.5 ^ ((endMs - w.endMs) / $halfLifeMs)),
    r.latencyMs = last(fresh).latencyMs, r.boundary = row.boundary, r.lastWindow = datetime({epochMillis: endMs})`;

export async function writeSnapshots(
  writer: GraphWriter,
  snapshots: readonly Snapshot[],
  halfLifeMs: number,
): Promise<void> {
  if (snapshots.length === 0) return;
  const ascending = firstOfEachWindow(snapshots).toSorted((one, other) => one.windowEndMs - other.windowEndMs);
  const newest = [...new Map(ascending.map((snapshot) => [cellId(snapshot), snapshot])).values()];
  await mergeCells(writer, newest);
  await writer.each(
    CELLS,
    newest.map((of) => ({
      id: cellId(of),
      windowEnd: millis(of.windowEndMs),
      agents: int(of.agents.length),
      late: int(of.late),
    })),
  );
  const agents = newestAgents(ascending);
  const moved = new Set((await writer.each(AGENTS, [...agents.values()])).map(({ id }) => id));
  await writer.each(
    MEMBERSHIP,
    [...agents.values()].filter(({ id }) => moved.has(id)),
  );
  const windows = Map.groupBy(ascending, cellId);
  await writer.each(
    GONE,
    [...windows].map(([id, of]) => ({ id, windows: of.map(({ windowEndMs }) => millis(windowEndMs)) })),
  );
  const { ends, edges } = interactions(ascending);
  await writer.each(
    ENDS,
    ends.filter(({ id }) => !agents.has(String(id))),
  );
  await writer.each(INTERACTIONS, edges, { halfLifeMs });
}

/** A snapshot that a producer wrote twice counts once, in one batch as in two. */
function firstOfEachWindow(snapshots: readonly Snapshot[]): readonly Snapshot[] {
  const first = new Map<string, Snapshot>();
  for (const snapshot of snapshots) {
    const id = `${cellId(snapshot)}@${snapshot.windowEndMs}`;
    if (!first.has(id)) first.set(id, snapshot);
  }
  return [...first.values()];
}

function newestAgents(ascending: readonly Snapshot[]): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const snapshot of ascending) {
    const { tenant, fleet } = snapshot;
    for (const { agent, heartbeats, deviation: _, ...state } of snapshot.agents) {
      const id = agentId(snapshot, agent);
      const windowEnd = millis(snapshot.windowEndMs);
      rows.set(id, {
        id,
        cellId: cellId(snapshot),
        tenant,
        fleet,
        agent,
        windowEnd,
        state: { ...state, agent, heartbeats: int(heartbeats) },
      });
    }
  }
  return rows;
}

interface Interaction {
  readonly caller: string;
  readonly callee: string;
  boundary: boolean;
  readonly windows: Row[];
}

/** By caller and callee in order, so that two writers lock in the same order. */
function interactions(ascending: readonly Snapshot[]): {
  readonly ends: readonly Row[];
  readonly edges: readonly Row[];
} {
  const ends = new Map<string, Row>();
  const edges = new Map<string, Interaction>();
  const end = (snapshot: Snapshot, agent: string): string => {
    const id = agentId(snapshot, agent);
    if (!ends.has(id)) ends.set(id, { id, tenant: snapshot.tenant, fleet: snapshot.fleet, agent });
    return id;
  };
  for (const snapshot of ascending) {
    for (const edge of snapshot.edges) {
      const caller = end(snapshot, edge.caller);
      const callee = end(snapshot, edge.callee);
      const id = `${caller} ${callee}`;
      const found = edges.get(id) ?? { caller, callee, boundary: edge.boundary, windows: [] };
      edges.set(id, found);
      found.boundary = edge.boundary;
      found.windows.push(windowRow(snapshot, edge));
    }
  }
  const sorted = <Value>(map: ReadonlyMap<string, Value>): Value[] =>
    [...map].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
  return { ends: sorted(ends), edges: sorted(edges).map((edge) => ({ ...edge })) };
}

function windowRow({ windowEndMs }: Snapshot, { count, errors, latencyMs }: Edge): Row {
  return { endMs: millis(windowEndMs), count, errors, latencyMs };
}
