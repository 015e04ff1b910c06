import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openOnnxSession } from '../../src/compute/device.ts';
import { createStepRunner, type StepRunner } from '../../src/compute/step-runner.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { stepProgram } from '../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../liquid/random.ts';

const inputs = 9;
const units = 32;
const calibration = { slope: 1.3, intercept: -0.4 };

describe('a step runner', () => {
  const random = mulberry32(3);
  const net = networkOf({ cell: 'cfc', mode: 'default', inputs, units, backboneUnits: 24, backboneLayers: 1 });
  const program = stepProgram(net, initialParameters(net.layout, random), { name: 'test', tile: 64, calibration });
  let runner: StepRunner;
  beforeAll(async () => {
    runner = await createStepRunner(program);
  });
  afterAll(() => runner.close());

  test('gives a row the same bits wherever it stands and whoever shares its batch', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 200 }),
        async (seed, before, after) => {
          const rows = mulberry32(seed);
          const n = before + 1 + after;
          const x = Float32Array.from(uniform(rows, n * inputs));
          const h = Float32Array.from(uniform(rows, n * units));
          const dt = Float32Array.from(uniform(rows, n, 0, 10));
          const all = await runner.step(x, h, dt, n);
          const alone = await runner.step(
            x.slice(before * inputs, (before + 1) * inputs),
            h.slice(before * units, (before + 1) * units),
            dt.slice(before, before + 1),
            1,
          );
          expect(all.logOdds[before]).toBe(alone.logOdds[0]);
          expect(all.failure[before]).toBe(alone.failure[0]);
          expect(all.hidden.slice(before * units, (before + 1) * units)).toEqual(alone.hidden);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keeps steps that overlap apart, in order', async () => {
    const batches = Array.from({ length: 20 }, (_, i) => {
      const rows = mulberry32(i);
      return {
        x: Float32Array.from(uniform(rows, 70 * inputs)),
        h: Float32Array.from(uniform(rows, 70 * units)),
        dt: new Float32Array(70).fill(1),
      };
    });
    const together = await Promise.all(batches.map(({ x, h, dt }) => runner.step(x, h, dt, 70)));
    for (const [i, { x, h, dt }] of batches.entries()) {
      expect(together[i]).toEqual(await runner.step(x, h, dt, 70));
    }
  });

  test('steps no rows', async () => {
    const none = new Float32Array(0);
    expect(await runner.step(none, none, none, 0)).toEqual({ failure: none, logOdds: none, hidden: none });
  });

  test('stays finite after a gap of a week', async () => {
    const x = Float32Array.from(uniform(random, inputs));
    const { failure, hidden } = await runner.step(x, new Float32Array(units), new Float32Array([604800]), 1);
    expect([...failure, ...hidden].every(Number.isFinite)).toBe(true);
  });

  test('names its device and why', () => {
    expect(runner.device).toEqual({ provider: 'cpu', reason: 'first of the providers asked for', refused: [] });
  });

  test('refuses arrays that are too short, naming the need', async () => {
    const short = runner.step(new Float32Array(inputs), new Float32Array(units), new Float32Array(1), 2);
    await expect(short).rejects.toMatchObject({
      code: 'batch-shape',
      message: expect.stringContaining('2 rows of 9 need 18'),
    });
  });

  test('refuses more waiting steps than it admits, and goes on', async () => {
    const small = await createStepRunner(program, { waitingMax: 1 });
    const row = [new Float32Array(inputs), new Float32Array(units), new Float32Array(1), 1] as const;
    const first = small.step(...row);
    await expect(small.step(...row)).rejects.toMatchObject({ code: 'runner-busy' });
    await first;
    expect((await small.step(...row)).failure.length).toBe(1);
    await small.close();
    await expect(small.step(...row)).rejects.toMatchObject({ code: 'runner-closed' });
  });

  test('is closed for everyone who closes it once the steps under way are done', async () => {
    const twice = await createStepRunner(program);
    let done = false;
    const under = twice.step(new Float32Array(64 * inputs), new Float32Array(64 * units), new Float32Array(64), 64);
    const first = twice.close();
    const second = twice.close().then(() => expect(done).toBe(true));
    await under;
    done = true;
    await Promise.all([first, second]);
  });

  test('says which provider was refused and why', async () => {
    const either = await createStepRunner(program, { providers: ['cuda', 'cpu'] });
    const { device } = either;
    await either.close();
    // With CUDA's libraries on the machine it is taken, without them it is refused.
    const tried = [...device.refused.map((refusal) => refusal.provider), device.provider];
    expect(tried).toEqual(device.provider === 'cuda' ? ['cuda'] : ['cuda', 'cpu']);
    expect(device.refused.every((refusal) => refusal.reason.length > 0)).toBe(true);
  });

  test('refuses what is not a model and what is not a step', async () => {
    await expect(openOnnxSession(new Uint8Array([1, 2, 3]), 'cpu')).rejects.toMatchObject({
      code: 'device-unavailable',
    });
    await expect(createStepRunner({ ...program, tile: 32 })).rejects.toMatchObject({ code: 'program-invalid' });
  });
});
