/** An operator swaps the model of a running assessment and swaps back: no record is lost or scored twice, no state is lost, and a replay swaps where the run did. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assessment } from '../../pipelines/assessment.ts';
import { openTopics, type Topics, topicSpecs } from '../../pipelines/topics.ts';
import type { ModelUse, Order, Snapshot } from '../../schemas/records.ts';
import { type Engine, loadEngine } from '../../src/cli/engine.ts';
import { modelUse } from '../../src/cli/model-use.ts';
import { writeRecords } from '../../src/cli/tables.ts';
import { openOnnxSession, type SessionOpener } from '../../src/compute/device.ts';
import { Random } from '../../src/fleet/reference/random.ts';
import { cellShape, NO_HISTORY } from '../../src/liquid/cell-shape.ts';
import { contentHash } from '../../src/liquid/content-hash.ts';
import { type CellMemory, NO_MEMORY } from '../../src/liquid/memory.ts';
import { type Model, readModel, serializeModel } from '../../src/liquid/model.ts';
import { networkOf } from '../../src/liquid/network.ts';
import { initialParameters } from '../../src/liquid/parameters.ts';
import { scoreCell } from '../../src/liquid/scoring.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { changelogOf, orderTopicOf } from '../../src/streams/names.ts';
import { replay } from '../../src/streams/replay.ts';
import type { Runtime } from '../../src/streams/runtime.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { processorWorker, Worker } from '../../src/streams/worker.ts';
import { randomModelParts } from '../liquid/models.ts';
import { mulberry32 } from '../liquid/random.ts';
import { agentState, edge, snapshot } from '../liquid/snapshots.ts';
import { makeRuntime, until } from '../streams/wire.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));
const partitions = 2;
const windows = 40;
const startMs = 1_000_000_000_000;
const atWindow = (window: number): number => startMs + window * 1_000;

/** Of any number of units: a swap need not keep the state's shape. */
function modelText(name: string, units: number, of: number): string {
  const parts = randomModelParts(of);
  const { architecture } = parts.network;
  if (architecture.cell !== 'cfc') throw new Error(`the random model is a ${architecture.cell}`);
  const network = networkOf({ ...architecture, units });
  const theta = initialParameters(network.layout, mulberry32(of)).map((w) => Math.fround(2 * w));
  return serializeModel({ ...parts, name, network, theta });
}

const oldText = modelText('old', 8, 1);
const newText = modelText('new', 12, 2);
const [oldModel, newModel] = [oldText, newText].map((text) => readModel(JSON.parse(text)));

/** Cells of five to seven agents, one of which is in trouble at times. */
function snapshotOf(cell: number, window: number): Snapshot {
  const agents = Array.from({ length: 5 + (cell % 3) }, (_, i) => {
    const trouble = (window + cell) % 9 > 5 && i === cell % 5 ? 8 : 0;
    const wave = Math.sin(i + cell * 3.7 + window * 1.3);
    return agentState(`a${i}`, {
      latencyMs: 20 + 5 * wave + 50 * trouble,
      deviation: { latency: wave + trouble, traffic: wave / 2, errors: trouble / 2, saturation: -wave },
    });
  });
  const edges = agents.slice(1).map(({ agent }, i) => edge(agents[i].agent, agent, { count: 4 + (window % 5) }));
  return { ...snapshot(agents, edges, atWindow(window + 1)), cell };
}

const cells = [0, 1, 2, 3, 4];
const keyOf = (cell: number): string => `t/f/${cell}`;

let folder = '';
let oldFile = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aura-swap-'));
  oldFile = join(folder, 'old.json');
  writeFileSync(oldFile, oldText);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Installation {
  readonly log: MemoryLog;
  readonly topics: Topics;
  readonly runtime: Runtime;
  start(engine: Engine): Promise<Worker>;
  send(window: number): Promise<void>;
  use(...records: readonly ReturnType<typeof modelUse>[]): Promise<void>;
  /** Values of a topic by partition, as bytes. */
  values(topic: string): readonly (readonly string[])[];
  scored(): number;
}

