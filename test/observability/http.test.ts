import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Check,
  ListenError,
  type ObservabilityServer,
  type ObservabilityServerOptions,
  startObservabilityServer,
} from '../../src/observability/http.ts';
import { createMetrics } from '../../src/observability/metrics.ts';

const started: ObservabilityServer[] = [];
const { registry } = createMetrics({ processMetrics: false });

async function start(options: Partial<ObservabilityServerOptions> = {}): Promise<ObservabilityServer> {
  const server = await startObservabilityServer({ port: 0, registry, ...options });
  started.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.close()));
});

const holds = (name: string): Check => ({ name, run: () => ({ ok: true }) });

describe('startObservabilityServer', () => {
  it('serves the registry in Prometheus’ text format', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('# TYPE aura_stream_task_process_total counter');
  });

  it('is healthy and ready where all checks hold, and lists them', async () => {
    const lag: Check = { name: 'lag', run: async () => ({ ok: true, detail: '12 records' }) };
    const { url } = await start({ health: [holds('loop')], ready: [holds('broker'), lag] });
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok', checks: [{ name: 'loop', ok: true }] });
    expect(await (await fetch(`${url}/ready?verbose`)).json()).toEqual({
      status: 'ok',
      checks: [
        { name: 'broker', ok: true },
        { name: 'lag', ok: true, detail: '12 records' },
      ],
    });
  });

  it('answers 503 with every check where one does not hold, throws, or does not answer', async () => {
    const ready: readonly Check[] = [
      holds('broker'),
      { name: 'database', run: () => Promise.reject(new Error('no connection to postgres://aura:hunter22@db/aura')) },
      { name: 'model', run: () => ({ ok: false, detail: 'not loaded' }) },
      { name: 'hung', run: () => new Promise<never>(() => {}) },
    ];
    const { url } = await start({ ready, checkTimeoutMs: 20 });
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'failing',
      checks: [
        { name: 'broker', ok: true },
        { name: 'database', ok: false, detail: 'no connection to postgres://aura:[redacted]@db/aura' },
        { name: 'model', ok: false, detail: 'not loaded' },
        { name: 'hung', ok: false, detail: 'no answer within 20 ms' },
      ],
    });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('answers HEAD, and says what would be valid', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
    const missing = await fetch(`${url}/metric`);
    expect([missing.status, await missing.json()]).toEqual([
      404,
      { error: 'not-found', valid: ['/metrics', '/health', '/ready'] },
    ]);
    const post = await fetch(`${url}/metrics`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('closes at once though clients keep connections and requests open', async () => {
    const server = await start({
      ready: [{ name: 'hung', run: () => new Promise<never>(() => {}) }],
      checkTimeoutMs: 60_000,
    });
    await fetch(`${server.url}/health`);
    const cut = new Promise<string>((resolve) => {
      const waiting = request(`${server.url}/ready`, () => resolve('answered'));
      waiting.on('error', () => resolve('cut'));
      waiting.end();
    });
    // The request must have arrived, or there is nothing to cut.
    await fetch(`${server.url}/health`);
    await server.close();
    await server.close();
    expect(await cut).toBe('cut');
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  });

  it('refuses an address that is taken or not of this machine, with a code', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE', port });
    await expect(start({ host: '192.0.2.1' })).rejects.toBeInstanceOf(ListenError);
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
  });
});
