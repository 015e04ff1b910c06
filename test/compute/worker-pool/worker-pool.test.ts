import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { WorkerProgram } from '../../../src/compute/worker-pool/program.ts';
import { openWorkerPool, WorkerPool, type WorkerPoolOptions } from '../../../src/compute/worker-pool/worker-pool.ts';
import { type jobs, OddError } from './jobs.ts';

type TestJobs = typeof jobs;

const program: WorkerProgram<TestJobs> = {
  name: 'test jobs',
  module: new URL('./jobs.ts', import.meta.url),
  reviveError: ({ name, fields }) => (name === 'OddError' ? new OddError(Number(fields.value)) : undefined),
};

const open: WorkerPool<TestJobs>[] = [];

async function openPool(options: WorkerPoolOptions): Promise<WorkerPool<TestJobs>> {
  const pool = await openWorkerPool(program, options);
  open.push(pool);
  return pool;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((pool) => pool.terminate()));
});

/** A gate at which threads wait in the job `wait`; open() lets all of them through for good. */
function newGate(): { readonly gate: Int32Array; arrived(): number; open(): void } {
  const gate = new Int32Array(new SharedArrayBuffer(8));
  return {
    gate,
    arrived: () => Atomics.load(gate, 1),
    open: () => {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('a worker pool', () => {
  test('runs jobs on its threads, each warmed once', async () => {
    const pool = await openPool({ threads: 2 });
    const { gate, arrived, open } = newGate();
    const both = [0, 1].map((place) => pool.run('wait', { gate, place }));
    await until(() => arrived() === 2);
    open();
    expect(await Promise.all(both)).toEqual([0, 1]);
    expect((await pool.run('where', undefined)).warm).toBe(1);
  });

  test('shares SharedArrayBuffers instead of copying them', async () => {
    const pool = await openPool({ threads: 1 });
    const counter = new Int32Array(new SharedArrayBuffer(4));
    await pool.run('die', counter);
    expect(counter[0]).toBe(-1);
  });

  test('gives outcomes in the order of the inputs, a failure with its own type in its own place', async () => {
    const pool = await openPool({ threads: 2 });
    const inputs = Array.from({ length: 500 }, (_, k) => k);
    const outcomes = await collect(pool.map('halve', inputs));
    expect(outcomes).toHaveLength(500);
    for (const [k, outcome] of outcomes.entries()) {
      if (k % 2 === 0) expect(outcome).toEqual({ ok: true, value: k / 2 });
      else expect(outcome.ok ? undefined : outcome.error).toStrictEqual(new OddError(k));
    }
  });

  test('takes no more inputs than aheadMax before the first result is read', async () => {
    const pool = await openPool({ threads: 1 });
    let taken = 0;
    function* source(): Generator<number> {
      for (; taken < 1000; taken++) yield 2 * taken;
    }
    const results = pool.map('halve', source(), { aheadMax: 3 });
    for (let read = 1; read <= 20; read++) {
      await results.next();
      await sleep(1);
      expect(taken).toBeLessThanOrEqual(read + 3);
    }
    await results.return();
    const before = taken;
    await sleep(5);
    expect(taken).toBe(before);
  });

  test('gives a result that is there while the source takes its time', async () => {
    const pool = await openPool({ threads: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* source(): AsyncGenerator<number> {
      yield 4;
      await promise;
      yield 6;
    }
    const results = pool.map('halve', source());
    expect((await results.next()).value).toEqual({ ok: true, value: 2 });
    resolve();
    expect(await collect(results)).toEqual([{ ok: true, value: 3 }]);
  });

  test("lets a source's own error through", async () => {
    const pool = await openPool({ threads: 1 });
    function* source(): Generator<number> {
      yield 2;
      throw new RangeError('no more');
    }
    await expect(collect(pool.map('halve', source()))).rejects.toThrow('no more');
  });

  test('refuses a task when as many wait as may', async () => {
    const pool = await openPool({ threads: 1, waitingMax: 2 });
    const { gate, arrived, open } = newGate();
    // One at work and one in the thread's port, then two waiting.
    const admitted = [0, 1, 2, 3].map((place) => pool.run('wait', { gate, place }));
    await until(() => arrived() === 1);
    await expect(pool.run('wait', { gate, place: 4 })).rejects.toMatchObject({ code: 'pool-busy' });
    open();
    expect(await Promise.all(admitted)).toEqual([0, 1, 2, 3]);
  });

  test('replaces a thread that died and tries its task once more', async () => {
    const pool = await openPool({ threads: 1 });
    const diesOnce = new Int32Array(new SharedArrayBuffer(4)).fill(1);
    const [survivor, next] = await Promise.all([pool.run('die', diesOnce), pool.run('halve', 8)]);
    expect(survivor).toBeGreaterThan(0);
    expect(next).toBe(4);
  });

  test('refuses a task under which two threads died, and that task alone', async () => {
    const pool = await openPool({ threads: 1 });
    const diesAlways = new Int32Array(new SharedArrayBuffer(4)).fill(1000);
    const [dead, next] = await Promise.allSettled([pool.run('die', diesAlways), pool.run('halve', 8)]);
    expect(dead).toMatchObject({ status: 'rejected', reason: { code: 'worker-died' } });
    expect(next).toEqual({ status: 'fulfilled', value: 4 });
    expect(diesAlways[0]).toBe(998);
  });

  test('survives a task that needs more memory than a thread may have', async () => {
    const pool = await openPool({ threads: 1, heapMaxMiB: 32 });
    await expect(pool.run('fillHeap', undefined)).rejects.toMatchObject({ code: 'worker-died' });
    expect(await pool.run('halve', 2)).toBe(1);
  });

  test('says what cannot be sent, asked for or thrown', async () => {
    const pool = await openPool({ threads: 1 });
    // @ts-expect-error a function is no number
    await expect(pool.run('halve', () => 1)).rejects.toMatchObject({ code: 'job-invalid' });
    // @ts-expect-error there is no such job
    await expect(pool.run('double', 1)).rejects.toThrow(/no job 'double'; valid are halve, /);
    await expect(pool.run('giveFunction', undefined)).rejects.toMatchObject({ code: 'job-failed' });
    await expect(pool.run('throwText', 'oops')).rejects.toMatchObject({
      code: 'job-failed',
      message: expect.stringContaining('oops'),
    });
    expect(await pool.run('halve', 2)).toBe(1);
  });

  test('close() waits for what was admitted and refuses what comes after', async () => {
    const pool = await openPool({ threads: 2 });
    const admitted = Array.from({ length: 50 }, (_, k) => pool.run('halve', 2 * k));
    const closing = pool.close();
    await expect(pool.run('halve', 2)).rejects.toMatchObject({ code: 'pool-closed' });
    await closing;
    expect(await Promise.all(admitted)).toEqual(Array.from({ length: 50 }, (_, k) => k));
  });

  test('terminate() rejects what is under way and what waits', async () => {
    const pool = await openPool({ threads: 1 });
    const { gate, arrived } = newGate();
    const tasks = [0, 1, 2, 3].map((place) => pool.run('wait', { gate, place }));
    const settled = Promise.allSettled(tasks);
    await until(() => arrived() === 1);
    await pool.terminate();
    for (const task of await settled) expect(task).toMatchObject({ reason: { code: 'pool-closed' } });
  });

  test('terminate() says the same while the threads are still coming up', async () => {
    const pool = new WorkerPool(program, { threads: 2 });
    const waiting = Promise.allSettled([pool.run('halve', 2), pool.run('halve', 4)]);
    await pool.terminate();
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'pool-closed' }) };
    expect(await waiting).toEqual([refused, refused]);
  });

  test('a program that does not load is an error on opening', async () => {
    const missing = { name: 'missing', module: new URL('./no-such-file.ts', import.meta.url) };
    await expect(openWorkerPool(missing, { threads: 2 })).rejects.toMatchObject({ code: 'program-invalid' });
  });

  test.each([0, 1.5, 257, Number.NaN])('refuses %d threads', async (threads) => {
    await expect(openWorkerPool(program, { threads })).rejects.toThrow(/valid are whole numbers 1\.\.256/);
  });

  test('does not keep a process up that forgets to close it', () => {
    const script = fileURLToPath(new URL('./forgets-to-close.ts', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 15_000 });
    expect({ stdout, status }).toEqual({ stdout: '5\n', status: 0 });
  });
});
