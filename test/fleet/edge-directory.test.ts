import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EdgeDirectory, type KnownEdge } from '../../src/fleet/edge-directory.ts';

const keyOf = ({ caller, callee }: KnownEdge): string => `${caller} ${callee}`;

test('knows its pairs in ascending order, each as the same object, whatever comes and goes', () => {
  const id = fc.constantFrom('a', 'b', 'c', 'a.b', 'B');
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ caller: id, callee: id, more: fc.nat(40) }) },
    { weight: 1, arbitrary: fc.constant('sort' as const) },
    { weight: 1, arbitrary: fc.record({ keep: fc.nat(3) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const directory = new EdgeDirectory();
      let known = new Map<string, KnownEdge>();
      const expectSorted = (): void => {
        const pairs = [...known.values()].sort((a, b) =>
          a.caller === b.caller ? (a.callee < b.callee ? -1 : 1) : a.caller < b.caller ? -1 : 1,
        );
        expect(directory.sorted().map(keyOf)).toEqual(pairs.map(keyOf));
      };
      for (const one of steps) {
        if (one === 'sort') expectSorted();
        else if ('keep' in one) {
          const inUse = ({ callee }: KnownEdge): boolean => callee.length % 4 !== one.keep;
          const { size } = directory;
          directory.prune(inUse);
          // Where they are few, nothing is looked through.
          if (directory.size < size) known = new Map([...known].filter(([, edge]) => inUse(edge)));
        } else {
          for (let i = 0; i <= one.more; i++) {
            const [caller, callee] = [one.caller, `${one.callee}${'x'.repeat(i % 7)}${i}`];
            const before = known.get(`${caller} ${callee}`);
            expect(directory.find(caller, callee)).toBe(before);
            if (before === undefined) known.set(`${caller} ${callee}`, directory.add(caller, callee));
          }
        }
        expect(directory.size).toBe(known.size);
      }
      expectSorted();
      for (const edge of known.values()) expect(directory.find(edge.caller, edge.callee)).toBe(edge);
    }),
  );
});
