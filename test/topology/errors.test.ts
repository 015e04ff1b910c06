import { describe, expect, test } from 'vitest';
import {
  bettiCurve,
  cellTopology,
  flagOfGraph,
  flagOfInteractions,
  landscape,
  persistence,
  ripsOfLowerTriangle,
  ripsOfMatrix,
  ripsOfPoints,
  TopologyError,
  type TopologyErrorCode,
  wassersteinDistance,
} from '../../src/topology/index.ts';
import { diagramOf } from './inputs.ts';

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE } = Number;
const floats = (...values: number[]) => Float64Array.from(values);
const ints = (...values: number[]) => Int32Array.from(values);
const graph = (tails: Int32Array, heads: Int32Array, values: Float64Array, births?: Float64Array) =>
  births === undefined ? { vertexCount: 3, tails, heads, values } : { vertexCount: 3, tails, heads, values, births };
const noInteractions = (vertexCount: number) => ({
  vertexCount,
  sources: ints(),
  targets: ints(),
  strengths: floats(),
});
const bar = diagramOf([[0, 1]]);

const refusals: readonly [what: string, code: TopologyErrorCode, run: () => unknown][] = [
  ['no points', 'TOPOLOGY_EMPTY_INPUT', () => ripsOfPoints(floats(), 3)],
  ['no distances for no points', 'TOPOLOGY_EMPTY_INPUT', () => ripsOfLowerTriangle(floats(), 0)],
  ['a matrix of no points', 'TOPOLOGY_EMPTY_INPUT', () => ripsOfMatrix(floats(), 0)],
  ['a graph without vertices', 'TOPOLOGY_EMPTY_INPUT', () => flagOfInteractions(noInteractions(0))],
  ['points of dimension 0', 'TOPOLOGY_BAD_DIMENSION', () => ripsOfPoints(floats(1), 0)],
  ['half a point', 'TOPOLOGY_WRONG_LENGTH', () => ripsOfPoints(floats(1, 2, 3), 2)],
  ['a distance too few', 'TOPOLOGY_WRONG_LENGTH', () => ripsOfLowerTriangle(floats(1, 2), 3)],
  ['a matrix that is not square', 'TOPOLOGY_WRONG_LENGTH', () => ripsOfMatrix(floats(0, 1, 1), 2)],
  ['a coordinate that is no number', 'TOPOLOGY_NOT_A_NUMBER', () => ripsOfPoints(floats(1, NOT_A_NUMBER), 2)],
  ['a coordinate at infinity', 'TOPOLOGY_OUT_OF_RANGE', () => ripsOfPoints(floats(1, INFINITE), 2)],
  ['a distance that is no number', 'TOPOLOGY_NOT_A_NUMBER', () => ripsOfLowerTriangle(floats(NOT_A_NUMBER), 2)],
  ['a negative distance', 'TOPOLOGY_NEGATIVE_DISTANCE', () => ripsOfLowerTriangle(floats(-1), 2)],
  ['distances that differ by direction', 'TOPOLOGY_ASYMMETRIC_DISTANCE', () => ripsOfMatrix(floats(0, 1, 2, 0), 2)],
  ['a point away from itself', 'TOPOLOGY_NONZERO_DIAGONAL', () => ripsOfMatrix(floats(0, 1, 1, 3), 2)],
  [
    'a threshold that is no number',
    'TOPOLOGY_OUT_OF_RANGE',
    () => ripsOfPoints(floats(1), 1, { threshold: NOT_A_NUMBER }),
  ],
  ['an edge to nowhere', 'TOPOLOGY_BAD_VERTEX', () => flagOfGraph(graph(ints(0), ints(3), floats(1)))],
  ['an edge from a vertex to itself', 'TOPOLOGY_SELF_LOOP', () => flagOfGraph(graph(ints(1), ints(1), floats(1)))],
  ['an edge given twice', 'TOPOLOGY_DUPLICATE_EDGE', () => flagOfGraph(graph(ints(0, 1), ints(1, 0), floats(1, 2)))],
  [
    'an edge before its vertex',
    'TOPOLOGY_EDGE_BEFORE_VERTEX',
    () => flagOfGraph(graph(ints(0), ints(1), floats(1), floats(0, 2, 0))),
  ],
  [
    'an edge value that is no number',
    'TOPOLOGY_NOT_A_NUMBER',
    () => flagOfGraph(graph(ints(0), ints(1), floats(NOT_A_NUMBER))),
  ],
  [
    'a birth at infinity',
    'TOPOLOGY_NOT_A_NUMBER',
    () => flagOfGraph(graph(ints(), ints(), floats(), floats(0, INFINITE, 0))),
  ],
  ['edge arrays of two lengths', 'TOPOLOGY_WRONG_LENGTH', () => flagOfGraph(graph(ints(0), ints(), floats(1)))],
  [
    'a negative interaction',
    'TOPOLOGY_OUT_OF_RANGE',
    () => flagOfInteractions({ vertexCount: 2, sources: ints(0), targets: ints(1), strengths: floats(-1) }),
  ],
  [
    'a cell whose two parts differ in size',
    'TOPOLOGY_WRONG_LENGTH',
    () => cellTopology(floats(1, 2), 1, noInteractions(3)),
  ],
  [
    'homology of dimension 9',
    'TOPOLOGY_BAD_DIMENSION',
    () => persistence(ripsOfPoints(floats(1), 1), { maxDimension: 9 }),
  ],
  [
    'distances beyond the memory limit',
    'TOPOLOGY_TOO_LARGE',
    () => ripsOfPoints(new Float64Array(100), 1, { memoryLimitBytes: 1000 }),
  ],
  [
    'edges beyond the memory limit',
    'TOPOLOGY_TOO_LARGE',
    () => ripsOfLowerTriangle(new Float64Array(4950), 100, { memoryLimitBytes: 50_000 }),
  ],
  ['a grid that falls', 'TOPOLOGY_BAD_GRID', () => bettiCurve(bar, floats(1, 0))],
  ['an empty grid', 'TOPOLOGY_BAD_GRID', () => bettiCurve(bar, floats())],
  ['a landscape without levels', 'TOPOLOGY_OUT_OF_RANGE', () => landscape(bar, floats(1), 0)],
  ['a Wasserstein order below 1', 'TOPOLOGY_BAD_ORDER', () => wassersteinDistance(bar, bar, { order: 0.5 })],
];

describe('refused, with a code, the value and what would be valid', () => {
  test.each(refusals)('%s', (_, code, run) => {
    let caught: unknown;
    try {
      run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(TopologyError);
    if (!(caught instanceof TopologyError)) return;
    expect(caught.code).toBe(code);
    expect(caught.valid).not.toBe('');
    expect(caught.message).toContain(String(caught.value));
  });
});

test('an estimate that is too large is in the error, before anything was computed', () => {
  const run = () => ripsOfPoints(new Float64Array(3_000_000), 3);
  expect(run).toThrow(expect.objectContaining({ code: 'TOPOLOGY_TOO_LARGE', value: 8 * ((1e6 * (1e6 - 1)) / 2) }));
});

test('an infinite distance means never', () => {
  const apart = persistence(ripsOfLowerTriangle(floats(INFINITE), 2)).diagrams[0];
  expect(Array.from(apart.deaths)).toEqual([INFINITE, INFINITE]);
});