async function install(faults: ConstructorParameters<typeof MemoryLog>[0]['faults'] = {}): Promise<Installation> {
  const log = new MemoryLog({ now: () => Date.now(), faults });
  const topics = await openTopics(new MemoryRegistry());
  const owner = { name: 'assessment', stores: [{ name: 'memories' }, { name: 'shapes' }] };
  await log.createTopics(topicSpecs(topics, [owner], partitions));
  const runtime: Runtime = {
    ...(await makeRuntime(log, { limits: { batchRecords: 7 } })),
    orders: topics.orders,
    deadLetters: topics['dead-letters'],
  };
  const values = (topic: string) =>
    Array.from({ length: partitions }, (_, partition) =>
      log.read({ topic, partition }).map(({ value }) => Buffer.from(value ?? []).toString('base64')),
    );
  return {
    log,
    topics,
    runtime,
    values,
    scored: () => values('aura.scores').reduce((sum, of) => sum + of.length, 0),
    start: (engine) =>
      Worker.start(runtime, processorWorker(runtime, assessment(topics, engine)), (error) => {
        throw error;
      }),
    send: (window) =>
      writeRecords(
        log,
        topics.snapshots,
        cells.map((cell) => ({ key: keyOf(cell), value: snapshotOf(cell, window) })),
      ),
    use: (...records) => writeRecords(log, topics.models, records),
  };
}

const there = modelUse(newModel, newText, { warmFromMs: atWindow(12), effectiveMs: atWindow(20) });
const back = modelUse(oldModel, oldText, { warmFromMs: atWindow(26), effectiveMs: atWindow(30) });

/** All windows, the swaps known from the start, nothing in the way. */
async function uninterrupted(): Promise<Installation> {
  const installation = await install();
  const engine = await loadEngine(oldFile);
  await installation.use(there, back);
  const worker = await installation.start(engine);
  for (let window = 0; window < windows; window++) await installation.send(window);
  await until('all is scored', () => installation.scored() >= windows * cells.length);
  await worker.close();
  await engine.close();
  return installation;
}

describe('a swap and a swap back', () => {
  let plain: Installation;
  beforeAll(async () => {
    plain = await uninterrupted();
  });
  afterAll(() => plain.log.close());

  test('are of the windows that begin then, each scored once, as cell by cell and model by model', async () => {
    const engine = await loadEngine(oldFile);
    const other = await engine.open(gzipSync(newText));
    const scores = plain.values('aura.scores').map((of) => of.map((value) => decode(plain, value)));
    for (const cell of cells) {
      const found = scores.flat().filter((score) => score.cell === cell);
      expect(found.map(({ windowStartMs }) => windowStartMs)).toEqual(
        Array.from({ length: windows }, (_, window) => atWindow(window)),
      );
      let history = NO_HISTORY;
      const memories = new Map<Model, CellMemory>();
      for (let window = 0; window < windows; window++) {
        const taken = snapshotOf(cell, window);
        const shape = cellShape(taken, history);
        history = shape?.history ?? history;
        const score = async (scoring: Pick<Engine, 'model' | 'step'>) => {
          const memory = memories.get(scoring.model) ?? NO_MEMORY;
          const scored = await scoreCell(scoring.model, scoring.step, taken, shape?.input ?? null, memory);
          memories.set(scoring.model, scored.memory);
          return { model: scoring.model.id, cascade: scored.cascade, agents: scored.agents };
        };
        const isNew = window >= 20 && window < 30;
        const expected = await score(isNew ? other : engine);
        if (window >= 12 && window < 20) await score(other);
        if (window >= 26 && window < 30) await score(engine);
        const { model, cascade, agents } = found[window];
        expect({ model, cascade, agents: agents.map(({ agent }) => agent) }).toEqual({
          ...expected,
          agents: expected.agents.map(({ agent }) => agent),
        });
        expect(agents.map(({ failure, confidence }) => [failure, confidence])).toEqual(
          expected.agents.map(({ failure, confidence }) => [failure, confidence]),
        );
      }
    }
    await other.close();
    await engine.close();
  });

  test(`come out the same where commits fail and processes end and begin (AURA_SEED=${seed})`, async () => {
    const random = new Random(seed, 'swap');
    let [commits, failed] = [0, 0];
    const installation = await install({
      commit: () => {
        // One of each whatever the seed; a task that fails again waits longer each time, so they are few.
        const draw = ++commits === 3 ? 0 : commits === 7 ? 0.1 : random.uniform();
        if (failed >= 4 || draw >= 0.2) return 'ok';
        failed++;
        return draw < 0.1 ? 'fail-before' : 'fail-after';
      },
    });
    await installation.use(there, back);
    let engine = await loadEngine(oldFile);
    let worker = await installation.start(engine);
    for (let window = 0; window < windows; window++) {
      await installation.send(window);
      // Before the swap, while the new model reads along, while it scores, and while the old one reads along.
      if (![7, 15, 24, 28].includes(window)) continue;
      if (window % 2 === 0) await until('some of it is scored', () => installation.scored() > window);
      // The next process begins before the last one ends, and takes its partitions from it.
      const [lastEngine, lastWorker] = [engine, worker];
      engine = await loadEngine(oldFile);
      worker = await installation.start(engine);
      await lastWorker.close();
      await lastEngine.close();
    }
    await until('all is scored', () => installation.scored() >= windows * cells.length, 30_000);
    await worker.close();
    await engine.close();
    expect(failed).toBeGreaterThan(1);
    for (const topic of ['aura.scores', 'aura.signatures', 'aura.dead-letters'])
      expect(installation.values(topic), topic).toEqual(plain.values(topic));
    await installation.log.close();
  }, 60_000);
});

