import fc from 'fast-check';
import { expect, test } from 'vitest';
import { garbled } from '../../../src/consensus/simulator/garbling.ts';
import { Random } from '../../../src/consensus/simulator/random.ts';

const message = {
  type: 'vote',
  from: 2,
  block: { height: 3, parent: Uint8Array.of(1, 2), items: [{ offset: 0, verdict: 'APPROVED', dryRun: false }] },
  last: { signatures: [Uint8Array.of(7)] } as { signatures: Uint8Array[] } | null,
};

/** By the way to it, each leaf as text. */
function leaves(value: unknown, way = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${way} ${JSON.stringify(value)}`];
  if (value instanceof Uint8Array) return [`${way} ${Buffer.from(value).toString('hex')}`];
  return [
    `${way} ${Array.isArray(value) ? value.length : ''}`,
    ...Object.entries(value).flatMap(([key, one]) => leaves(one, `${way}/${key}`)),
  ];
}

test('a garbled message is of the same type and shape, one field apart, and the message stays what it was', () => {
  const before = leaves(message);
  const changes = new Map<string, number>();
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, hasHeard) => {
      const heard = hasHeard ? [{ ...message, from: 9, block: { ...message.block, height: 8, items: [] } }] : [];
      const other = garbled(message, heard, new Random(seed));
      expect(Object.keys(other)).toEqual(Object.keys(message));
      expect(other.type).toBe('vote');
      const changed = Object.keys(message).filter((key) => {
        const name = key as keyof typeof message;
        return leaves(other[name]).join() !== leaves(message[name]).join();
      });
      expect(changed.length).toBeLessThanOrEqual(1);
      for (const key of changed) changes.set(key, (changes.get(key) ?? 0) + 1);
    }),
    { numRuns: 500 },
  );
  expect(leaves(message)).toEqual(before);
  expect([...changes.keys()].sort()).toEqual(['block', 'from', 'last']);
});
