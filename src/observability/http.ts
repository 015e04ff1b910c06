/**
 * A small HTTP server for whoever watches this process: GET /metrics for Prometheus, /health (the process works) and /ready (it does its job now),
 * the latter two by checks that the caller gives, with a JSON body that lists them; 200 where all hold, else 503.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { redactText } from './redact.ts';

export interface CheckResult {
  readonly ok: boolean;
  /** What an operator should know; no secrets. */
  readonly detail?: string;
}

/** A named question to the process. One that throws, or takes longer than the timeout, does not hold. */
export interface Check {
  readonly name: string;
  run(): CheckResult | Promise<CheckResult>;
}

export interface ObservabilityServerOptions {
  /** Default 127.0.0.1: whoever wants to be seen from outside says so. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly registry: Registry;
  /** Default: none, so a process that answers is healthy. */
  readonly health?: readonly Check[];
  readonly ready?: readonly Check[];
  readonly checkTimeoutMs?: number;
}

export interface ObservabilityServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export type ListenErrorCode = 'ADDRESS_IN_USE' | 'ADDRESS_UNAVAILABLE' | 'ADDRESS_FORBIDDEN' | 'LISTEN_FAILED';

export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;
  readonly host: string;
  readonly port: number;

  constructor(code: ListenErrorCode, host: string, port: number, cause: unknown) {
    super(`${code}: cannot listen on ${host}:${port}; valid is an address of this machine and a free port, or port 0`, {
      cause,
    });
    this.code = code;
    this.host = host;
    this.port = port;
  }
}

const listenCodes: Readonly<Record<string, ListenErrorCode>> = {
  EADDRINUSE: 'ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'ADDRESS_UNAVAILABLE',
  ENOTFOUND: 'ADDRESS_UNAVAILABLE',
  EACCES: 'ADDRESS_FORBIDDEN',
};

/** @throws ListenError */
export async function startObservabilityServer(options: ObservabilityServerOptions): Promise<ObservabilityServer> {
  const { host = '127.0.0.1', port, registry, health = [], ready = [], checkTimeoutMs = 2000 } = options;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return send(response, 405, { error: 'method-not-allowed', valid: ['GET', 'HEAD'] });
    }
    switch (path) {
      case '/metrics': {
        const text = await registry.metrics();
        response.writeHead(200, { 'content-type': registry.contentType }).end(text);
        return;
      }
      case '/health':
        return sendChecks(response, await runAll(health, checkTimeoutMs));
      case '/ready':
        return sendChecks(response, await runAll(ready, checkTimeoutMs));
      default:
        return send(response, 404, { error: 'not-found', valid: ['/metrics', '/health', '/ready'] });
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: 'internal', detail: redactText(String(error)) });
    });
  });
  // Slow or silent clients may not hold sockets for long.
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 5000;

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenError(listenCodes[error.code ?? ''] ?? 'LISTEN_FAILED', host, port, error));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve, reject) => {
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
    return closing;
  };
  const shown = host.includes(':') ? `[${host}]` : host;
  return { host, port: bound, url: `http://${shown}:${bound}`, close, [Symbol.asyncDispose]: close };
}

interface Checked extends CheckResult {
  readonly name: string;
}

async function runAll(checks: readonly Check[], timeoutMs: number): Promise<readonly Checked[]> {
  return Promise.all(checks.map((check) => runOne(check, timeoutMs)));
}

async function runOne(check: Check, timeoutMs: number): Promise<Checked> {
  const { name } = check;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, detail: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return { name, ...(await Promise.race([check.run(), timeout])) };
  } catch (error) {
    return { name, ok: false, detail: redactText(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(timer);
  }
}

function sendChecks(response: ServerResponse, checks: readonly Checked[]): void {
  const ok = checks.every((check) => check.ok);
  send(response, ok ? 200 : 503, { status: ok ? 'ok' : 'failing', checks });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(text);
}
