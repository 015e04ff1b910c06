/** Fleets of nodes that come and go at random, for tests. */
import { Random } from '../../../src/fleet/reference/index.ts';
import {
  type AvailabilityEvent,
  type AvailabilityTrace,
  type NodePlace,
  traceOf,
} from '../../../src/liquid/availability/trace.ts';

export const START_S = 1_120_000_000;
const DAY_S = 86_400;

export function randomEvents(seed: number, nodes: number, days: number): readonly AvailabilityEvent[] {
  const random = new Random(seed, 'events');
  return Array.from({ length: nodes }, (_, node) => {
    const events: AvailabilityEvent[] = [];
    let available = random.uniform() < 0.7;
    for (let at = START_S; at < START_S + days * DAY_S; ) {
      const length = Math.round(random.exponential(available ? 8 * 3600 : 1200));
      events.push({ node: 7 * node, available, startS: at, stopS: at + length });
      at += length;
      available = !available;
    }
    return events;
  }).flat();
}

export const places = (nodes: number): ReadonlyMap<number, NodePlace> =>
  new Map(
    Array.from({ length: nodes }, (_, node) => [
      7 * node,
      { site: `s${node % 2}`, cluster: `s${node % 2}/c${node % 4}` },
    ]),
  );

export function randomTrace(seed: number, nodes = 8, days = 9): AvailabilityTrace {
  return traceOf(randomEvents(seed, nodes, days), places(nodes));
}

/** UTC will do. 1970 began on a Thursday. */
export const hourOfWeek = (tS: number): number => (tS / 3600 + 72) % 168;
