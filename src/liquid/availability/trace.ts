import { LiquidError } from '../errors.ts';

/** A span over which a node was in service or not. Times are unix seconds. */
export interface AvailabilityEvent {
  readonly node: number;
  readonly available: boolean;
  readonly startS: number;
  readonly stopS: number;
}

export interface NodePlace {
  readonly site: string;
  readonly cluster: string;
}

/** One node's outages, each seen to begin: before it the node was in service. Ascending. */
export interface NodeTrace {
  /** When it was first seen in service; before that it is no part of the fleet. */
  readonly firstUpS: number;
  /** Instants at which it went out of service. */
  readonly failedS: Float64Array;
  /** Of the same length: when it was back, Infinity where the record ends first. */
  readonly returnedS: Float64Array;
}

/** Who was in service when, in a fleet of nodes that stand in clusters of sites. */
export interface AvailabilityTrace {
  readonly nodes: readonly NodeTrace[];
  /** The record's own number of each node, ascending; neighbours in a cluster stand next to each other. */
  readonly ids: Float64Array;
  readonly sites: readonly string[];
  readonly clusters: readonly string[];
  readonly siteOf: Int32Array;
  readonly clusterOf: Int32Array;
  /** First and last start of an event: what happens until endS is in the record. */
  readonly startS: number;
  readonly endS: number;
  /** Starts of all events, ascending. */
  readonly eventStartsS: Float64Array;
}

const NOWHERE: NodePlace = { site: 'unknown', cluster: 'unknown' };

/**
 * Joins a node's events in order of time. What a node was before its first event is not known, so a first event without service is no failure.
 * Nodes whose place is not given stand together at site `unknown`. Throws data-insufficient without events, and not-finite for times that are none.
 */
export function traceOf(
  events: readonly AvailabilityEvent[],
  places: ReadonlyMap<number, NodePlace>,
): AvailabilityTrace {
  if (events.length === 0) throw new LiquidError('data-insufficient', 'a trace of no events');
  const byNode = new Map<number, AvailabilityEvent[]>();
  for (const event of events) {
    if (!Number.isFinite(event.startS) || !(event.stopS >= event.startS)) {
      throw new LiquidError('not-finite', `node ${event.node}: an event from ${event.startS} to ${event.stopS}`);
    }
    const known = byNode.get(event.node);
    if (known === undefined) byNode.set(event.node, [event]);
    else known.push(event);
  }
  const ids = Float64Array.from(byNode.keys()).sort();
  const nodes = Array.from(ids, (id) => nodeTraceOf(byNode.get(id) ?? []));
  const placed = Array.from(ids, (id) => places.get(id) ?? NOWHERE);
  const sites = [...new Set(placed.map(({ site }) => site))].sort();
  const clusters = [...new Set(placed.map(({ cluster }) => cluster))].sort();
  const eventStartsS = Float64Array.from(events, ({ startS }) => startS).sort();
  return {
    nodes,
    ids,
    sites,
    clusters,
    siteOf: Int32Array.from(placed, ({ site }) => sites.indexOf(site)),
    clusterOf: Int32Array.from(placed, ({ cluster }) => clusters.indexOf(cluster)),
    startS: eventStartsS[0],
    endS: eventStartsS[eventStartsS.length - 1],
    eventStartsS,
  };
}

function nodeTraceOf(unsorted: readonly AvailabilityEvent[]): NodeTrace {
  // Of two that begin at once the one of no length came first.
  const events = unsorted.toSorted((a, b) => a.startS - b.startS || a.stopS - b.stopS);
  let firstUpS = Number.POSITIVE_INFINITY;
  let up = false;
  const failedS: number[] = [];
  const returnedS: number[] = [];
  for (const { available, startS } of events) {
    if (available) {
      if (firstUpS === Number.POSITIVE_INFINITY) firstUpS = startS;
      else if (!up) returnedS.push(startS);
    } else if (up) failedS.push(startS);
    up = available;
  }
  if (returnedS.length < failedS.length) returnedS.push(Number.POSITIVE_INFINITY);
  return { firstUpS, failedS: Float64Array.from(failedS), returnedS: Float64Array.from(returnedS) };
}

/** The instant before which `share` of the events began. */
export function splitInTime({ eventStartsS }: AvailabilityTrace, share: number): number {
  return eventStartsS[Math.min(eventStartsS.length - 1, Math.floor(share * eventStartsS.length))];
}
