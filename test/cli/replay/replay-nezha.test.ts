/** Recordings through the whole pipeline on the embedded log: a small one made here, and the first hours of a real one where it is at hand. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Engine, loadEngine, shippedModel } from '../../../src/cli/engine.ts';
import { type ReplayResult, replayNezha } from '../../../src/cli/replay/replay-nezha.ts';
import { report } from '../../../src/cli/replay/report.ts';
import { networkStep } from '../../../src/liquid/network-step.ts';
import { randomModel } from '../../liquid/models.ts';
import { minutes, services, smallRecording } from './small-recording.ts';

const recordings = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url))}/nezha/dev`;
if (!existsSync(recordings))
  console.warn(
    `left out: the replay of recorded telemetry, not found in ${recordings}; set AURA_DATA to the folder that holds nezha/`,
  );

const play = (folder: string, engine: Engine, untilMs: number | null = null): Promise<ReplayResult> =>
  replayNezha({
    folder,
    log: { kind: 'memory' },
    speed: 'max',
    engine,
    untilMs,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

/** Random weights: for what holds of any model. */
function anyEngine(): Engine {
  const model = randomModel(7);
  const device: Engine['device'] = { provider: 'cpu', reason: 'a test', refused: [] };
  const open: Engine['open'] = () => Promise.reject(new Error('a replay swaps no model'));
  return { model, step: networkStep(model), open, device, close: async () => undefined };
}

describe('a replay', () => {
  test('takes every record, closes every window, and comes to the same again', { timeout: 120_000 }, async () => {
    const folder = smallRecording();
    const first = await play(folder, anyEngine());
    expect(first.counts).toMatchObject({
      heartbeats: minutes * services.length,
      interactions: 2 * minutes,
      deadLetters: 0,
      late: 0,
    });
    // Rows at 19 s past the minute: each minute is a window, and the last one is closed too.
    expect([first.counts.snapshots, first.counts.scores]).toEqual([minutes, minutes]);
    expect(first.faults).toHaveLength(1);
    expect(first.undecided).toBe(0);
    expect(first.storedDecisions).toBe(first.counts.approved + first.counts.rejected);
    expect(first.counts.proposals).toBe(first.storedDecisions);

    const { json, text } = report(first);
    expect(json).toMatchObject({
      log: 'memory',
      heartbeats: minutes * services.length,
      decisions: { approved: expect.any(Number), rejected: expect.any(Number) },
      rows: { decisions: expect.any(Number) },
      unrecordedFaults: 1,
      ranking: { OB: { faults: 1, at1: expect.any(Number), at3: 1, at5: 1 } },
      floor: { OB: { faults: 1, at1: 1, at3: 1, at5: 1 } },
      ablations: { noTopology: { OB: { faults: 1 } }, noLiquid: { OB: { faults: 1 } } },
      namedBeforeBreach: { breaches: 0, named: 0 },
    });
    expect(text.join('\n')).toContain('floor: largest z-score');

    const again = await play(folder, anyEngine());
    const comparable = ({ ranking, floor, ablations, faults, counts }: ReplayResult) => ({
      ranking,
      floor,
      ablations,
      faults,
      counts,
    });
    expect(comparable(again)).toEqual(comparable(first));
  });

  test('of nothing is refused rather than judged', { timeout: 60_000 }, async () => {
    const early = play(smallRecording(), anyEngine(), Date.parse('1990-01-01T00:00Z'));
    await expect(early).rejects.toThrow(
      expect.objectContaining({ code: 'data-missing', message: expect.stringContaining('before 1990-01-01') }),
    );
  });
});

describe.runIf(existsSync(recordings) && existsSync(shippedModel))(
  'OnlineBoutique, the first two hours of 2022-08-22',
  () => {
    test('the ranking is above the floor, and nothing is lost', { timeout: 180_000 }, async () => {
      const engine = await loadEngine();
      try {
        const result = await play(recordings, engine, Date.parse('2022-08-22T06:00Z'));
        expect(result.counts).toMatchObject({
          heartbeats: 1290,
          interactions: 1778,
          snapshots: 129,
          scores: 129,
          deadLetters: 0,
          late: 0,
        });
        expect(result.undecided).toBe(0);
        expect(result.storedDecisions).toBe(result.counts.proposals);
        const { OB: ranking } = result.ranking;
        const { OB: floor } = result.floor;
        expect(ranking.faults).toBe(15);
        expect(ranking.at1).toBeGreaterThan(floor.at1);
        expect(ranking.at3).toBeGreaterThan(floor.at3);
        expect(ranking.at5).toBeGreaterThan(floor.at5);
      } finally {
        await engine.close();
      }
    });
  },
);
