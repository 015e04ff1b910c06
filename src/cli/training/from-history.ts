/** One's own data from the history: the rows of aura.snapshots, aura.decisions, aura.actions and aura.outcomes in Postgres. */
import pg from 'pg';
import type { AgentState, Edge, Snapshot, Status } from '../../../schemas/records.ts';
import { clientConfig, defaultLimits, sinkError } from '../../sinks/postgres/connection.ts';
import { checkMigrated } from '../../sinks/postgres/migrate.ts';
import { interferences, type Range, type ReadTelemetry } from './telemetry.ts';

/** Rows fetched at a time. */
const PIECE = 500;

/** One view of the database throughout; as long a statement as the history needs. Throws SinkError. */
export function fromHistory(url: string): ReadTelemetry {
  return async (range, take) => {
    const client = new pg.Client(clientConfig(url, { ...defaultLimits, statementMs: 0, idleInTransactionMs: 0 }));
    try {
      await client.connect();
      await checkMigrated(client);
      await client.query('begin transaction isolation level repeatable read read only');
      await client.query(`declare found no scroll cursor for ${SNAPSHOTS}`, parameters(range));
      for (;;) {
        const { rows } = await client.query<SnapshotRow>(`fetch ${PIECE} from found`);
        for (const row of rows) take(snapshotOf(row));
        if (rows.length < PIECE) break;
      }
      const decisions = await client.query<DecisionRow>(DECISIONS, [range.tenant, range.fleet]);
      const actions = await client.query<ActionRow>(ACTIONS, [range.tenant, range.fleet]);
      const cures = await client.query<CureRow>(CURES, [range.tenant, range.fleet]);
      await client.query('commit');
      return {
        interventions: interferences(
          actions.rows.map(({ proposal_id: proposalId, kind, at_ms: timeMs }) => ({ proposalId, kind, timeMs })),
          new Map(decisions.rows.map(({ proposal_id, ...decision }) => [proposal_id, decision])),
        ),
        cures: cures.rows.map(({ fleet, targets, at_ms: appliedMs, windows_before: windowsBefore }) => ({
          fleet,
          targets,
          appliedMs,
          windowsBefore,
        })),
        refused: 0, // the history holds what was verified
      };
    } catch (error) {
      throw error instanceof pg.DatabaseError || isConnectionError(error) ? sinkError(error) : error;
    } finally {
      await client.end();
    }
  };
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code);
}

function parameters({ tenant, fleet, fromMs, toMs }: Range): unknown[] {
  // A time that no timestamptz holds stands for no bound.
  const bound = (ms: number): string | null => (Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : null);
  return [tenant, fleet, bound(fromMs), bound(toMs)];
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const SNAPSHOTS = `select tenant, fleet, cell, ${ms('window_start')} as start_ms, ${ms('window_end')} as end_ms, late::float8 as late,
  agents, status, heartbeats, silent_ms::float8[] as silent_ms, latency_ms, traffic_per_s, error_rate, saturation,
  deviation_latency, deviation_traffic, deviation_errors, deviation_saturation,
  outsiders, edge_caller, edge_callee, edge_count::float8[] as edge_count, edge_errors::float8[] as edge_errors, edge_latency_ms, edge_boundary
from aura.snapshots
where tenant = $1 and ($2::text is null or fleet = $2)
  and ($3::timestamptz is null or window_end > $3::timestamptz) and ($4::timestamptz is null or window_end <= $4::timestamptz)
order by fleet, cell, window_start`;

const DECISIONS = `select proposal_id, fleet, kind, targets from aura.decisions
where tenant = $1 and ($2::text is null or fleet = $2) and verdict = 'APPROVED'`;

const ACTIONS = `select proposal_id, kind, ${ms('acted_at')} as at_ms from aura.actions
where tenant = $1 and ($2::text is null or fleet = $2) order by acted_at`;

const CURES = `select fleet, targets, ${ms('applied_at')} as at_ms, windows_before from aura.outcomes
where tenant = $1 and ($2::text is null or fleet = $2) and verdict = 'IMPROVED' order by applied_at`;

interface SnapshotRow {
  readonly tenant: string;
  readonly fleet: string;
  readonly cell: number;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly late: number;
  readonly agents: readonly string[];
  readonly status: readonly Status[];
  readonly heartbeats: readonly number[];
  readonly silent_ms: readonly number[];
  readonly latency_ms: readonly (number | null)[];
  readonly traffic_per_s: readonly (number | null)[];
  readonly error_rate: readonly (number | null)[];
  readonly saturation: readonly (number | null)[];
  readonly deviation_latency: readonly number[];
  readonly deviation_traffic: readonly number[];
  readonly deviation_errors: readonly number[];
  readonly deviation_saturation: readonly number[];
  readonly outsiders: readonly string[];
  readonly edge_caller: readonly number[];
  readonly edge_callee: readonly number[];
  readonly edge_count: readonly number[];
  readonly edge_errors: readonly number[];
  readonly edge_latency_ms: readonly (number | null)[];
  readonly edge_boundary: readonly boolean[];
}

interface DecisionRow {
  readonly proposal_id: string;
  readonly fleet: string;
  readonly kind: string;
  readonly targets: readonly string[];
}

interface ActionRow {
  readonly proposal_id: string;
  readonly kind: string;
  readonly at_ms: number;
}

interface CureRow {
  readonly fleet: string;
  readonly targets: readonly string[];
  readonly at_ms: number;
  readonly windows_before: number;
}

/** The record that the row was made of; its deviations in single precision, as they are stored. */
function snapshotOf(row: SnapshotRow): Snapshot {
  const nodes = [...row.agents, ...row.outsiders];
  return {
    tenant: row.tenant,
    fleet: row.fleet,
    cell: row.cell,
    windowStartMs: row.start_ms,
    windowEndMs: row.end_ms,
    agents: row.agents.map(
      (agent, i): AgentState => ({
        agent,
        status: row.status[i],
        heartbeats: row.heartbeats[i],
        silentMs: row.silent_ms[i],
        latencyMs: row.latency_ms[i],
        trafficPerS: row.traffic_per_s[i],
        errorRate: row.error_rate[i],
        saturation: row.saturation[i],
        deviation: {
          latency: row.deviation_latency[i],
          traffic: row.deviation_traffic[i],
          errors: row.deviation_errors[i],
          saturation: row.deviation_saturation[i],
        },
      }),
    ),
    edges: row.edge_caller.map(
      (caller, k): Edge => ({
        caller: nodes[caller - 1],
        callee: nodes[row.edge_callee[k] - 1],
        count: row.edge_count[k],
        errors: row.edge_errors[k],
        latencyMs: row.edge_latency_ms[k],
        boundary: row.edge_boundary[k],
      }),
    ),
    late: row.late,
  };
}
