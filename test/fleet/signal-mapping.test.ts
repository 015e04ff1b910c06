import { expect, test } from 'vitest';
import type { SignalMapping } from '../../schemas/records.ts';
import { toObservation } from '../../src/fleet/signal-mapping.ts';
import { heartbeat } from './samples.ts';

const NULLS = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null };
const MAPPING: readonly SignalMapping[] = [
  { signal: 'LATENCY', metrics: ['latency_p50_s'], scale: 1000 },
  { signal: 'LATENCY', metrics: ['latency_avg_s'], scale: 1000 },
  { signal: 'TRAFFIC', metrics: ['rx', 'tx'], scale: 0.5 },
  { signal: 'ERRORS', metrics: ['failed'], scale: 1 },
  { signal: 'SATURATION', metrics: ['cpu_percent'], scale: 0.01 },
];

test('a signal left null is scale x the sum of the metrics present', () => {
  const observation = toObservation(
    heartbeat({ signals: NULLS, metrics: { latency_avg_s: 0.25, rx: 4, tx: 6, cpu_percent: 50 } }),
    MAPPING,
  );
  expect(observation).toMatchObject({ latencyMs: 250, trafficPerS: 5, errorRate: null, saturation: 0.5 });
});

test('the first mapping that finds a metric is taken, and a signal that is given stays', () => {
  const signals = { ...NULLS, trafficPerS: 7 };
  const observation = toObservation(
    heartbeat({ signals, metrics: { latency_p50_s: 0.1, latency_avg_s: 0.25, rx: 4 } }),
    MAPPING,
  );
  expect(observation).toMatchObject({ latencyMs: 100, trafficPerS: 7 });
});

test('results are clipped to the range of their signal', () => {
  const observation = toObservation(heartbeat({ signals: NULLS, metrics: { rx: -4, failed: 12 } }), MAPPING);
  expect(observation).toMatchObject({ trafficPerS: 0, errorRate: 1 });
});

test('names of the prototype are no metrics', () => {
  const mapping: readonly SignalMapping[] = [{ signal: 'TRAFFIC', metrics: ['constructor'], scale: 1 }];
  expect(toObservation(heartbeat({ signals: NULLS }), mapping).trafficPerS).toBeNull();
});
