/** Steps that wait share the runs of a program, and a lost device costs none of them: sessions are ONNX Runtime's, or doubles around them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openOnnxSession, type Provider, type Session, type SessionOpener } from '../../src/compute/device.ts';
import { createStepRunner, type StepRunner } from '../../src/compute/step-runner.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { stepProgram } from '../../src/liquid/onnx/step-program.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { mulberry32, uniform } from '../liquid/random.ts';

const inputs = 5;
const units = 8;
const tile = 16;
const net = networkOf({ cell: 'cfc', mode: 'default', inputs, units, backboneUnits: 6, backboneLayers: 1 });
const calibration = { slope: 1.3, intercept: -0.4 };
const program = stepProgram(net, initialParameters(net.layout, mulberry32(3)), { name: 'test', tile, calibration });

type Rows = readonly [Float32Array, Float32Array, Float32Array, number];

function rowsOf(seed: number, n: number): Rows {
  const random = mulberry32(seed);
  return [
    Float32Array.from(uniform(random, n * inputs)),
    Float32Array.from(uniform(random, n * units)),
    Float32Array.from(uniform(random, n, 0, 10)),
    n,
  ];
}

/** What a double does with a run: its number begins at 1 and counts the runs that warm it. */
type Run = (number: number, compute: () => Promise<unknown>, fetched: readonly Float32Array[]) => Promise<unknown>;

/** Sessions on the CPU under other names; `run` stands between. */
function double(run: Partial<Record<Provider, Run>>): SessionOpener {
  return async (bytes, provider) => {
    const behaviour = run[provider];
    if (behaviour === undefined && provider !== 'cpu') throw new Error(`no ${provider} today`);
    const session = await openOnnxSession(bytes, 'cpu');
    if (behaviour === undefined) return session;
    let runs = 0;
    const doubled: Session = {
      inputMetadata: session.inputMetadata,
      outputMetadata: session.outputMetadata,
      run: (feeds, fetches) =>
        behaviour(
          ++runs,
          () => session.run(feeds, fetches),
          Object.values(fetches).map(({ data }) => data as Float32Array),
        ),
      release: () => session.release(),
    };
    return doubled;
  };
}

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** A session is run so often before traffic. */
const warmRuns = 8;

describe('steps that wait', () => {
  test('share a run where their rows fit in a tile, and a lone one waits for nobody', async () => {
    let runs = 0;
    const open = double({
      cpu: (_, compute) => {
        runs++;
        return compute();
      },
    });
    const runner = await createStepRunner(program, { open });
    const during = async (work: () => Promise<unknown>): Promise<number> => {
      const before = runs;
      await work();
      return runs - before;
    };
    const all = (sizes: readonly number[]) => () => Promise.all(sizes.map((n, i) => runner.step(...rowsOf(i, n))));
    expect(await during(all([3]))).toBe(1);
    expect(await during(all([3, 4, 5, 4]))).toBe(1);
    expect(await during(all([10, 10, 10]))).toBe(2);
    expect(await during(all([tile * 3 + 1]))).toBe(4);
    // The first run takes the first alone; the others gather while it runs.
    expect(
      await during(async () => {
        const first = runner.step(...rowsOf(1, 2));
        await Promise.resolve().then(() => undefined);
        await Promise.all([first, ...[2, 3, 4].map((seed) => runner.step(...rowsOf(seed, 2)))]);
      }),
    ).toBe(2);
    await runner.close();
  });

  test('get the same bits alone and in any company', async () => {
    const runner = await createStepRunner(program);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ seed: fc.integer(), n: fc.integer({ min: 0, max: 40 }), turns: fc.nat(2) }), {
          minLength: 1,
          maxLength: 12,
        }),
        async (cells) => {
          const alone: unknown[] = [];
          for (const { seed, n } of cells) alone.push(await runner.step(...rowsOf(seed, n)));
          const together = cells.map(async ({ seed, n, turns }) => {
            for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
            return await runner.step(...rowsOf(seed, n));
          });
          expect(await Promise.all(together)).toEqual(alone);
        },
      ),
      { numRuns: 60 },
    );
    await runner.close();
  });

  test('are refused beyond the limits on steps and rows, but for one that is larger by itself', async () => {
    const runner = await createStepRunner(program, { waitingMax: 3, waitingRowsMax: 20 });
    expect((await runner.step(...rowsOf(1, 30))).failure).toHaveLength(30);
    const taken = [runner.step(...rowsOf(1, 10)), runner.step(...rowsOf(2, 10))];
    await expect(runner.step(...rowsOf(3, 1))).rejects.toMatchObject({ code: 'runner-busy' });
    await Promise.all(taken);
    expect((await runner.step(...rowsOf(3, 1))).failure).toHaveLength(1);
    await runner.close();
  });

  test('that fail on the CPU are told so, and those behind them go on', async () => {
    const open = double({
      cpu: (run, compute) => (run === warmRuns + 1 ? Promise.reject(new Error('out of memory')) : compute()),
    });
    const runner = await createStepRunner(program, { open });
    const [first, second] = [runner.step(...rowsOf(1, tile + 3)), runner.step(...rowsOf(2, tile))];
    await expect(first).rejects.toMatchObject({
      code: 'step-failed',
      message: expect.stringContaining('out of memory'),
    });
    const whole = await createStepRunner(program);
    expect(await second).toEqual(await whole.step(...rowsOf(2, tile)));
    expect(await runner.step(...rowsOf(1, 3))).toEqual(await whole.step(...rowsOf(1, 3)));
    await whole.close();
    await runner.close();
  });
});

