/** Failure scores on the agents, cascade risk on the cells, and (:Incident)-[:OF]->(:Agent) where trouble lasts. */
import { type Integer, int } from 'neo4j-driver';
import type { Scores } from '../../../schemas/records.ts';
import { mergeCells } from './cells.ts';
import { type GraphWriter, millis, type Row } from './graph-writer.ts';
import { type Incident, type IncidentRule, nothing, type Watch, watch } from './incidents.ts';
import { agentId, cellId, incidentId } from './node-ids.ts';

const CELLS = `
MATCH (c:Cell {id: row.id})
WITH c, row, datetime({epochMillis: row.scoredAt}) AS scoredAt
WHERE c.scoredAt IS NULL OR c.scoredAt < scoredAt
SET c.scoredAt = scoredAt, c.cascade = row.cascade, c.model = row.model, c.horizonMs = row.horizonMs`;

const AGENTS = `
MERGE (a:Agent {id: row.id}) ON CREATE SET a.tenant = row.tenant, a.fleet = row.fleet, a.agent = row.agent
SET a.failure = row.failure, a.confidence = row.confidence, a.mainInput = row.mainInput,
  a.scoredAt = datetime({epochMillis: row.scoredAt}), a += row.watch`;

const INCIDENTS = `
MATCH (a:Agent {id: row.agent})
MERGE (i:Incident {id: row.id})
SET i.since = datetime({epochMillis: row.since}), i.openedAt = datetime({epochMillis: row.openedAt}), i.peak = row.peak,
  i.closedAt = CASE WHEN row.closedAt IS NULL THEN null ELSE datetime({epochMillis: row.closedAt}) END
MERGE (i)-[:OF]->(a)`;

/** What an agent's node remembers of its trouble, for incidents.ts. */
interface StoredWatch extends Record<string, unknown> {
  readonly id: string;
  readonly scoredMs: Integer;
  readonly above: Integer | null;
  readonly below: Integer;
  readonly sinceMs: Integer;
  readonly peak: number;
  readonly openedMs: Integer | null;
}

const WATCHES = `
UNWIND $ids AS id
MATCH (a:Agent {id: id}) WHERE a.scoredAt IS NOT NULL
RETURN id, a.scoredAt.epochMillis AS scoredMs, a.troubleAbove AS above, a.troubleBelow AS below,
  a.troubleSinceMs AS sinceMs, a.troublePeak AS peak, a.incidentOpenedMs AS openedMs`;

export async function writeScores(writer: GraphWriter, scores: readonly Scores[], rule: IncidentRule): Promise<void> {
  if (scores.length === 0) return;
  const ascending = scores.toSorted((one, other) => one.windowEndMs - other.windowEndMs);
  const newest = [...new Map(ascending.map((of) => [cellId(of), of])).values()];
  await mergeCells(writer, newest);
  await writer.each(
    CELLS,
    newest.map((of) => ({
      id: cellId(of),
      scoredAt: millis(of.windowEndMs),
      cascade: of.cascade,
      model: of.model,
      horizonMs: int(of.horizonMs),
    })),
  );

  const ids = new Set(ascending.flatMap((of) => of.agents.map(({ agent }) => agentId(of, agent))));
  const stored = await writer.read<StoredWatch>(WATCHES, { ids: [...ids] });
  const watches = new Map(stored.map((row) => [row.id, { scoredMs: row.scoredMs.toNumber(), watch: readWatch(row) }]));
  const agents = new Map<string, Row>();
  const incidents = new Map<string, Row>();
  for (const of of ascending) {
    const { tenant, fleet, windowEndMs } = of;
    for (const { agent, failure, confidence, signals } of of.agents) {
      const id = agentId(of, agent);
      const before = watches.get(id);
      if (before !== undefined && before.scoredMs >= windowEndMs) continue;
      const after = watch(before?.watch ?? nothing, failure, windowEndMs, rule);
      watches.set(id, { scoredMs: windowEndMs, watch: after.watch });
      const mainInput = signals.toSorted((one, other) => other.weight - one.weight)[0]?.signal ?? null;
      agents.set(id, {
        id,
        tenant,
        fleet,
        agent,
        failure,
        confidence,
        mainInput,
        scoredAt: millis(windowEndMs),
        watch: writeWatch(after.watch),
      });
      if (after.incident !== null)
        incidents.set(incidentId(id, after.incident.sinceMs), incidentRow(id, after.incident));
    }
  }
  await writer.each(AGENTS, [...agents.values()]);
  await writer.each(INCIDENTS, [...incidents.values()]);
}

function readWatch({ above, below, sinceMs, peak, openedMs }: StoredWatch): Watch {
  if (above === null) return nothing;
  return {
    above: above.toNumber(),
    below: below.toNumber(),
    sinceMs: sinceMs.toNumber(),
    peak,
    openedMs: openedMs?.toNumber() ?? null,
  };
}

/** Null takes a property away: an agent without trouble carries none of these. */
function writeWatch(of: Watch): Row {
  const idle = of === nothing;
  return {
    troubleAbove: idle ? null : int(of.above),
    troubleBelow: idle ? null : int(of.below),
    troubleSinceMs: idle ? null : int(of.sinceMs),
    troublePeak: idle ? null : of.peak,
    incidentOpenedMs: of.openedMs === null ? null : int(of.openedMs),
  };
}

function incidentRow(agent: string, { sinceMs, openedMs, closedMs, peak }: Incident): Row {
  return {
    id: incidentId(agent, sinceMs),
    agent,
    since: millis(sinceMs),
    openedAt: millis(openedMs),
    closedAt: closedMs === null ? null : millis(closedMs),
    peak,
  };
}
