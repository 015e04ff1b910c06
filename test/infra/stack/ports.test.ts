import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST, takePort } from '../../../infra/stack/ports.ts';

const listener = createServer();
let busy = 0;

beforeAll(async () => {
  busy = await takePort(undefined, undefined);
  await new Promise<void>((resolve) => listener.listen(busy, HOST, resolve));
});

afterAll(async () => {
  await new Promise((resolve) => listener.close(resolve));
});

test('ports lie below those that the system gives to outgoing connections, and none is given out twice', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => takePort(undefined, undefined)));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) expect(port).toSatisfy((value: number) => value >= 20_000 && value < 32_000);
});

test('a port that somebody listens on is passed over', async () => {
  expect(await takePort(busy, busy)).not.toBe(busy);
});

test('a server gets back the port that it had', async () => {
  const port = await takePort(undefined, undefined);
  expect(await takePort(port, undefined)).toBe(port);
});
