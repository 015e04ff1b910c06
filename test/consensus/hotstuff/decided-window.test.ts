import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Item } from '../../../src/consensus/block.ts';
import { ByteReader, ByteWriter, sha256 } from '../../../src/consensus/encoding.ts';
import { writeDecided } from '../../../src/consensus/hotstuff/decided-bytes.ts';
import { DecidedWindow, readDecided } from '../../../src/consensus/hotstuff/decided-window.ts';

const item = (offset: number): Item => ({
  offset,
  digest: sha256(Buffer.from(`proposal ${offset}`)),
  verdict: 'APPROVED',
  reason: '',
  dryRun: false,
  decidedMs: 0,
});

/** Offsets in any order, some of them beyond 32 bits, in blocks. */
const blocks = fc
  .uniqueArray(
    fc.oneof(
      fc.nat(500),
      fc.nat(500).map((n) => 2 ** 32 + n),
    ),
    { maxLength: 200, size: 'max' },
  )
  .chain((offsets) =>
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 200, maxLength: 200 }).map((sizes) => {
      const cut: number[][] = [];
      for (let from = 0, i = 0; from < offsets.length; from += sizes[i++])
        cut.push(offsets.slice(from, from + sizes[i]));
      return cut;
    }),
  );

function written(window: DecidedWindow): Uint8Array {
  const writer = new ByteWriter();
  window.write(writer);
  return writer.copy();
}

test('the latest are remembered, whatever is at or below a forgotten one is settled, and what is written says it in the order of decision', () => {
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 100 }), (cut, capacity) => {
      const window = new DecidedWindow(capacity);
      const all: number[] = [];
      for (const offsets of cut) {
        window.add(offsets.map(item));
        all.push(...offsets);
        const kept = all.slice(-capacity);
        const floor = Math.max(-1, ...all.slice(0, -capacity));
        expect(window.entries().map(({ offset }) => offset)).toEqual(kept);
        expect([window.floor, window.count, window.size]).toEqual([floor, all.length, kept.length]);
        const one = new ByteWriter();
        for (const entry of window.entries()) writeDecided(one, entry);
        expect(Buffer.compare(written(window), one.finish())).toBe(0);
      }
      for (const offset of all) {
        const isKept = all.slice(-capacity).includes(offset);
        expect(window.isSettled(2 ** 40, item(offset).digest)).toBe(isKept);
        expect(window.isSettled(offset, item(-1).digest)).toBe(isKept || offset <= window.floor);
      }
    }),
  );
});

test('a window restored from what another wrote writes the same, also after both went on', () => {
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 100 }), fc.nat(10), (cut, capacity, at) => {
      const window = new DecidedWindow(capacity);
      for (const offsets of cut.slice(0, at)) window.add(offsets.map(item));
      const reader = new ByteReader(written(window));
      const restored = new DecidedWindow(capacity);
      restored.restore(
        window.floor,
        window.count,
        Array.from({ length: window.size }, () => readDecided(reader)),
      );
      reader.end();
      for (const offsets of cut.slice(at)) for (const one of [window, restored]) one.add(offsets.map(item));
      expect(Buffer.compare(written(restored), written(window))).toBe(0);
      expect([restored.floor, restored.count]).toEqual([window.floor, window.count]);
    }),
  );
});
