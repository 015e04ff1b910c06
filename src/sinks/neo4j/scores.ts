/** Failure scores on the agents, cascade risk on the cells, and (:Incident)-[:OF]->(:Agent) where trouble lasts. */
import { type Integer, int } from 'neo4j-driver';
import type { Scores } from '../../../schemas/records.ts';
import { mergeCells } from './cells.ts';
import { type GraphWriter, millis, type Row } from './graph-writer.ts';
import { type Incident, type IncidentRule, nothing, vanish, type Watch, watch } from './incidents.ts';
import { agentId, cellId, incidentId } from './node-ids.ts';

const CELLS = `
MATCH (c:Cell {id: row.id})
WITH c, row, datetime({epochMillis: row.scoredAt}) AS scoredAt
WHERE c.scoredAt IS NULL OR c.scoredAt < scoredAt
SET c.scoredAt = scoredAt, c.cascade = row.cascade, c.model = row.model, c.horizonMs = row.horizonMs`;

/** Scores come behind the snapshots: one of an agent that was gone by then foresees nothing. */
const AGENTS = `
MERGE (a:Agent {id: row.id}) ON CREATE SET a.tenant = row.tenant, a.fleet = row.fleet, a.agent = row.agent
SET a.scoredAt = datetime({epochMillis: row.scoredAt}), a += row.watch
WITH a, row WHERE a.goneAt IS NULL OR a.goneAt <= a.scoredAt
SET a.failure = row.failure, a.confidence = row.confidence, a.mainInput = row.mainInput`;

/**
 * Agents that their cell's scores no longer have. Another cell of another partition may score one at the same time: the node is locked first, as Neo4j
 * locks only what is written, and then looked at.
 */
const GONE = `
MATCH (a:Agent {id: row.id})
SET a.lock = true REMOVE a.lock
WITH a, row WHERE a.troubleIn = row.cell
SET a += row.watch
RETURN row.id AS id`;