test('a swap that comes while windows are scored is repeated by a replay, byte for byte', async () => {
  const installation = await install();
  const { log, topics } = installation;
  const engine = await loadEngine(oldFile);
  const worker = await installation.start(engine);
  for (let window = 0; window < windows; window++) {
    await installation.send(window);
    // Its time has passed already: it holds from whatever window each task takes next.
    if (window === 15) await installation.use(modelUse(newModel, newText, { warmFromMs: 0, effectiveMs: atWindow(3) }));
    if (window === 27) await installation.use(modelUse(oldModel, oldText, { warmFromMs: 0, effectiveMs: atWindow(4) }));
    if (window % 3 === 0) await until('it is scored', () => installation.scored() >= (window + 1) * cells.length);
  }
  await until('all is scored', () => installation.scored() >= windows * cells.length);
  await worker.close();
  const models = new Set(
    installation
      .values('aura.scores')
      .flat()
      .map((value) => decode(installation, value).model),
  );
  expect(models).toEqual(new Set([oldModel.id, newModel.id]));
  const processor = assessment(topics, engine);
  for (let partition = 0; partition < partitions; partition++) {
    const replayed = await replay({
      processor,
      partition,
      deadLetters: topics['dead-letters'],
      partitionCounts: new Map([...processor.outputs, topics['dead-letters']].map(({ name }) => [name, partitions])),
      orders: log
        .read({ topic: orderTopicOf(processor), partition })
        .map(({ value }) => topics.orders.decode(value ?? new Uint8Array()) as Order),
      inputs: [
        log.read({ topic: topics.snapshots.name, partition }),
        log.read({ topic: topics.models.name, partition: 0 }),
      ],
    });
    for (const topic of ['aura.scores', 'aura.signatures']) {
      const again = replayed.filter((record) => record.topic === topic);
      expect(again.map(({ value }) => Buffer.from(value ?? []).toString('base64'))).toEqual(
        installation.values(topic)[partition],
      );
    }
  }
  await engine.close();
  await log.close();
}, 30_000);

