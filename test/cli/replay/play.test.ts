import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Snapshot } from '../../../schemas/records.ts';
import { startPipelines } from '../../../src/cli/assembly.ts';
import type { Telemetry } from '../../../src/cli/replay/nezha/telemetry.ts';
import { play, type Speed, scrapes } from '../../../src/cli/replay/play.ts';
import { Watch } from '../../../src/cli/replay/watch.ts';
import { defaultFleet } from '../../../src/fleet/fleet-record.ts';
import { MemoryLog } from '../../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { genuine } from '../signed-decision.ts';

test('scrapes hold every record once, in order, and none spans more than the grace', () => {
  const spanMs = 5;
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 200 })), (times) => {
      const telemetry = times.toSorted((a, b) => a - b).map((timeMs, i) => ({ timeMs, i }));
      const pieces = [...scrapes(telemetry, spanMs)];
      expect(pieces.flat()).toEqual(telemetry);
      for (const piece of pieces) {
        expect(piece.length).toBeGreaterThan(0);
        expect(piece[piece.length - 1].timeMs - piece[0].timeMs).toBeLessThanOrEqual(spanMs);
      }
    }),
  );
});

const fleet = { ...defaultFleet('nezha', 'ob'), windowMs: 60_000, graceMs: 5000 };
const minute = 60_000;

function heartbeat(timeMs: number, agent: string): Telemetry {
  const signals = { latencyMs: 1, trafficPerS: 1, errorRate: 0, saturation: 0 };
  const { tenant, fleet: name } = fleet;
  return {
    timeMs,
    kind: 'heartbeat',
    heartbeat: { tenant, fleet: name, agent, timeMs, status: 'UP', signals, metrics: {} },
  };
}

function interaction(timeMs: number): Telemetry {
  const { tenant, fleet: name } = fleet;
  const [caller, callee, count] = ['a', 'b', 1];
  return {
    timeMs,
    kind: 'interaction',
    interaction: { tenant, fleet: name, caller, callee, timeMs, spanMs: minute, count, errors: 0, latencyMs: 1 },
  };
}

/** Plays on intake and snapshots alone. */
async function played(
  telemetry: readonly Telemetry[],
  speed: Speed,
  stop = new AbortController(),
  stopAt = Number.POSITIVE_INFINITY,
) {
  const log = new MemoryLog({ now: () => Date.now() });
  const failed = (error: Error) => stop.abort(error);
  const pipelines = await startPipelines({
    log,
    registry: new MemoryRegistry(),
    partitions: 3,
    pipelines: new Set(['intake', 'snapshots']),
    engine: null,
    validators: null,
    history: null,
    graph: null,
    observer: {},
    failed,
  });
  onTestFinished(async () => {
    await pipelines.close();
    await log.close();
  });
  const snapshots: Snapshot[] = [];
  const watch = await Watch.start(log, pipelines.topics, genuine(pipelines.topics), {
    snapshot: (snapshot) => snapshots.push(snapshot),
    scores: () => undefined,
    failed,
  });
  await play(fleet, telemetry, {
    log,
    topics: pipelines.topics,
    watch,
    speed,
    scoredMs: () => snapshots.at(-1)?.windowEndMs ?? null,
    onProgress: (timeMs) => {
      if (timeMs >= stopAt) stop.abort(new Error('enough'));
    },
    signal: stop.signal,
  });
  return { snapshots, counts: watch.counts };
}

test('no record is late, however far apart the recording’s clocks, and hours without one are passed over', async () => {
  const telemetry = [0, 1, 2, 200, 201].flatMap((m) => [
    heartbeat(m * minute + 57_000, 'a'),
    interaction(m * minute + 58_000),
    heartbeat(m * minute + 61_000, 'b'),
  ]);
  const { snapshots, counts } = await played(telemetry, 'max');
  expect(counts).toMatchObject({ heartbeats: 10, interactions: 5, late: 0, deadLetters: 0 });
  const heard = snapshots.filter(({ agents }) => agents.some(({ heartbeats }) => heartbeats > 0));
  expect(heard.map(({ windowEndMs }) => windowEndMs / minute)).toEqual([1, 2, 3, 4, 201, 202, 203]);
});

test('the speed changes nothing in what comes out', async () => {
  const telemetry = [0, 1, 2].flatMap((m) => [
    heartbeat(m * minute, 'a'),
    interaction(m * minute),
    heartbeat(m * minute, 'b'),
  ]);
  const [fast, paced] = await Promise.all([played(telemetry, 'max'), played(telemetry, 3000)]);
  expect(paced.snapshots).toEqual(fast.snapshots);
});

test('a replay that is called off ends with the reason given', async () => {
  const telemetry = [0, 1, 2].map((m) => heartbeat(m * minute, 'a'));
  await expect(played(telemetry, 0.001, new AbortController(), 0)).rejects.toThrow('enough');
});
