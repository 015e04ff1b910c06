/** The assessment engine around its sessions: who shares one, when it is closed, and what a lost device means for the models that come later. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, type EngineObserver, type EngineOptions, loadEngine } from '../../src/cli/engine.ts';
import { modelUse } from '../../src/cli/model-use.ts';
import { openOnnxSession, type SessionOpener } from '../../src/compute/device.ts';
import { readModel, serializeModel } from '../../src/liquid/model.ts';
import { RetriableError } from '../../src/streams/execution.ts';
import { randomModelParts } from '../liquid/models.ts';

const texts = [1, 2].map((seed) => serializeModel({ ...randomModelParts(seed), name: `m${seed}` }));
const [first, second] = texts.map((text) => readModel(JSON.parse(text)).id);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aura-engine-'));
  writeFileSync(join(folder, 'm1.json'), texts[0]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Notes what it is told. */
function noting() {
  const told: string[] = [];
  const observer: EngineObserver = {
    opened: (model, { provider }) => told.push(`${model} on ${provider}`),
    lost: (model, lost, { provider }) => told.push(`${model} lost ${lost} for ${provider}`),
    closed: (model) => told.push(`${model} closed`),
    refused: (code) => told.push(`refused ${code}`),
  };
  return { told, observer };
}

const engineOf = (options: EngineOptions): Promise<Engine> => loadEngine(join(folder, 'm1.json'), options);

const stepOnce = ({ model, step }: Pick<Engine, 'model' | 'step'>) => {
  const { inputs, state } = model.network.cell;
  return step(new Float32Array(inputs), new Float32Array(state), new Float32Array(1), 1);
};

/** A WebGPU that works until `lost` says so, and gives no session afterwards. */
function failingGpu(lost: () => boolean): SessionOpener {
  return async (bytes, provider) => {
    const gone = (): void => {
      if (provider === 'webgpu' && lost()) throw new Error('device lost');
    };
    gone();
    const session = await openOnnxSession(bytes, 'cpu');
    return {
      inputMetadata: session.inputMetadata,
      outputMetadata: session.outputMetadata,
      run: async (feeds, fetches) => {
        gone();
        return await session.run(feeds, fetches);
      },
      release: () => session.release(),
    };
  };
}

test('tasks that use the same model share its session, which the last of them closes', async () => {
  const { told, observer } = noting();
  const engine = await engineOf({ observer });
  const file = gzipSync(texts[1]);
  const [a, b] = await Promise.all([engine.open(file), engine.open(file)]);
  const same = await engine.open(gzipSync(texts[0]));
  expect(told).toEqual([`${first} on cpu`, `${second} on cpu`]);
  await a.close();
  await a.close();
  expect((await stepOnce(b)).failure).toHaveLength(1);
  await b.close();
  await same.close();
  expect(told.slice(2)).toEqual([`${second} closed`]);
  await engine.close();
  expect(told.slice(3)).toEqual([`${first} closed`]);
});

test('a file that is no good model is told of and refused', async () => {
  const { told, observer } = noting();
  const engine = await engineOf({ observer });
  await expect(engine.open(Buffer.from('x'))).rejects.toMatchObject({ code: 'model-malformed' });
  await expect(engine.open(gzipSync(Buffer.alloc(9 * 1024 * 1024, 32)))).rejects.toThrow(/at most 8388608 bytes/);
  // Small as it is, it would fill the stack of whatever goes down its levels.
  const deep = texts[1].replace('"made": {', `"made": {"deep": ${'['.repeat(20_000)}${']'.repeat(20_000)}, `);
  await expect(engine.open(gzipSync(deep))).rejects.toMatchObject({
    code: 'model-malformed',
    message: expect.stringContaining('nested deeper than 100 levels'),
  });
  expect(told.slice(1)).toEqual(Array.from({ length: 3 }, () => 'refused model-malformed'));
  await engine.close();
});

test('a device that was named must be there at the start; what comes after it was lost runs on the CPU', async () => {
  let isLost = true;
  const { told, observer } = noting();
  const options: EngineOptions = { compute: 'webgpu', observer, openSession: failingGpu(() => isLost) };
  await expect(engineOf(options)).rejects.toMatchObject({ code: 'device-unavailable' });
  isLost = false;
  const engine = await engineOf(options);
  expect(engine.device.provider).toBe('webgpu');
  const before = await stepOnce(engine);
  isLost = true;
  expect(await stepOnce(engine)).toEqual(before);
  expect(engine.device).toMatchObject({ provider: 'cpu', reason: 'webgpu was lost' });
  const later = await engine.open(gzipSync(texts[1]));
  expect(told).toEqual([`${first} on webgpu`, `${first} lost webgpu for cpu`, `${second} on cpu`]);
  await later.close();
  await engine.close();
});

test('where no device can step, no record is to blame', async () => {
  const engine = await engineOf({});
  await engine.close();
  await expect(stepOnce(engine)).rejects.toBeInstanceOf(RetriableError);
});

test('a model file that no record can hold is refused before it is written', () => {
  const noise = Buffer.from(Array.from({ length: 900_000 }, (_, i) => (Math.sin(i) * 1e6) & 255)).toString('base64');
  expect(() => modelUse({ id: 'm@1' }, noise, { warmFromMs: 0, effectiveMs: 0 })).toThrow(
    expect.objectContaining({ code: 'record-invalid', message: expect.stringContaining('786432') }),
  );
});