const INCIDENTS = `
MATCH (a:Agent {id: row.agent})
MERGE (i:Incident {id: row.id})
SET i.since = datetime({epochMillis: row.since}), i.openedAt = datetime({epochMillis: row.openedAt}), i.peak = row.peak,
  i.closedAs = row.closedAs,
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
  readonly goneMs: Integer | null;
  readonly cell: string | null;
}

const WATCH = `
RETURN a.id AS id, a.scoredAt.epochMillis AS scoredMs, a.troubleAbove AS above, a.troubleBelow AS below,
  a.troubleSinceMs AS sinceMs, a.troublePeak AS peak, a.incidentOpenedMs AS openedMs, a.troubleGoneMs AS goneMs, a.troubleIn AS cell`;
const WATCHES = `UNWIND $ids AS id MATCH (a:Agent {id: id}) WHERE a.scoredAt IS NOT NULL ${WATCH}`;
const TROUBLED = `UNWIND $cells AS cell MATCH (a:Agent {troubleIn: cell}) ${WATCH}`;

/** An agent as the batch has left it so far. */
interface Remembered {
  readonly scoredMs: number;
  readonly watch: Watch;
  /** The cell in whose scores it is missed when it is gone; null: no trouble, or gone already. */
  readonly troubleIn: string | null;
}

/** The agents that a batch is about, and those in trouble by cell. */
class Watches {
  readonly #of = new Map<string, Remembered>();
  readonly #troubled = new Map<string, Set<string>>();

  get(agent: string): Remembered | undefined {
    return this.#of.get(agent);
  }

  set(agent: string, now: Remembered): void {
    const before = this.#of.get(agent)?.troubleIn ?? null;
    if (before !== null) this.#troubled.get(before)?.delete(agent);
    this.#of.set(agent, now);
    if (now.troubleIn === null) return;
    const troubled = this.#troubled.get(now.troubleIn);
    if (troubled === undefined) this.#troubled.set(now.troubleIn, new Set([agent]));
    else troubled.add(agent);
  }

  /** By id in ascending order. */
  troubledIn(cell: string): readonly (readonly [string, Remembered])[] {
    const ids = [...(this.#troubled.get(cell) ?? [])].sort();
    return ids.flatMap((id) => {
      const remembered = this.#of.get(id);
      return remembered === undefined ? [] : [[id, remembered] as const];
    });
  }
}

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
  const watches = new Watches();
  const troubled = await writer.read<StoredWatch>(TROUBLED, { cells: newest.map(cellId) });
  for (const row of [...troubled, ...(await writer.read<StoredWatch>(WATCHES, { ids: [...ids] }))]) {
    watches.set(row.id, { scoredMs: row.scoredMs.toNumber(), watch: readWatch(row), troubleIn: row.cell });
  }
  const agents = new Map<string, Row>();
  const gone = new Map<string, { readonly row: Row; readonly incident: string | null }>();
  const incidents = new Map<string, Row>();
  const take = (id: string, incident: Incident | null): string | null => {
    if (incident === null) return null;
    const key = incidentId(id, incident.sinceMs);
    incidents.set(key, incidentRow(id, incident));
    return key;
  };
  for (const of of ascending) {
    const { tenant, fleet, windowEndMs } = of;
    const cell = cellId(of);
    const scored = new Set(of.agents.map(({ agent }) => agentId(of, agent)));
    for (const [id, before] of watches.troubledIn(cell)) {
      if (scored.has(id) || before.scoredMs >= windowEndMs) continue;
      const after = vanish(before.watch, windowEndMs);
      watches.set(id, { ...before, watch: after.watch, troubleIn: null });
      const incident = take(id, after.incident);
      const row = agents.get(id);
      const left = writeWatch(after.watch, null);
      if (row === undefined) gone.set(id, { row: { id, cell, watch: left }, incident });
      else agents.set(id, { ...row, watch: left });
    }
    for (const { agent, failure, confidence, signals } of of.agents) {
      const id = agentId(of, agent);
      const before = watches.get(id);
      if (before !== undefined && before.scoredMs >= windowEndMs) continue;
      const after = watch(before?.watch ?? nothing, failure, of, rule);
      const troubleIn = after.watch === nothing ? null : cell;
      watches.set(id, { scoredMs: windowEndMs, watch: after.watch, troubleIn });
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
        watch: writeWatch(after.watch, troubleIn),
      });
      gone.delete(id);
      take(id, after.incident);
    }
  }
  const left = new Set(
    (
      await writer.each(
        GONE,
        [...gone.values()].map(({ row }) => row),
      )
    ).map(({ id }) => id),
  );
  for (const [id, { incident }] of gone) if (!left.has(id) && incident !== null) incidents.delete(incident);
  await writer.each(AGENTS, [...agents.values()]);
  await writer.each(INCIDENTS, [...incidents.values()]);
}

function readWatch({ above, below, sinceMs, peak, openedMs, goneMs }: StoredWatch): Watch {
  if (above === null) return nothing;
  return {
    above: above.toNumber(),
    below: below.toNumber(),
    sinceMs: sinceMs.toNumber(),
    peak,
    openedMs: openedMs?.toNumber() ?? null,
    goneMs: goneMs?.toNumber() ?? null,
  };
}

/** Null takes a property away: an agent without trouble carries none of these. */
function writeWatch(of: Watch, troubleIn: string | null): Row {
  const idle = of === nothing;
  return {
    troubleAbove: idle ? null : int(of.above),
    troubleBelow: idle ? null : int(of.below),
    troubleSinceMs: idle ? null : int(of.sinceMs),
    troublePeak: idle ? null : of.peak,
    incidentOpenedMs: of.openedMs === null ? null : int(of.openedMs),
    troubleGoneMs: of.goneMs === null ? null : int(of.goneMs),
    troubleIn,
  };
}

function incidentRow(agent: string, { sinceMs, openedMs, closedMs, closedAs, peak }: Incident): Row {
  return {
    id: incidentId(agent, sinceMs),
    agent,
    since: millis(sinceMs),
    openedAt: millis(openedMs),
    closedAt: closedMs === null ? null : millis(closedMs),
    closedAs,
    peak,
  };
}
