/** How far every node of an issue moved, by kind of trouble. */
import {
  errorsMoved,
  latencyMoved,
  type Measured,
  type Moved,
  type NodeWindow,
} from '../../../liquid/attribution/node-deviation.ts';
import type { Issue, Metrics } from './read-petshop.ts';

export interface NodeMoves {
  readonly latency: Moved;
  readonly errors: Moved;
}

export type MovesByNode = ReadonlyMap<string, NodeMoves>;

/** Of a file with one row, whose spacing nobody can tell: what CloudWatch gives. */
const usualWindowS = 300;

/** The shortest time from one row to the next: windows that were not recorded lie between those further apart. */
function windowS(times: readonly number[]): number {
  const apart = times.flatMap((time, i) => (i > 0 && time > times[i - 1] ? [time - times[i - 1]] : []));
  return apart.length === 0 ? usualWindowS : Math.min(...apart);
}

/** Every node that the issue's metrics name. Windows that ended by the target's time are before, the others during. */
export function movesOf(issue: Issue, normal: Metrics | null): MovesByNode {
  const { metrics, target } = issue;
  const every = windowS(metrics.times);
  const indices = metrics.times.map((_, i) => i);
  const before = indices.filter((i) => metrics.times[i] + every <= target.timestamp);
  const during = indices.filter((i) => !before.includes(i));
  const all = normal?.times.map((_, i) => i) ?? [];
  const measured = (node: string, quantity: Quantity): Measured => ({
    normal: windows(normal, node, quantity, all),
    before: windows(metrics, node, quantity, before),
    during: windows(metrics, node, quantity, during),
  });
  const nodes = new Set(metrics.series.map(({ node }) => node));
  return new Map(
    Array.from(nodes, (node) => [
      node,
      { latency: latencyMoved(measured(node, 'latency')), errors: errorsMoved(measured(node, 'availability')) },
    ]),
  );
}

/** The kind of trouble that the target's metric speaks of; null where it is neither latency nor availability. */
function kindOf(metric: string): keyof NodeMoves | null {
  return metric === 'latency' ? 'latency' : metric === 'availability' ? 'errors' : null;
}

/** One number by node of the moves that the target's metric is about; of both, added, where it is about neither. */
export function numbersOf(moves: MovesByNode, metric: string, number: keyof Moved): ReadonlyMap<string, number> {
  const kind = kindOf(metric);
  return new Map(
    Array.from(moves, ([node, { latency, errors }]) => [
      node,
      kind === null ? latency[number] + errors[number] : { latency, errors }[kind][number],
    ]),
  );
}

type Quantity = 'latency' | 'availability';

function windows(
  metrics: Metrics | null,
  node: string,
  quantity: Quantity,
  at: readonly number[],
): readonly NodeWindow[] {
  const values = seriesOf(metrics, node, quantity, 'Average');
  const requests = seriesOf(metrics, node, 'requests', 'Sum');
  return at.flatMap((i) => {
    const value = values?.[i] ?? null;
    if (value === null) return [];
    return [{ value: quantity === 'latency' ? value : 1 - value / 100, requests: requests?.[i] ?? 0 }];
  });
}

function seriesOf(metrics: Metrics | null, node: string, metric: string, statistic: string) {
  return (
    metrics?.series.find((one) => one.node === node && one.metric === metric && one.statistic === statistic)?.values ??
    null
  );
}
