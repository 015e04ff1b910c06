import { describe, expect, test } from 'vitest';
import { OwnData, type OwnDataOptions } from '../../../src/cli/training/own-recordings.ts';
import { type Interference, interferences, type Telemetry } from '../../../src/cli/training/telemetry.ts';
import { recordedRun, START_MS } from './recorded-run.ts';

const run = recordedRun({ tenant: 'acme', fleet: 'shop' });
const incidents = run.failures.map((failure, i) => ({ ...failure, fleet: null, where: `incidents.csv:${i + 2}` }));
const nothing: Telemetry = { interventions: [], cures: [], refused: 0 };

function recorded(change: Partial<OwnDataOptions> = {}, telemetry = nothing) {
  const data = new OwnData({
    labels: new Set(['incidents']),
    incidents,
    silentMs: null,
    horizonMs: null,
    horizonMsMin: 10_000,
    elapsedUnits: () => (ms) => ms / 1000,
    ...change,
  });
  for (const snapshot of run.snapshots) data.add(snapshot);
  return data.finish(telemetry);
}

describe('one’s own data', () => {
  test('is cut in time: no window of a later part is before one of an earlier part', () => {
    const { training, validation, test } = recorded().recordings;
    const ends = [training, validation, test].map((part) => part.flatMap(({ windows }) => windows.map((w) => w.endMs)));
    expect(Math.max(...ends[0])).toBeLessThan(Math.min(...ends[1]));
    expect(Math.max(...ends[1])).toBeLessThan(Math.min(...ends[2]));
    expect(ends.flat().length).toBe(run.snapshots.length);
    // A window whose outcome lies beyond the cut is not learned from.
    for (const { tracks } of training) for (const { weights } of tracks) expect(weights.at(-1)).toBe(0);
  });

  test('looks five windows ahead, and no less than it must', () => {
    expect(recorded().horizonMs).toBe(10_000);
    expect(recorded({ horizonMsMin: 1000 }).horizonMs).toBe(5000);
    expect(recorded({ horizonMs: 7000 }).horizonMs).toBe(7000);
  });

  test('leaves out what became of agents that were acted on, unless they failed all the same', () => {
    const agent = run.failures[0].agent;
    const applied: Interference = {
      fleet: 'shop',
      targets: [agent],
      kind: 'RESTART',
      fromMs: run.failures[0].fromMs - 20_000,
      toMs: run.failures[0].fromMs + 5000,
    };
    const counted = (own: ReturnType<typeof recorded>, fromMs: number, toMs: number) =>
      own.recordings.training
        .flatMap(({ windows, tracks }) =>
          tracks
            .filter((track) => track.agent === agent)
            .flatMap((track) =>
              Array.from(track.labels, (label, t) => ({
                endMs: windows[track.firstWindow + t].endMs,
                label,
                weight: track.weights[t],
              })),
            ),
        )
        .filter(({ endMs }) => endMs >= fromMs && endMs <= toMs);
    const own = recorded({}, { interventions: [applied], cures: [], refused: 0 });
    const during = counted(own, applied.fromMs - own.horizonMs, (applied.toMs ?? 0) + own.horizonMs);
    expect(during.filter(({ label, weight }) => label === 0 && weight > 0)).toEqual([]);
    expect(during.filter(({ label, weight }) => label === 1 && weight === 1).length).toBeGreaterThan(5);
    expect(counted(recorded(), applied.fromMs, applied.fromMs + 5000).every(({ weight }) => weight === 1)).toBe(true);
    expect(own.warnings).toContainEqual(expect.stringMatching(/1 interventions were carried out/));
    expect(own.made.interventions).toEqual({ RESTART: 1 });
  });

  test('says which incidents are of agents that it does not hold, and refuses if all are', () => {
    const stranger = { ...incidents[0], agent: 'nobody' };
    expect(recorded({ incidents: [...incidents, stranger] }).warnings).toContainEqual(
      expect.stringMatching(/1 incidents are of agents that the data does not hold.*nobody/),
    );
    expect(() => recorded({ incidents: [stranger] })).toThrow(/no incident is of an agent that the data holds: nobody/);
  });

  test('says which incidents lie outside of its time, and refuses if all do', () => {
    const early = incidents.map((one) => ({ ...one, fromMs: one.fromMs - 9e6, toMs: (one.toMs ?? 0) - 9e6 }));
    const own = recorded({ incidents: [...incidents, ...early.slice(0, 3)] });
    expect(own.made).toMatchObject({ labels: { incidents: incidents.length }, incidentsOutsideOfTheData: 3 });
    expect(own.warnings).toContainEqual(
      expect.stringMatching(/^3 incidents lie outside of the data, 2023-11-14T22.* to 2023.*incidents\.csv:2/),
    );
    const stranger = { ...incidents[0], agent: 'nobody' };
    for (const none of [early, [...early, stranger]])
      expect(() => recorded({ incidents: none })).toThrow(
        /no incident is of the time of the data, 2023-11-14T22.*zones/,
      );
  });

  test('takes an outcome that helped for a failure of its targets before it, if asked to', () => {
    const cures = Array.from({ length: 10 }, (_, i) => ({
      fleet: 'shop',
      targets: [run.failures[0].agent],
      appliedMs: START_MS + 60_000 * (i + 1),
      windowsBefore: 10,
    }));
    const own = recorded({ labels: new Set(['outcomes']), incidents: [] }, { interventions: [], cures, refused: 0 });
    expect(own.made.labels).toEqual({ outcomes: 10 });
    expect(own.recordings.training[0].failures[0]).toMatchObject({
      fromMs: START_MS + 50_000,
      toMs: START_MS + 60_000,
    });
  });

  test('leaves out a window that comes twice, and says so', () => {
    const data = new OwnData({
      labels: new Set(['incidents']),
      incidents,
      silentMs: null,
      horizonMs: null,
      horizonMsMin: 10_000,
      elapsedUnits: () => (ms) => ms / 1000,
    });
    for (const snapshot of run.snapshots) data.add(snapshot);
    data.add(run.snapshots[5]);
    const own = data.finish(nothing);
    expect(own.warnings).toContainEqual('1 snapshots of windows that were there already were left out');
    expect(own.recordings.training).toEqual(recorded().recordings.training);
  });

  test('refuses an agent of two fleets that is not told apart, and no data at all', () => {
    const data = new OwnData({
      labels: new Set(['incidents']),
      incidents,
      silentMs: null,
      horizonMs: null,
      horizonMsMin: 10_000,
      elapsedUnits: () => (ms) => ms / 1000,
    });
    expect(() => data.finish(nothing)).toThrow(expect.objectContaining({ code: 'data-missing' }));
    for (const snapshot of run.snapshots.slice(0, 30)) {
      data.add(snapshot);
      data.add({ ...snapshot, fleet: 'other' });
    }
    expect(() => data.finish(nothing)).toThrow(/incidents\.csv:2: agent is .*, which fleets shop, other have/);
  });
});

test('an intervention lasts from its application to what ended it; one that was not applied is none', () => {
  const decisions = new Map([
    ['p', { fleet: 'f', kind: 'THROTTLE', targets: ['a'] }],
    ['q', { fleet: 'f', kind: 'RESTART', targets: ['b'] }],
    ['r', { fleet: 'f', kind: 'ISOLATE', targets: ['c'] }],
  ]);
  const words = [
    { proposalId: 'q', kind: 'FAILED', timeMs: 5 },
    { proposalId: 'p', kind: 'APPLIED', timeMs: 20 },
    { proposalId: 'p', kind: 'EXPIRED', timeMs: 90 },
    { proposalId: 'r', kind: 'APPLIED', timeMs: 10 },
    { proposalId: 'unknown', kind: 'APPLIED', timeMs: 10 },
  ];
  expect(interferences(words, decisions)).toEqual([
    { fleet: 'f', kind: 'ISOLATE', targets: ['c'], fromMs: 10, toMs: null },
    { fleet: 'f', kind: 'THROTTLE', targets: ['a'], fromMs: 20, toMs: 90 },
  ]);
});