describe('a model that is no good', () => {
  const { hash: _, ...body } = JSON.parse(newText) as { hash: string; weights: readonly unknown[] };
  const lacking = { ...body, weights: body.weights.slice(1) };
  const wrongShape = { hash: contentHash(lacking), ...lacking };
  const times = { warmFromMs: 0, effectiveMs: atWindow(5) };
  const useOf = (change: Partial<ModelUse>) => {
    const { key, value } = modelUse(newModel, newText, times);
    return { key, value: { ...value, ...change } };
  };
  /** A device that takes the old program and finds another opset in the new one. */
  const otherOpset: SessionOpener = async (bytes, provider) => {
    if (!Buffer.from(bytes).includes('new')) return await openOnnxSession(bytes, provider);
    throw new Error('ONNX Runtime only guarantees support for models of official opset versions');
  };

  test.each([
    [
      'whose content is not what its hash says',
      useOf({ file: gzipSync(newText.replace('"slope": 1', '"slope": 2')) }),
      'model-hash',
    ],
    ['of another shape', useOf({ file: gzipSync(JSON.stringify(wrongShape)) }), 'weights-shape'],
    ['that is no JSON', useOf({ file: Buffer.from('no gzip') }), 'model-malformed'],
    ['that is another than the record says', useOf({ file: gzipSync(oldText) }), 'model-id'],
    ['that would warm after its time', useOf({ warmFromMs: atWindow(6) }), 'number-out-of-range'],
    ['of an opset that the device does not know', useOf({}), 'device-unavailable', otherOpset],
  ] as const)('%s leaves the old one running, with an error', async (_, record, code, openSession?: SessionOpener) => {
    const installation = await install();
    const { topics } = installation;
    const refused: string[] = [];
    const engine = await loadEngine(oldFile, {
      observer: { refused: (why) => refused.push(why) },
      ...(openSession === undefined ? {} : { openSession }),
    });
    await installation.use(record);
    const worker = await installation.start(engine);
    for (let window = 0; window < 10; window++) await installation.send(window);
    await until('all is scored', () => installation.scored() >= 10 * cells.length);
    await worker.close();
    await engine.close();
    const scores = installation.values('aura.scores').flat();
    expect(new Set(scores.map((value) => decode(installation, value).model))).toEqual(new Set([oldModel.id]));
    const letters = installation.values('aura.dead-letters').flat();
    const codes = letters.map((value) => topics['dead-letters'].codec.decode(Buffer.from(value, 'base64')).code);
    // Every task that reads the table says so.
    expect(codes).toEqual(Array.from({ length: partitions }, () => code));
    if (code !== 'number-out-of-range' && code !== 'model-id') expect(refused).toEqual(codes);
    await installation.log.close();
  });
});

test('a state that was written before models could be swapped is the configured model’s', async () => {
  const engine = await loadEngine(oldFile);
  const plain = await install();
  const first = await plain.start(engine);
  for (let window = 0; window < 6; window++) await plain.send(window);
  await until('all is scored', () => plain.scored() >= 6 * cells.length);
  await first.close();

  // The same, but that after three windows the states stand under their cells alone, as they did.
  const older = await install();
  const before = await older.start(engine);
  for (let window = 0; window < 3; window++) await older.send(window);
  await until('half is scored', () => older.scored() >= 3 * cells.length);
  await before.close();
  const topic = changelogOf({ name: 'assessment' }, 'memories');
  const writer = await older.log.writer();
  for (let partition = 0; partition < partitions; partition++) {
    const last = new Map(
      older.log.read({ topic, partition }).map(({ key, value }) => [Buffer.from(key ?? []).toString(), value]),
    );
    await writer.write(
      [...last].flatMap(([key, value]) => [
        { topic, partition, key: Buffer.from(key), value: null },
        { topic, partition, key: Buffer.from(key.split('#')[0]), value },
      ]),
    );
  }
  await writer.close();
  const after = await older.start(engine);
  for (let window = 3; window < 6; window++) await older.send(window);
  await until('all is scored', () => older.scored() >= 6 * cells.length);
  await after.close();
  expect(older.values('aura.scores')).toEqual(plain.values('aura.scores'));
  const keys = new Set(
    Array.from({ length: partitions }, (_, partition) => older.log.read({ topic, partition }))
      .flat()
      .filter(({ value }) => value !== null)
      .map(({ key }) => Buffer.from(key ?? []).toString()),
  );
  expect([...keys].filter((key) => key.endsWith(`#${oldModel.id}`))).toHaveLength(cells.length);
  await Promise.all([plain.log.close(), older.log.close(), engine.close()]);
});

function decode({ topics }: Installation, value: string) {
  return topics.scores.codec.decode(Buffer.from(value, 'base64'));
}
