import { describe, expect, test } from 'vitest';
import { FEATURE_COUNT } from '../../../src/liquid/features.ts';
import { readModel, serializeModel } from '../../../src/liquid/model.ts';
import type { Recording } from '../../../src/liquid/training/recording.ts';
import { recordReferenceRun } from '../../../src/liquid/training/reference-runs.ts';
import { trainFailureModel } from '../../../src/liquid/training/train-failure-model.ts';
import { mulberry32 } from '../random.ts';

function run(seed: number, faultEveryMs: number | null): Recording {
  const plan = {
    split: 'training',
    agents: 8,
    heartbeatMs: 1000,
    windowMs: 1000,
    minutes: 3,
    seed,
    faultEveryMs,
  } as const;
  return recordReferenceRun(plan, 10_000, (ms) => ms / 1000);
}

const recordings = {
  training: [run(1, 15_000), run(2, 15_000)],
  validation: [run(3, 15_000)],
  test: [run(4, 15_000), run(5, null)],
};

const options = {
  name: 'small',
  architecture: { cell: 'cfc', mode: 'default', inputs: FEATURE_COUNT, units: 6, backboneUnits: 6, backboneLayers: 1 },
  training: {
    learningRate: 0.01,
    weightDecay: 0.001,
    gradientNormMax: 1,
    batchRows: 8,
    span: 20,
    positiveWeight: 1,
    averaging: 0.9,
    epochsMax: 6,
    patience: 6,
  },
  failedWeight: 0.5,
  timeUnitMs: 1000,
  elapsedMaxMs: 10_000,
  horizonMs: 10_000,
  threshold: 0.5,
} as const;

describe('training a failure model', () => {
  const make = () => trainFailureModel(recordings, options, mulberry32(1), () => {});
  const { epochs, ...parts } = make();

  test('gives a model file that reads back', () => {
    const model = readModel(JSON.parse(serializeModel({ ...parts, made: { command: 'test' } })));
    expect(model.theta).toEqual(parts.theta);
    expect(epochs.length).toBe(6);
  });

  test('measures it on the test runs, better than chance even when this small', () => {
    expect(parts.metrics).toMatchObject({
      failure: { all: { cases: expect.any(Number) }, brier: expect.any(Number) },
      baselines: { 'largest robust z-score': { alarms: { failures: expect.any(Number) } } },
      byWindowMs: { 1000: expect.anything() },
      cascade: { all: expect.anything() },
    });
    const { failure } = parts.metrics as { failure: { all: { auc: number }; brier: number; brierOfBaseRate: number } };
    expect(failure.all.auc).toBeGreaterThan(0.75);
    expect(failure.brier).toBeLessThan(failure.brierOfBaseRate);
  });

  test('learns nothing from windows in which the agent has failed where these weigh nothing', () => {
    const small = { ...options, failedWeight: 0, training: { ...options.training, epochsMax: 2 } };
    const turned = ({ tracks, ...rest }: Recording): Recording => ({
      ...rest,
      tracks: tracks.map((track) => ({
        ...track,
        labels: track.labels.map((label, t) => (track.failed[t] === 1 ? 1 - label : label)),
      })),
    });
    const turnedRecordings = { ...recordings, training: recordings.training.map(turned) };
    expect(turnedRecordings.training).not.toEqual(recordings.training);
    const theta = (of: typeof recordings) => trainFailureModel(of, small, mulberry32(1), () => {}).theta;
    expect(theta(turnedRecordings)).toEqual(theta(recordings));
  });

  test('is the same every time', () => {
    expect(make().theta).toEqual(parts.theta);
  });
});
