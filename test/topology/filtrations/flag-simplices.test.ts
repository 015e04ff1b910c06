import { expect, test } from 'vitest';
import { refuseLongNames } from '../../../src/topology/filtrations/flag-simplices.ts';
import { checkFiltration, FlagSimplices, flagOfGraph } from '../../../src/topology/index.ts';
import { randomGraph } from '../inputs.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });

test('all simplices of a complete graph are walked through, in every dimension asked for', () => {
  const graph = flagOfGraph(randomGraph(7, 1, 5, 0, 3));
  const binomials = [7, 21, 35, 35, 21, 7, 1];
  for (let dimension = 2; dimension <= 6; dimension++) {
    const simplices = new FlagSimplices(graph, dimension);
    expect(checkFiltration(simplices)).toEqual(binomials.slice(0, dimension + 1));
  }
});

test('names are refused from where they would not be safe integers, in any dimension', () => {
  // 94 906 265 is the largest number whose square is below 2^53.
  expect(() => refuseLongNames({ vertexCount: 1e5, edgeCount: 94_906_265 }, 2)).not.toThrow();
  expect(() => refuseLongNames({ vertexCount: 1e5, edgeCount: 94_906_266 }, 2)).toThrow(code('TOPOLOGY_TOO_LARGE'));
  expect(() => refuseLongNames({ vertexCount: 1e5, edgeCount: 94_906_266 }, 1)).not.toThrow();
  // 2^40 names of triangles, each dimension more with 2^4 places for its vertex.
  const counts = { vertexCount: 8, edgeCount: 2 ** 20 };
  expect(() => refuseLongNames(counts, 5)).not.toThrow();
  expect(() => refuseLongNames(counts, 6)).toThrow(code('TOPOLOGY_TOO_LARGE'));
});
