import { describe, expect, test } from 'vitest';
import { EDGES_PER_WINDOW_MAX } from '../../src/fleet/limits.ts';
import { WindowEdges } from '../../src/fleet/window-edges.ts';

const sumOf = (count: number) => ({ count, errors: 0, latencySum: 0, latencyCount: 0, boundary: false });

/** A full window in which every caller has so many pairs, but for one, `asker`, that has its own number. */
function fullWindow(each: number, asker: number): WindowEdges {
  const edges = new WindowEdges();
  for (let i = 0; i < asker; i++) edges.add({ caller: 'asker', callee: `c${i}` }, sumOf(1));
  for (let i = 0; !edges.full; i++) {
    edges.add({ caller: `other${Math.floor(i / each)}`, callee: `c${i % each}` }, sumOf(1 + (i % each)));
  }
  return edges;
}

describe('the pairs of a full window', () => {
  test.each([
    [2, 0],
    [3, 1],
    [40, 38],
    [40, 3],
  ])('of callers with %d each make room for a caller with %d', (each, asker) => {
    const edges = fullWindow(each, asker);
    const dropped = edges.makeRoom('asker');
    expect(edges.size + dropped.length).toBe(EDGES_PER_WINDOW_MAX);
    expect(new Set(dropped.map(([{ caller }]) => caller))).toEqual(new Set(['other0']));
    // Those with the fewest requests, and an eighth of what is too many at once.
    const gone = Math.max(1, Math.floor((each - asker - 1) / 8));
    expect(dropped.map(([, { count }]) => count)).toEqual(Array.from({ length: gone }, (_, i) => i + 1));
  });

  test.each([
    [1, 0],
    [2, 1],
    [40, 39],
    [40, 40],
  ])('of callers with %d each make none for a caller with %d', (each, asker) => {
    const edges = fullWindow(each, asker);
    expect(edges.makeRoom('asker')).toEqual([]);
    expect(edges.size).toBe(EDGES_PER_WINDOW_MAX);
  });

  test('are shared evenly once every caller has asked for as many as it can get', () => {
    const edges = fullWindow(EDGES_PER_WINDOW_MAX, 0);
    const pairs = new Map([
      ['other0', EDGES_PER_WINDOW_MAX],
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ]);
    const count = (caller: string, change: number) => pairs.set(caller, (pairs.get(caller) ?? 0) + change);
    for (let refused = 0, asked = 0; refused < 3; asked++) {
      const caller = 'abc'.charAt(asked % 3);
      const dropped = edges.full ? edges.makeRoom(caller) : [];
      for (const [edge] of dropped) count(edge.caller, -1);
      refused = edges.full ? refused + 1 : 0;
      if (edges.full) continue;
      edges.add({ caller, callee: `d${asked}` }, sumOf(9));
      count(caller, 1);
    }
    expect([...pairs.values()].reduce((sum, one) => sum + one, 0)).toBe(edges.size);
    expect(Math.max(...pairs.values()) - Math.min(...pairs.values())).toBeLessThanOrEqual(1);
  });
});
