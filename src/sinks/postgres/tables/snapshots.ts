import type { AgentState, Edge, Snapshot } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { bool, float4, float8, int4, int8, text } from '../types.ts';
import { cellWindow, provenance } from './columns.ts';
import { NameIndex } from './name-index.ts';

interface IndexedEdge {
  readonly edge: Edge;
  readonly caller: number;
  readonly callee: number;
}

interface SnapshotRow extends Stored<Snapshot> {
  readonly outsiders: readonly string[];
  readonly edges: readonly IndexedEdge[];
}

function row(record: Stored<Snapshot>): SnapshotRow {
  const { agents, edges } = record.value;
  const nodes = new NameIndex(agents.map(({ agent }) => agent));
  const indexed = edges.map((edge) => ({ edge, caller: nodes.number(edge.caller), callee: nodes.number(edge.callee) }));
  return { ...record, outsiders: nodes.added, edges: indexed };
}

export const snapshots = table<Snapshot, SnapshotRow>({
  name: 'snapshots',
  timeMs: ({ value }) => value.windowStartMs,
  row,
  columns: [...cellWindow, column('late', int8, ({ value }) => value.late), ...provenance],
  lists: [
    list<SnapshotRow, AgentState>(
      ({ value }) => value.agents,
      [
        column('agents', text, (agent) => agent.agent),
        column('status', text, (agent) => agent.status),
        column('heartbeats', int4, (agent) => agent.heartbeats),
        column('silent_ms', int8, (agent) => agent.silentMs),
        column('latency_ms', float8, (agent) => agent.latencyMs),
        column('traffic_per_s', float8, (agent) => agent.trafficPerS),
        column('error_rate', float8, (agent) => agent.errorRate),
        column('saturation', float8, (agent) => agent.saturation),
        column('deviation_latency', float4, (agent) => agent.deviation.latency),
        column('deviation_traffic', float4, (agent) => agent.deviation.traffic),
        column('deviation_errors', float4, (agent) => agent.deviation.errors),
        column('deviation_saturation', float4, (agent) => agent.deviation.saturation),
      ],
    ),
    list<SnapshotRow, string>(({ outsiders }) => outsiders, [column('outsiders', text, (name) => name)]),
    list<SnapshotRow, IndexedEdge>(
      ({ edges }) => edges,
      [
        column('edge_caller', int4, (indexed) => indexed.caller),
        column('edge_callee', int4, (indexed) => indexed.callee),
        column('edge_count', int8, ({ edge }) => edge.count),
        column('edge_errors', int8, ({ edge }) => edge.errors),
        column('edge_latency_ms', float8, ({ edge }) => edge.latencyMs),
        column('edge_boundary', bool, ({ edge }) => edge.boundary),
      ],
    ),
  ],
});
