/** The models that are shipped, on a run of the reference fleet with a seed that is in none of its splits. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createReferenceFleet } from '../../src/fleet/reference/index.ts';
import { cellShape, NO_HISTORY, type ShapeHistory } from '../../src/liquid/cell-shape.ts';
import { type CellMemory, NO_MEMORY } from '../../src/liquid/memory.ts';
import { memorylessStep } from '../../src/liquid/memoryless-step.ts';
import { readModel } from '../../src/liquid/model.ts';
import { networkStep } from '../../src/liquid/network-step.ts';
import { type CellScores, type StepFunction, scoreCell } from '../../src/liquid/scoring.ts';
import { pooled, rankingReport } from '../../src/liquid/training/evaluate.ts';
import { predictLogits } from '../../src/liquid/training/predict.ts';
import { recordReferenceRun } from '../../src/liquid/training/reference-runs.ts';
import { snapshotsOf } from '../../src/liquid/training/windows.ts';

describe.each(['failure-v1', 'failure-v2'])('the shipped model %s', (name) => {
  const file = new URL(`../../src/liquid/models/${name}.json`, import.meta.url);
  const model = readModel(JSON.parse(readFileSync(file, 'utf8')));

  test('says how it was made and what was measured', () => {
    expect(model.made).toMatchObject({ command: expect.stringContaining('train'), seed: expect.any(Number) });
    expect(model.metrics).toMatchObject({ failure: { brier: expect.any(Number), reliability: expect.any(Array) } });
  });

  test('tells failing agents from others on a run it never saw, agents that had not failed yet included', () => {
    const run = {
      split: 'test',
      seed: 987_654_321,
      agents: 18,
      heartbeatMs: 1000,
      windowMs: 1000,
      minutes: 6,
      faultEveryMs: 45_000,
    } as const;
    const recording = recordReferenceRun(run, model.horizonMs, (ms) => ms / model.timeUnitMs);
    const { scores, labels, failed } = pooled(
      [recording],
      [predictLogits(model.network, model.theta, recording.tracks)],
    );
    expect(rankingReport(scores, labels).auc).toBeGreaterThan(0.93);
    const well = Array.from(scores.keys()).filter((i) => failed[i] === 0);
    expect(
      rankingReport(
        Float64Array.from(well, (i) => scores[i]),
        Uint8Array.from(well, (i) => labels[i]),
      ).auc,
    ).toBeGreaterThan(0.8);
  });

  /** Ten minutes of 12 agents; one of them grows slow after two. Scores by window. */
  async function slowAgent(step: StepFunction): Promise<readonly CellScores[]> {
    const startMs = 1_700_000_000_000;
    const names = { tenant: 't', fleet: 'f' };
    const fault = {
      id: 'x',
      kind: 'slow',
      agent: 'tool-00',
      fromMs: startMs + 120_000,
      toMs: startMs + 200_000,
      rampMs: 20_000,
      severity: 12,
    } as const;
    const fleet = createReferenceFleet({
      seed: 4242,
      ...names,
      agents: 12,
      startMs,
      heartbeatMs: 1000,
      faults: [fault],
    });
    const all: CellScores[] = [];
    let memory: CellMemory = NO_MEMORY;
    let history: ShapeHistory = NO_HISTORY;
    for (const one of snapshotsOf(fleet, { ...names, startMs, endMs: startMs + 300_000, windowMs: 1000 })) {
      const shape = cellShape(one, history);
      history = shape?.history ?? NO_HISTORY;
      const scores = await scoreCell(model, step, one, shape?.input ?? null, memory);
      memory = scores.memory;
      all.push(scores);
    }
    return all;
  }

  test('scores a slow agent high while it is slow and low before, and names its latency or saturation', async () => {
    const scores = await slowAgent(networkStep(model));
    const of = (w: number) => scores[w].agents.find(({ agent }) => agent === 'tool-00');
    const mean = (from: number, to: number) => {
      let sum = 0;
      for (let w = from; w < to; w++) sum += of(w)?.failure ?? 0;
      return sum / (to - from);
    };
    expect(mean(60, 115)).toBeLessThan(0.1);
    expect(mean(150, 195)).toBeGreaterThan(0.8);
    expect(mean(260, 290)).toBeLessThan(0.2);
    expect(['latency', 'saturation']).toContain(of(170)?.signals[0]?.signal);
    expect(of(170)?.signals[0]?.weight).toBeGreaterThan(0);
    expect(of(80)?.signals).toEqual([]);
  });

  test('has an ablation without state that sees the same fault', async () => {
    const scores = await slowAgent(memorylessStep(model));
    const failure = (w: number) => scores[w].agents.find(({ agent }) => agent === 'tool-00')?.failure ?? 0;
    expect(failure(175)).toBeGreaterThan(failure(80));
  });
});
