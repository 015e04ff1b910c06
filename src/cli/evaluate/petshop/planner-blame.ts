/** The causes that AURA's planner would act on, of an issue: its rule wants scores, so each deviation becomes one. */
import type { AgentScore, Scores } from '../../../../schemas/records.ts';
import { findCauses } from '../../../interventions/blame.ts';
import { type MovesByNode, numbersOf } from './moves.ts';
import type { Scenario } from './read-petshop.ts';

/** The deviation at which a node is as likely in trouble as not; the same three robust deviations from which on the planner sees a signal. */
const even = 3;

/** Nodes: the planner's causes by what is at stake, then the others by deviation. */
export function rankByPlanner(
  { nodes, calls }: Pick<Scenario, 'nodes' | 'calls'>,
  moves: MovesByNode,
  metric: string,
): readonly string[] {
  const deviations = numbersOf(moves, metric, 'deviation');
  const of = (node: string) => deviations.get(node) ?? 0;
  const failure = (node: string) => of(node) / (of(node) + even);
  const agents = [...nodes].sort().map((node): AgentScore => {
    const latency = moves.get(node)?.latency.deviation ?? 0;
    const errors = moves.get(node)?.errors.deviation ?? 0;
    const callees = (calls.get(node) ?? []).filter((callee) => callee !== node);
    const [heaviest] = callees.toSorted((a, b) => of(b) - of(a));
    return {
      agent: node,
      failure: failure(node),
      confidence: 1,
      silentMs: 0,
      deviation: { latency, traffic: 0, errors, saturation: 0 },
      signals: [],
      neighbours: heaviest === undefined || of(heaviest) === 0 ? [] : [{ agent: heaviest, weight: failure(heaviest) }],
    };
  });
  const scores: Scores = {
    tenant: 'petshop',
    fleet: 'petshop',
    cell: 0,
    windowStartMs: 0,
    windowEndMs: 300_000,
    snapshotHash: new Uint8Array(32),
    model: 'robust deviations',
    horizonMs: 300_000,
    cascade: 0,
    agents,
  };
  const causes = new Map(findCauses(scores, 0.5).map(({ score, atStake }) => [score.agent, atStake]));
  return agents
    .map(({ agent }) => agent)
    .sort((a, b) => (causes.get(b) ?? 0) - (causes.get(a) ?? 0) || of(b) - of(a) || (a < b ? -1 : 1));
}
