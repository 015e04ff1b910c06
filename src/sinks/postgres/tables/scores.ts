import type { AgentScore, Scores, SignalEvidence } from '../../../../schemas/records.ts';
import { column, list, type Stored, table } from '../table.ts';
import { bytea, float4, float8, int2, int4, int8, text } from '../types.ts';
import { cellWindow, provenance } from './columns.ts';
import { NameIndex } from './name-index.ts';

/** Something with a weight that bears on the score of the agent of that number. */
interface Weighted {
  readonly agent: number;
  readonly of: number;
  readonly weight: number;
}

interface ScoresRow extends Stored<Scores> {
  readonly agents: readonly ScoredAgent[];
  readonly inputs: readonly string[];
  readonly evidence: readonly Weighted[];
  readonly outsiders: readonly string[];
  readonly neighbours: readonly Weighted[];
}

interface ScoredAgent {
  readonly score: AgentScore;
  readonly main: SignalEvidence | null;
}

/** silentMs and the deviations stay out: they are the snapshot's of the same window, and the row of that has them. */
function row(record: Stored<Scores>): ScoresRow {
  const { agents } = record.value;
  const nodes = new NameIndex(agents.map(({ agent }) => agent));
  const inputs = new NameIndex([]);
  const evidence: Weighted[] = [];
  const neighbours: Weighted[] = [];
  const scored = agents.map((score, index): ScoredAgent => {
    const agent = index + 1;
    let main: SignalEvidence | null = null;
    for (const signal of score.signals) {
      evidence.push({ agent, of: inputs.number(signal.signal), weight: signal.weight });
      if (main === null || signal.weight > main.weight) main = signal;
    }
    for (const neighbour of score.neighbours) {
      neighbours.push({ agent, of: nodes.number(neighbour.agent), weight: neighbour.weight });
    }
    return { score, main };
  });
  return { ...record, agents: scored, inputs: inputs.added, evidence, outsiders: nodes.added, neighbours };
}

export const scores = table<Scores, ScoresRow>({
  name: 'scores',
  timeMs: ({ value }) => value.windowStartMs,
  row,
  columns: [
    ...cellWindow,
    column('snapshot_hash', bytea, ({ value }) => value.snapshotHash),
    column('model', text, ({ value }) => value.model),
    column('horizon_ms', int8, ({ value }) => value.horizonMs),
    column('cascade', float8, ({ value }) => value.cascade),
    ...provenance,
  ],
  lists: [
    list<ScoresRow, ScoredAgent>(
      ({ agents }) => agents,
      [
        column('agents', text, ({ score }) => score.agent),
        column('failure', float8, ({ score }) => score.failure),
        column('confidence', float4, ({ score }) => score.confidence),
        column('main_input', text, ({ main }) => main?.signal ?? null),
        column('main_input_weight', float4, ({ main }) => main?.weight ?? null),
      ],
    ),
    list<ScoresRow, string>(({ inputs }) => inputs, [column('inputs', text, (name) => name)]),
    list<ScoresRow, Weighted>(
      ({ evidence }) => evidence,
      [
        column('evidence_agent', int4, (weighted) => weighted.agent),
        column('evidence_input', int2, (weighted) => weighted.of),
        column('evidence_weight', float4, (weighted) => weighted.weight),
      ],
    ),
    list<ScoresRow, string>(({ outsiders }) => outsiders, [column('outsiders', text, (name) => name)]),
    list<ScoresRow, Weighted>(
      ({ neighbours }) => neighbours,
      [
        column('neighbour_of', int4, (weighted) => weighted.agent),
        column('neighbour', int4, (weighted) => weighted.of),
        column('neighbour_weight', float4, (weighted) => weighted.weight),
      ],
    ),
  ],
});
