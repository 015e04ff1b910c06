import { describe, expect, test } from 'vitest';
import { cellFeatures } from '../../../src/liquid/features.ts';
import { alarmReport, thresholdFor } from '../../../src/liquid/training/alarms.ts';
import { FailureLabels, type FailureSpan } from '../../../src/liquid/training/labels.ts';
import { type Recording, recordingOf } from '../../../src/liquid/training/recording.ts';
import { agentState, snapshot } from '../snapshots.ts';

const horizonMs = 5000;

/** Windows of 1 s that end at 1000, 2000, ... with these agents in them. */
function recording(rosters: readonly (readonly string[])[], failures: readonly FailureSpan[]): Recording {
  const windows = rosters.map((agents, w) => ({
    endMs: 1000 * (w + 1),
    agents,
    cell: cellFeatures(
      snapshot(
        agents.map((agent) => agentState(agent)),
        [],
        1000 * (w + 1),
      ),
      null,
    ),
    stability: 1,
  }));
  return recordingOf({ name: 'r', windowMs: 1000, horizonMs, windows, failures, peaceful: false }, (ms) => ms / 1000);
}

const alone = (count: number) => Array.from({ length: count }, () => ['a']);

describe('labels', () => {
  test('are 1 from a horizon before a failure to its end, which is not of it', () => {
    const labels = new FailureLabels([{ agent: 'a', fromMs: 10_000, toMs: 12_000 }]);
    const at = [4999, 5000, 5001, 10_000, 11_999, 12_000].map((ms) => labels.failsWithin('a', ms, horizonMs));
    expect(at).toEqual([false, false, true, true, true, false]);
    expect([9999, 10_000, 11_999, 12_000].map((ms) => labels.failedAt('a', ms))).toEqual([false, true, true, false]);
    expect(labels.failsWithin('b', 10_000, horizonMs)).toBe(false);
    expect(new FailureLabels([{ agent: 'a', fromMs: 1, toMs: null }]).failedAt('a', 1e12)).toBe(true);
  });
});

describe('a recording', () => {
  test('leaves out windows whose future it does not hold', () => {
    const [track] = recording(alone(20), []).tracks;
    expect([...track.weights].lastIndexOf(1)).toBe(14);
    expect([...track.elapsed]).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test('begins a new track for an agent that left and came back', () => {
    const { tracks } = recording([['a', 'b'], ['a'], ['a', 'b']], []);
    expect(tracks.map(({ agent, firstWindow, steps }) => [agent, firstWindow, steps]).toSorted()).toEqual([
      ['a', 0, 3],
      ['b', 0, 1],
      ['b', 2, 1],
    ]);
  });
});

describe('alarms', () => {
  const failures = [{ agent: 'a', fromMs: 20_500, toMs: 25_000 }];
  const report = (up: readonly number[], count = 60) => {
    const one = recording(alone(count), failures);
    const scores = Float64Array.from({ length: count }, (_, t) => (up.includes(t + 1) ? 1 : 0));
    return alarmReport([one], [[scores]], 0.5);
  };

  test('within the horizon before a failure foresee it, from the first of them on', () => {
    expect(report([17, 18, 20])).toMatchObject({
      failures: 1,
      foreseen: 1,
      noticed: 1,
      leadMsMedian: 3500,
      falseAlarmsPerAgentHour: 0,
    });
  });

  test('that come with the failure notice it, and later ones do neither', () => {
    expect(report([21])).toMatchObject({ foreseen: 0, noticed: 1, leadMsMedian: null });
    expect(report([23])).toMatchObject({ foreseen: 0, noticed: 0 });
  });

  test('with no failure near are false, a run counted once, by agent and hour', () => {
    expect(report([2, 3, 4, 40, 41]).falseAlarmsPerAgentHour).toBeCloseTo(2 / (60 / 3600), 10);
    expect(report([28]).falseAlarmsPerAgentHour).toBe(0);
    expect(report([59]).falseAlarmsPerAgentHour).toBe(0);
  });

  test('a failure that follows another within the horizon is not counted anew', () => {
    const twice = [...failures, { agent: 'a', fromMs: 27_000, toMs: 28_000 }];
    const one = recording(alone(60), twice);
    expect(alarmReport([one], [[new Float64Array(60)]], 0.5).failures).toBe(1);
  });

  test('the threshold for a rate of false alarms keeps them within it', () => {
    const one = recording(alone(2000), failures);
    const scores = Float64Array.from({ length: 2000 }, (_, t) => ((t * 7919) % 2000) / 2000);
    for (const rate of [2, 20, 200]) {
      const threshold = thresholdFor([one], [[scores]], rate);
      expect(alarmReport([one], [[scores]], threshold).falseAlarmsPerAgentHour).toBeLessThanOrEqual(rate);
    }
    expect(thresholdFor([one], [[scores]], 200)).toBeLessThan(thresholdFor([one], [[scores]], 2));
  });
});
