/** State rebuilt from the changelog equals the state that wrote it, through whole values, deltas, folding and deletion. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutRecord } from '../../src/streams/log.ts';
import { ChangelogStore, type StoreSpec } from '../../src/streams/store.ts';

const spec: StoreSpec<string[]> = {
  name: 'lists',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as string[],
  apply: (value, delta) => [...(value ?? []), Buffer.from(delta).toString()],
};

const step = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom('put', 'append', 'delete', 'commit'),
  size: fc.integer({ min: 1, max: 30_000 }),
});

/** What compaction may leave: the last record of each key, in log order. */
function compacted(records: readonly OutRecord[]): OutRecord[] {
  const last = new Map(records.map((record) => [String(record.key), record]));
  return records.filter((record) => last.get(String(record.key)) === record);
}

test('a restored store holds what the drained one held, from the whole changelog and from a compacted one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ChangelogStore(spec);
      store.restored();
      const log: OutRecord[] = [];
      for (const { key, what, size } of steps) {
        const text = 'x'.repeat(size);
        if (what === 'put') store.put(key, [text]);
        else if (what === 'append') store.append(key, [...(store.get(key) ?? []), text], Buffer.from(text));
        else if (what === 'delete') store.delete(key);
        else store.drain('t', 0, log);
      }
      store.drain('t', 0, log);
      for (const records of [log, compacted(log)]) {
        const restored = new ChangelogStore(spec);
        for (const { key, value } of records) restored.restore({ key, value });
        restored.restored();
        for (const key of ['a', 'b', 'c']) expect(restored.get(key)).toEqual(store.get(key));
      }
    }),
  );
});

test('a key that was deleted is neither counted nor listed, whether the changelog was drained since or not', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const store = new ChangelogStore(spec);
      store.restored();
      const expected = new Map<string, string[]>();
      for (const { key, what } of steps) {
        if (what === 'put') store.put(key, [what]);
        else if (what === 'append') store.append(key, [what], Buffer.from(what));
        else if (what === 'delete') store.delete(key);
        else store.drain('t', 0, []);
        if (what === 'put' || what === 'append') expected.set(key, [what]);
        else if (what === 'delete') expected.delete(key);
        expect(store.size).toBe(expected.size);
        expect([...store.keys()].sort()).toEqual([...expected.keys()].sort());
      }
    }),
  );
});
