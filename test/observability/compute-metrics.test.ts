import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { computeMetrics } from '../../src/observability/compute-metrics.ts';

const lines = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('a gauge says where a model computes and why, another why not elsewhere; what is over is gone', async () => {
  const registry = new Registry();
  const metrics = computeMetrics(registry);
  metrics.computesOn('m@1', {
    provider: 'webgpu',
    reason: 'fastest',
    refused: [{ provider: 'cuda', reason: 'no library' }],
  });
  expect(await lines(registry)).toEqual([
    'aura_compute_device{model="m@1",provider="webgpu",reason="fastest"} 1',
    'aura_compute_provider_refused{model="m@1",provider="cuda",reason="no library"} 1',
  ]);
  metrics.lost('webgpu');
  metrics.computesOn('m@1', {
    provider: 'cpu',
    reason: 'webgpu was lost',
    refused: [{ provider: 'webgpu', reason: `lost: ${'x'.repeat(500)}` }],
  });
  expect(await lines(registry)).toEqual([
    'aura_compute_device{model="m@1",provider="cpu",reason="webgpu was lost"} 1',
    `aura_compute_provider_refused{model="m@1",provider="webgpu",reason="lost: ${'x'.repeat(194)}"} 1`,
    'aura_compute_device_lost_total{provider="webgpu"} 1',
  ]);
  metrics.closed('m@1');
  expect(await lines(registry)).toEqual(['aura_compute_device_lost_total{provider="webgpu"} 1']);
});
