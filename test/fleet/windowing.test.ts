import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultFleet, inOrder, succeeding } from '../../src/fleet/fleet-record.ts';
import { phaseMs, Windowing } from '../../src/fleet/windowing.ts';

const cellOf = (cell: number) => ({ tenant: 'acme', fleet: 'checkout', cell });
const fleet = { ...defaultFleet('acme', 'checkout'), windowMs: 1_000, cells: 64 };

describe('windows of a cell', () => {
  test('lie on the grid of time 0 unless the fleet is staggered', () => {
    const windows = Windowing.of(cellOf(3), fleet);
    expect(windows.startOf(12_345)).toBe(12_000);
    expect(windows.endOf(12_000)).toBe(13_000);
  });

  test('of a staggered fleet lie a phase after that grid, another one for each cell', () => {
    const phases = new Set<number>();
    for (let cell = 0; cell < 64; cell++) {
      const windows = Windowing.of(cellOf(cell), { ...fleet, staggered: true });
      const start = windows.startOf(1_700_000_000_123);
      expect(start % 1_000).toBe(phaseMs(cellOf(cell), 1_000));
      expect(windows.endOf(start) - start).toBe(1_000);
      phases.add(start % 1_000);
    }
    expect(phases.size).toBeGreaterThan(55);
  });

  test('follow each other without gap or overlap through any changes', () => {
    const change = fc.record({
      afterMs: fc.integer({ min: 0, max: 8_000 }),
      windowMs: fc.constantFrom(100, 250, 1_000, 1_700),
      staggered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 63 }), fc.array(change, { maxLength: 5 }), (cell, changes) => {
        const windows = Windowing.of(cellOf(cell), { ...fleet, staggered: changes[0]?.staggered ?? true });
        let start = 0;
        for (const { afterMs, windowMs, staggered } of changes) {
          const effectiveMs = start + afterMs;
          windows.configure({ ...fleet, windowMs, staggered, effectiveMs }, start);
          while (start < effectiveMs + 5_000) {
            const end = windows.endOf(start);
            expect(end).toBeGreaterThan(start);
            // At most one window leads over to another grid, and it is less than twice as long.
            expect(end - start).toBeLessThan(2 * windows.at(start).windowMs);
            expect(windows.startOf(start)).toBe(start);
            expect(windows.startOf(end - 1)).toBe(start);
            expect(windows.startOf(end)).toBe(end);
            start = end;
          }
          if (staggered) expect(start % windowMs).toBe(phaseMs(cellOf(cell), windowMs));
        }
      }),
    );
  });

  test('do not change when the record that holds is taken again', () => {
    const windows = Windowing.of(cellOf(9), { ...fleet, staggered: true });
    const before = windows.epochs;
    windows.configure({ ...fleet, staggered: true, effectiveMs: 5_000 }, 0);
    expect(windows.epochs).toEqual(before);
  });

  test.each([
    ['their length', { windowMs: 2_000 }],
    ['their grid', { staggered: true }],
    ['both', { windowMs: 2_000, staggered: true }],
  ])('keep the bounds that they were begun with where %s changes', (_, change) => {
    const windows = Windowing.of(cellOf(9), fleet);
    windows.configure({ ...fleet, ...change, effectiveMs: 0 }, 10_000, 3_000);
    expect(windows.epochs.map(({ fromMs }) => fromMs)).toEqual([0, 10_000]);
    expect(windows.endOf(9_000)).toBe(10_000);
  });

  test.each([5_000, 10_000])(
    'do not change when a record that took an announced change back is taken again: %d ms begun',
    (begunMs) => {
      const windows = Windowing.of(cellOf(9), fleet);
      windows.configure({ ...fleet, windowMs: 2_000, effectiveMs: 10_000 }, 5_000, 3_000);
      const resized = { ...fleet, cells: 32, effectiveMs: 0 };
      windows.configure(resized, begunMs, 3_000);
      const before = windows.epochs;
      windows.configure(resized, begunMs, 3_000);
      expect(windows.epochs).toEqual(before);
    },
  );

  test('do not change when records are taken again, as after a restart, whatever has closed since', () => {
    const change = fc.record({
      afterMs: fc.integer({ min: 0, max: 4_000 }),
      windowMs: fc.constantFrom(300, 1_000),
      staggered: fc.boolean(),
      cells: fc.integer({ min: 1, max: 3 }),
      begunMs: fc.integer({ min: 0, max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 2, maxLength: 4 }), ([first, ...changes]) => {
        const windows = Windowing.of(cellOf(9), { ...fleet, ...first });
        let closedMs = 0;
        let record = succeeding(null, { ...fleet, ...first }, 0);
        for (const { afterMs, begunMs, ...changed } of changes) {
          record = succeeding(record, { ...fleet, ...changed, effectiveMs: closedMs + afterMs }, closedMs);
          const notBeforeMs = windows.endOf(windows.startOf(closedMs + begunMs));
          for (const one of inOrder(record)) windows.configure(one, notBeforeMs, closedMs);
          for (let closes = 0; closes < 5; closes++) {
            const before = windows.epochs;
            for (const one of inOrder(record)) windows.configure(one, Math.max(notBeforeMs, closedMs), closedMs);
            expect(windows.epochs).toEqual(before);
            closedMs = windows.endOf(closedMs);
            windows.prune(closedMs);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('a change announced for the same time takes the place of the one before, and leaves nothing where it takes it back', () => {
    const windows = Windowing.of(cellOf(9), fleet);
    const before = windows.epochs;
    windows.configure({ ...fleet, windowMs: 2_000, effectiveMs: 10_000 }, 0);
    windows.configure({ ...fleet, windowMs: 5_000, effectiveMs: 10_000 }, 0);
    expect(windows.epochs.map(({ fromMs, windowMs }) => [fromMs, windowMs]).slice(1)).toEqual([[10_000, 5_000]]);
    windows.configure({ ...fleet, effectiveMs: 10_000 }, 0);
    expect(windows.epochs).toEqual(before);
  });

  test('stay where they are, those begun ahead of time too, where nothing but the number of cells and the like changes', () => {
    const resize = fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), cells: fc.integer({ min: 1, max: 64 }) });
    const start = fc.record({ windowMs: fc.constantFrom(250, 1_000, 1_700), staggered: fc.boolean() });
    fc.assert(
      fc.property(
        fc.nat(63),
        start,
        fc.array(resize, { maxLength: 12 }),
        fc.nat(60_000),
        (cell, first, resizes, begun) => {
          const windows = Windowing.of(cellOf(cell), { ...fleet, ...first });
          const before = Windowing.of(cellOf(cell), { ...fleet, ...first });
          let closedMs = 0;
          for (const { afterMs, cells } of resizes) {
            const effectiveMs = closedMs + afterMs;
            windows.configure(
              { ...fleet, ...first, cells, effectiveMs },
              before.endOf(before.startOf(closedMs + begun)),
              closedMs,
            );
            for (let timeMs = closedMs; timeMs < closedMs + 90_000; timeMs += 997) {
              expect(windows.startOf(timeMs)).toBe(before.startOf(timeMs));
              expect(windows.endOf(windows.startOf(timeMs))).toBe(before.endOf(before.startOf(timeMs)));
            }
            if (windows.epochs.length < 8) expect(windows.at(effectiveMs + first.windowMs * 2).cells).toBe(cells);
            closedMs = before.endOf(before.startOf(closedMs));
            windows.prune(closedMs);
          }
        },
      ),
    );
  });

  test('follow each other without gap or overlap however many changes are announced', () => {
    const announced = fc.record({
      atMs: fc.integer({ min: 0, max: 60_000 }),
      windowMs: fc.constantFrom(250, 1_000, 1_700),
    });
    fc.assert(
      fc.property(fc.nat(63), fc.array(announced, { minLength: 6, maxLength: 14 }), (cell, changes) => {
        const windows = Windowing.of(cellOf(cell), fleet);
        for (const { atMs, windowMs } of changes.toSorted((a, b) => a.atMs - b.atMs))
          windows.configure({ ...fleet, windowMs, effectiveMs: atMs }, 0);
        for (let start = 0; start < 70_000; ) {
          const end = windows.endOf(start);
          expect(windows.startOf(start)).toBe(start);
          expect(windows.startOf(end - 1)).toBe(start);
          expect(windows.startOf(end)).toBe(end);
          start = end;
        }
      }),
    );
  });
});
