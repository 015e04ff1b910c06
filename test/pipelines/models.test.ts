import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Models, type OpenedModel } from '../../pipelines/models.ts';
import type { ModelUse } from '../../schemas/records.ts';
import type { Model } from '../../src/liquid/model.ts';
import type { Input } from '../../src/streams/processor.ts';

/** What stands for a model: its id is its file. */
function modelOf(id: string): Pick<OpenedModel, 'model' | 'step'> {
  return { model: { id } as Model, step: () => Promise.reject(new Error('nothing is scored here')) };
}

/** Counts who is open. */
function world() {
  const open = new Map<string, number>();
  const letters: string[] = [];
  const models = new Models(modelOf('configured'), async (file) => {
    const id = Buffer.from(file).toString();
    open.set(id, (open.get(id) ?? 0) + 1);
    const close = async () => void open.set(id, (open.get(id) ?? 0) - 1);
    return { ...modelOf(id), close };
  });
  const context = { deadLetter: (_: Input, code: string) => letters.push(code) };
  /** Long after all uses of most tests. */
  const laterMs = 1e9;
  const take = (key: string, value: ModelUse | null, appendMs = laterMs) =>
    models.take({ key, value, appendMs } as Input<ModelUse | null>, context);
  const use = (id: string, effectiveMs: number, warmMs = 0, appendMs = laterMs) => {
    const value = { model: id, file: Buffer.from(id), warmFromMs: effectiveMs - warmMs, effectiveMs };
    return take(`${effectiveMs}/${id}`, value, appendMs);
  };
  return { models, open, letters, take, use };
}

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

test('the last use that is effective by then scores, the configured model before the first; what is let go is closed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ id: fc.constantFrom(...ids), at: fc.nat(20) }), { maxLength: 14 }),
      async (given) => {
        const { models, open, use } = world();
        for (const { id, at } of given) await use(id, at);
        // A key that is written again stands where it was written last.
        const last = given.filter(({ id, at }, i) => !given.slice(i + 1).some((by) => by.id === id && by.at === at));
        const byTime = last.map((of, i) => ({ ...of, i })).sort((a, b) => a.at - b.at || a.i - b.i);
        const kept = byTime.slice(-8);
        for (let ms = 0; ms <= 21 && byTime.length <= 8; ms++) {
          const expected = kept.filter(({ at }) => at <= ms).at(-1)?.id ?? 'configured';
          expect(models.at(ms).model.id).toBe(expected);
        }
        const users = [...open.values()].reduce((sum, n) => sum + n, 0);
        expect(users).toBeLessThanOrEqual(8);
        if (byTime.length <= 8) expect(users).toBe(kept.length);
        await models.close();
        expect([...open.values()].every((n) => n === 0)).toBe(true);
      },
    ),
  );
});

test('a model reads along from its warming on until it scores, each once', async () => {
  const { models, use } = world();
  await use('a', 100, 30);
  await use('b', 110, 60);
  await use('b', 120, 20);
  const warming = (startMs: number) => models.warming(startMs, startMs + 10).map(({ model }) => model.id);
  expect(warming(30)).toEqual([]);
  expect(warming(50)).toEqual(['b']);
  expect(warming(70)).toEqual(['a', 'b']);
  expect(warming(100)).toEqual(['b']);
  expect([warming(110), warming(120)]).toEqual([[], []]);
});

test('the states of models that gave way to four others go, but never those of one that reads the window', async () => {
  const { models, use } = world();
  for (const [i, id] of ids.entries()) await use(id, 100 * i);
  expect(models.retired(10_000, 10_001)).toEqual(['configured', 'a', 'b']);
  expect(models.at(150).model.id).toBe('b');
  expect(models.retired(150, 160)).toEqual(['configured', 'a']);
  await use('a', 600);
  expect(models.retired(10_000, 10_001)).toEqual(['configured', 'b', 'c']);
});

test('a use that is taken back leaves what was in force before it', async () => {
  const { models, open, take, use } = world();
  await use('a', 10);
  await use('b', 20);
  await take('20/b', null);
  expect(models.at(30).model.id).toBe('a');
  expect(open.get('b')).toBe(0);
});

test('the configured model scores again when every record was taken away, however many there were', async () => {
  const { models, take, use } = world();
  for (let at = 1; at <= 9; at++) await use(`m${at}`, at);
  for (let at = 1; at <= 9; at++) await take(`${at}/m${at}`, null);
  expect(models.at(20).model.id).toBe('configured');
  await models.close();
});

test('what is in force is not let go for uses that are announced ahead, and of those one too many is refused', async () => {
  const { models, letters, open, use } = world();
  await use('before', 50, 0, 200);
  await use('a', 100, 0, 200);
  for (let i = 1; i <= 32; i++) await use(ids[i % ids.length], 1_000 * i, 0, 300);
  expect(models.at(60).model.id).toBe('before');
  expect(models.at(500).model.id).toBe('a');
  expect(models.at(1_500).model.id).toBe('b');
  expect(letters).toEqual([]);
  // Nobody has given way to those yet.
  expect(models.retired(10_000, 10_001)).toEqual([]);
  await use('late', 40_000, 0, 400);
  expect(letters).toEqual(['uses-too-many']);
  expect([models.at(50_000).model.id, open.get('late')]).toEqual(['c', undefined]);
  // Those whose time has come are let go as ever, and make room.
  await use('late', 40_000, 0, 20_500);
  expect(models.at(50_000).model.id).toBe('late');
  expect(models.at(500).model.id).toBe(ids[13 % ids.length]);
});
