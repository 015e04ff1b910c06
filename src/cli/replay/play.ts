/**
 * Plays a recorded day into the log in event-time order, and never ahead of the pipeline: after each scrape's records it waits until intake has taken
 * them, every window that they close is scored, and what was proposed is decided. So the run of a recording is the same at any speed.
 */

import type { Topics } from '../../../pipelines/topics.ts';
import type { Fleet } from '../../../schemas/records.ts';
import { cellKey, fleetKey } from '../../fleet/ids.ts';
import type { Log, OutRecord, Writer } from '../../streams/log.ts';
import { partitionOf } from '../../streams/partitioner.ts';
import type { Telemetry } from './nezha/telemetry.ts';
import { stalled, type Watch } from './watch.ts';

/** A multiple of real time, or as fast as the pipeline goes. */
export type Speed = number | 'max';

export interface PlayOptions {
  readonly log: Log;
  readonly topics: Topics;
  readonly watch: Watch;
  readonly speed: Speed;
  /** End of the last window scored, in event time; null before the first. */
  scoredMs(): number | null;
  /** After each scrape: the event time reached. */
  onProgress(timeMs: number): void;
  readonly signal: AbortSignal;
}

/** A pipeline that writes nothing for so long while it owes something has failed. */
const quietMs = 30_000;
/** Longest wait for a decision: consensus has its own timeouts, and history does not need it. */
const decisionMs = 5000;

/** The fleet has one cell, so its first and only one is 0. */
export async function play(fleet: Fleet, telemetry: readonly Telemetry[], options: PlayOptions): Promise<void> {
  const { log, topics, watch } = options;
  const writer = await log.writer();
  try {
    const partitions = Math.min(
      await log.partitionCount(topics.heartbeats.name),
      await log.partitionCount(topics.interactions.name),
    );
    const key = Buffer.from(fleetKey(fleet.tenant, fleet.fleet));
    await writer.write([{ topic: topics.fleets.name, partition: 0, key, value: topics.fleets.codec.encode(fleet) }]);
    const send = (records: readonly Telemetry[]) =>
      writer.write(records.map((record) => toRecord(record, topics, key, partitionOf(key, partitions))));

    const before = taken(watch);
    const pace = new Pace(options.speed, telemetry[0]?.timeMs ?? 0);
    let sent = 0;
    let windowEndMs = 0;
    /** End of the last window that holds a record and is past its grace. */
    let dueMs: number | null = null;
    for (const scrape of scrapes(telemetry, fleet.graceMs)) {
      options.signal.throwIfAborted();
      await pace.until(scrape[0].timeMs, options.signal);
      await send(scrape);
      sent += scrape.length;
      if (!(await watch.until(() => taken(watch) - before >= sent, quietMs)))
        throw stalled(`${sent - (taken(watch) - before)} records waited for intake`, quietMs);
      for (const { timeMs } of scrape) {
        if (windowEndMs > 0 && timeMs >= windowEndMs + fleet.graceMs) dueMs = windowEndMs;
        windowEndMs = Math.max(windowEndMs, (Math.floor(timeMs / fleet.windowMs) + 1) * fleet.windowMs);
      }
      if (dueMs !== null) await settled(dueMs, options);
      options.onProgress(scrape[scrape.length - 1].timeMs);
    }
    if (windowEndMs === 0) return;
    await tick(fleet, windowEndMs + fleet.graceMs, topics, writer, await log.partitionCount(topics.observations.name));
    await settled(windowEndMs, options);
  } finally {
    await writer.close();
  }
}

/** Records that intake has dealt with. */
function taken({ counts, refused }: Watch): number {
  return counts.heartbeats + counts.interactions + refused;
}

async function settled(dueMs: number, { watch, scoredMs }: PlayOptions): Promise<void> {
  if (!(await watch.until(() => (scoredMs() ?? 0) >= dueMs, quietMs)))
    throw stalled(`the window that ended at ${new Date(dueMs).toISOString()} waited for its scores`, quietMs);
  await watch.until(() => watch.undecided === 0, decisionMs);
}

/** Moves event time on without a report, so that the last windows close. */
async function tick(
  fleet: Fleet,
  reachedMs: number,
  topics: Topics,
  writer: Writer,
  partitions: number,
): Promise<void> {
  const { tenant, fleet: name } = fleet;
  const key = Buffer.from(cellKey(tenant, name, 0));
  const value = { tenant, fleet: name, cell: 0, heartbeats: [], interactions: [], reachedMs };
  const { name: topic, codec } = topics.observations;
  await writer.write([{ topic, partition: partitionOf(key, partitions), key, value: codec.encode(value) }]);
}

/** All of a fleet goes to one partition, so that one task takes it in. */
function toRecord(record: Telemetry, topics: Topics, key: Uint8Array, partition: number): OutRecord {
  return record.kind === 'heartbeat'
    ? { topic: topics.heartbeats.name, partition, key, value: topics.heartbeats.codec.encode(record.heartbeat) }
    : { topic: topics.interactions.name, partition, key, value: topics.interactions.codec.encode(record.interaction) };
}

/**
 * Cuts the recording into pieces that span no more than the grace. Intake reads heartbeats and interactions from two topics and may take them in any order;
 * within a piece no order makes a record late.
 */
export function* scrapes<T extends { readonly timeMs: number }>(
  telemetry: readonly T[],
  spanMs: number,
): Generator<readonly T[]> {
  let from = 0;
  for (let i = 1; i <= telemetry.length; i++) {
    if (i < telemetry.length && telemetry[i].timeMs - telemetry[from].timeMs <= spanMs) continue;
    yield telemetry.slice(from, i);
    from = i;
  }
}

class Pace {
  readonly #speed: Speed;
  readonly #startMs: number;
  readonly #startedMs = performance.now();

  constructor(speed: Speed, startMs: number) {
    this.#speed = speed;
    this.#startMs = startMs;
  }

  /** Waits until an event time is due. */
  async until(timeMs: number, signal: AbortSignal): Promise<void> {
    if (this.#speed === 'max') return;
    const dueMs = this.#startedMs + (timeMs - this.#startMs) / this.#speed;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs, signal);
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const wake = () => resolve();
  signal.addEventListener('abort', wake, { once: true });
  try {
    await promise;
    signal.throwIfAborted();
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
  }
}