describe('a lost device', () => {
  test('costs no step: what was under way is repeated on the CPU, whichever run it is lost in', async () => {
    const cpu = await createStepRunner(program);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
        async (lostAt, late, sizes) => {
          const lost: string[] = [];
          const open = double({
            webgpu: async (run, compute, fetched) => {
              if (run < warmRuns + lostAt) return await compute();
              // What a device leaves behind when it goes is anything.
              for (const array of fetched) array.fill(Number.NaN);
              if (late) await later(1);
              throw new Error('the device was lost');
            },
          });
          const runner = await createStepRunner(program, {
            providers: 'webgpu',
            open,
            onLost: (provider, device) => lost.push(`${provider}, now ${device.provider}`),
          });
          expect(runner.device).toEqual({ provider: 'webgpu', reason: 'named by the setting', refused: [] });
          const answers = await Promise.all(sizes.map((n, i) => runner.step(...rowsOf(i, n))));
          for (const [i, n] of sizes.entries()) expect(answers[i]).toEqual(await cpu.step(...rowsOf(i, n)));
          const runs = Math.ceil(sizes.reduce((sum, n) => sum + n) / tile);
          expect(lost).toEqual(runs >= lostAt ? ['webgpu, now cpu'] : []);
          if (runs >= lostAt) {
            expect(runner.device).toEqual({
              provider: 'cpu',
              reason: 'webgpu was lost',
              refused: [{ provider: 'webgpu', reason: 'lost: the device was lost' }],
            });
          }
          await runner.close();
        },
      ),
      { numRuns: 30 },
    );
    await cpu.close();
  });
});

describe('the choice of a device', () => {
  const chosen = async (providers: 'auto' | 'webgpu' | 'cuda', open: SessionOpener): Promise<StepRunner['device']> => {
    const runner = await createStepRunner(program, { providers, open });
    await runner.close();
    return runner.device;
  };

  test('auto takes the CPU where nothing else is there, and says what was missing', async () => {
    expect(await chosen('auto', double({}))).toEqual({
      provider: 'cpu',
      reason: 'the only one that is there',
      refused: [
        { provider: 'cuda', reason: 'no cuda today' },
        { provider: 'webgpu', reason: 'no webgpu today' },
      ],
    });
  });

  test('auto takes what was measured to be fastest, and says how fast the others were', async () => {
    const slow: Run = async (_, compute) => {
      await later(20);
      return await compute();
    };
    const slowGpu = await chosen('auto', double({ webgpu: slow }));
    expect(slowGpu).toMatchObject({ provider: 'cpu', reason: expect.stringMatching(/^fastest .*webgpu \d+.*cpu \d+/) });
    expect(slowGpu.refused[1]).toMatchObject({ provider: 'webgpu', reason: expect.stringMatching(/^slower: webgpu/) });
    const slowCpu = await chosen('auto', double({ webgpu: (_, compute) => compute(), cpu: slow }));
    expect(slowCpu).toMatchObject({ provider: 'webgpu' });
    expect(slowCpu.refused.map(({ provider }) => provider)).toEqual(['cuda', 'cpu']);
  });

  test('a provider that was named is taken or refused, never replaced at the start', async () => {
    await expect(chosen('cuda', double({}))).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('cuda: no cuda today'),
    });
    const broken = double({ webgpu: () => Promise.reject(new Error('it compiles nothing')) });
    await expect(chosen('webgpu', broken)).rejects.toMatchObject({
      code: 'device-unavailable',
      message: expect.stringContaining('it compiles nothing'),
    });
    expect(await chosen('auto', broken)).toMatchObject({ provider: 'cpu' });
  });
});
