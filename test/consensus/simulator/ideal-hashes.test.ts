import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../../../src/consensus/block.ts';
import { hex } from '../../../src/consensus/encoding.ts';
import { IdealHashes } from '../../../src/consensus/simulator/ideal-hashes.ts';

// Few values of each, so that equal blocks are drawn often, and blocks that differ in one place.
const hash = fc.constantFrom(1, 2).map((n) => new Uint8Array(32).fill(n, 31));
const item = fc.record({
  offset: fc.nat(1),
  digest: hash,
  verdict: fc.constantFrom('APPROVED' as const, 'REJECTED' as const),
  reason: fc.constantFrom('', 'BUDGET_SPENT'),
  dryRun: fc.boolean(),
  decidedMs: fc.nat(1),
});
const block: fc.Arbitrary<Block> = fc.record({
  height: fc.nat(1),
  parent: hash,
  view: fc.nat(1),
  items: fc.array(item, { maxLength: 2 }),
});

const spelled = ({ height, parent, view, items }: Block): string =>
  JSON.stringify([height, hex(parent), view, items.map((one) => ({ ...one, digest: hex(one.digest) }))]);

test('blocks have the same hash when they are equal, and never otherwise', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 2, maxLength: 30, size: 'max' }), (blocks) => {
      const hashes = new IdealHashes();
      const contents = new Map<string, string>();
      for (const one of [...blocks, ...blocks, ...blocks.map((again) => structuredClone(again))]) {
        const known = contents.get(hex(hashes.hashBlock(one)));
        if (known === undefined) contents.set(hex(hashes.hashBlock(one)), spelled(one));
        else expect(known).toBe(spelled(one));
      }
      expect(contents.size).toBe(new Set(blocks.map(spelled)).size);
    }),
  );
});
