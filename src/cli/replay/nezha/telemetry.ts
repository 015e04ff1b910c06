/** A recorded day as AURA's records: a metrics row is a heartbeat of the service, an edges row an interaction. */
import type { Fleet, Heartbeat, Interaction } from '../../../../schemas/records.ts';
import { type Dependency, readDependencies } from './dependency.ts';
import { type EdgeRow, readEdges } from './edges.ts';
import type { DayFiles } from './folder.ts';
import { type MetricsRow, readMetrics } from './metrics.ts';

/** A record to be produced, with the event time that orders it. */
export type Telemetry = { readonly timeMs: number } & (
  | { readonly kind: 'heartbeat'; readonly heartbeat: Heartbeat }
  | { readonly kind: 'interaction'; readonly interaction: Interaction }
);

export interface RecordedDay {
  readonly files: DayFiles;
  /** In force for the whole day. */
  readonly fleet: Fleet;
  /** Agents that send heartbeats. */
  readonly services: readonly string[];
  readonly metrics: readonly MetricsRow[];
  /** In order of time. */
  readonly telemetry: readonly Telemetry[];
}

const tenant = 'nezha';

/** Rows come a minute apart, and so do windows. */
const rowMs = 60_000;

/** Median latency of the requests made of the service in that minute as its callers' proxies measured it, from the edges file, in s. */
const callersLatency = 'CallersLatencyP50(s)';

/**
 * Raw metrics as golden signals, for every system alike. A service's latency is what its callers see, network included, on top of what it takes
 * itself; without edges it is the latter alone. Errors stay unreported: PodSuccessRate is 0 in every row of OnlineBoutique's 2022-08-22, well or not.
 */
const mapping: Fleet['mapping'] = [
  { signal: 'LATENCY', metrics: [callersLatency, 'PodServerLatencyP90(s)'], scale: 1000 },
  { signal: 'TRAFFIC', metrics: ['PodWorkload(Ops)'], scale: 1 },
  { signal: 'SATURATION', metrics: ['CpuUsageRate(%)'], scale: 0.01 },
];

export async function readDay(files: DayFiles): Promise<RecordedDay> {
  const metrics = await readMetrics(files.metrics);
  const services = [...new Set(metrics.map(({ service }) => service))].sort();
  const edges = files.edges === null ? [] : await readEdges(files.edges);
  const calls =
    files.edges !== null || files.dependency === null
      ? []
      : await readDependencies(files.dependency, new Set(services));
  const fleet = `${files.system}-${files.day}`.toLowerCase();
  const interactions = files.edges === null ? byDesign(fleet, calls, metrics) : measured(fleet, edges, metrics);
  const telemetry: Telemetry[] = [...heartbeats(fleet, metrics, edges), ...interactions];
  telemetry.sort((a, b) => a.timeMs - b.timeMs);
  return { files, fleet: fleetRecord(fleet), services, metrics, telemetry };
}

function fleetRecord(fleet: string): Fleet {
  const defaults = { cells: 1, effectiveMs: 0, staggered: false, previous: null };
  return { ...defaults, tenant, fleet, windowMs: rowMs, graceMs: 5000, forgetMs: 10 * rowMs, mapping };
}

function heartbeats(fleet: string, metrics: readonly MetricsRow[], edges: readonly EdgeRow[]): Telemetry[] {
  const seen = new Recent();
  for (const { timeMs, callee, side, latencyMs } of edges) {
    if (side === 'source' && latencyMs !== null) seen.add(callee, timeMs, latencyMs / 1000);
  }
  return metrics.map(({ timeMs, service, metrics: own }) => {
    const latency = seen.meanAt(service, timeMs);
    return {
      timeMs,
      kind: 'heartbeat',
      heartbeat: {
        tenant,
        fleet,
        agent: service,
        timeMs,
        status: 'UP',
        signals: { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null },
        metrics: latency === null ? own : { ...own, [callersLatency]: latency },
      },
    };
  });
}

/** The caller's side of each edge: the callee's side tells of the same requests. */
function measured(fleet: string, edges: readonly EdgeRow[], metrics: readonly MetricsRow[]): Telemetry[] {
  const own = edges.filter(({ side, latencyMs }) => side === 'source' && latencyMs !== null);
  const callers = new Recent();
  for (const { timeMs, callee } of own) callers.add(callee, timeMs, 1);
  const traffic = trafficOf(metrics);
  return own.map(({ timeMs, caller, callee, latencyMs }) => {
    const count = requests(traffic.meanAt(callee, timeMs), callers.countAt(callee, timeMs));
    return interaction(fleet, timeMs, caller, callee, count, latencyMs);
  });
}

/** Where no edges were measured, the calls that the design knows of stand in, every minute alike: they can tell nothing of a fault. */
function byDesign(fleet: string, calls: readonly Dependency[], metrics: readonly MetricsRow[]): Telemetry[] {
  const callersOf = new Map<string, string[]>();
  for (const { caller, callee } of calls) callersOf.set(callee, [...(callersOf.get(callee) ?? []), caller]);
  return metrics.flatMap(({ timeMs, service, metrics: own }) => {
    const callers = callersOf.get(service) ?? [];
    const count = requests(own['PodWorkload(Ops)'] ?? null, callers.length);
    return callers.map((caller) => interaction(fleet, timeMs, caller, service, count, null));
  });
}

function interaction(
  fleet: string,
  timeMs: number,
  caller: string,
  callee: string,
  count: number,
  latencyMs: number | null,
): Telemetry {
  const errors = 0;
  return {
    timeMs,
    kind: 'interaction',
    interaction: { tenant, fleet, caller, callee, timeMs, spanMs: rowMs, count, errors, latencyMs },
  };
}

/** The edges file has no counts: the callee's requests of the minute are spread evenly over its callers, one at least for each. */
function requests(perS: number | null, callers: number): number {
  return Math.max(1, Math.round(((perS ?? 0) * rowMs) / 1000 / Math.max(callers, 1)));
}

function trafficOf(metrics: readonly MetricsRow[]): Recent {
  const traffic = new Recent();
  for (const { timeMs, service, metrics: own } of metrics) {
    const perS = own['PodWorkload(Ops)'];
    if (perS !== undefined) traffic.add(service, timeMs, perS);
  }
  return traffic;
}

/** One scrape takes a second or two, so what belongs together does not have quite the same time. */
const scrapeMs = 5000;

/** Values by name and time, looked up within a scrape of a time. */
class Recent {
  readonly #byScrape = new Map<string, { timeMs: number; sum: number; count: number }[]>();

  add(name: string, timeMs: number, value: number): void {
    const list = this.#byScrape.get(name) ?? [];
    this.#byScrape.set(name, list);
    const last = list.at(-1);
    if (last !== undefined && timeMs - last.timeMs <= scrapeMs) {
      last.sum += value;
      last.count++;
    } else list.push({ timeMs, sum: value, count: 1 });
  }

  meanAt(name: string, timeMs: number): number | null {
    const found = this.#at(name, timeMs);
    return found === null ? null : found.sum / found.count;
  }

  countAt(name: string, timeMs: number): number {
    return this.#at(name, timeMs)?.count ?? 0;
  }

  #at(name: string, timeMs: number) {
    const list = this.#byScrape.get(name) ?? [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle].timeMs < timeMs - scrapeMs) low = middle + 1;
      else high = middle;
    }
    const found = list.at(low);
    return found !== undefined && found.timeMs <= timeMs + scrapeMs ? found : null;
  }
}
