import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLowerDistance } from '../../../src/topology/formats/lower-distance.ts';
import { parseLowerDistanceBinary } from '../../../src/topology/formats/lower-distance-binary.ts';
import { parsePointCloud, singlePrecisionDistances } from '../../../src/topology/formats/point-cloud.ts';
import { parseSparse } from '../../../src/topology/formats/sparse.ts';
import { flagOfGraph, TopologyError, type TopologyErrorCode } from '../../../src/topology/index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const list = (values: ArrayLike<number>) => Array.from(values);

describe('a point cloud', () => {
  test('is one point a line, by commas or blanks, with blank lines and a last line without an end', () => {
    const { count, dimension, coordinates } = parsePointCloud(bytes('1,2\n\n 3\t-4.5e1 \r\n.5 , +6.,\n\n7 8'));
    expect({ count, dimension, coordinates: list(coordinates) }).toEqual({
      count: 4,
      dimension: 2,
      coordinates: [1, 2, 3, -45, 0.5, 6, 7, 8],
    });
  });

  test('has distances that are float32 and within its rounding of the true ones', () => {
    const coordinate = fc.float({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 2, maxLength: 6 }), (points) => {
        const cloud = parsePointCloud(bytes(points.map((point) => point.join(' ')).join('\n')));
        const { lower } = singlePrecisionDistances(cloud);
        let at = 0;
        points.forEach((p, i) => {
          for (const q of points.slice(0, i)) {
            const distance = lower[at++];
            expect(Math.fround(distance)).toBe(distance);
            const exact = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
            expect(Math.abs(distance - exact)).toBeLessThanOrEqual(exact * 2 ** -22 + 1e-22);
          }
        });
      }),
    );
  });
});

describe('a lower triangle', () => {
  test('is a row a line, or all in one, rounded to single precision', () => {
    const rows = parseLowerDistance(bytes('1\n2,3\n4,5,0.1\n'));
    expect(rows.count).toBe(4);
    expect(list(rows.lower)).toEqual([1, 2, 3, 4, 5, Math.fround(0.1)]);
    // As Ripser writes them: the row of the first point is empty, commas end the lines.
    expect(list(parseLowerDistance(bytes('\n1,\n2,inf,\n')).lower)).toEqual([1, 2, Number.POSITIVE_INFINITY]);
    expect(list(parseLowerDistance(bytes('1 ,\n2 , 3 ,\n')).lower)).toEqual([1, 2, 3]);
    expect(list(parseLowerDistance(bytes('1 2 3 4 5 6')).lower)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('in binary is the same row by row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer(), (count, seed) => {
        const values = Array.from({ length: (count * (count - 1)) / 2 }, (_, k) =>
          Math.fround(((k * 7919 + seed) >>> 0) / 1000),
        );
        const found = parseLowerDistanceBinary(floats(...values));
        expect(found.count).toBe(count);
        expect(list(found.lower)).toEqual(values);
        expect(parseLowerDistance(bytes(values.join(',')))).toEqual(found);
      }),
    );
  });

  test('in binary may stand anywhere in a buffer', () => {
    const shifted = new Uint8Array(13);
    shifted.set(floats(1, 2, 3), 1);
    expect(list(parseLowerDistanceBinary(shifted.subarray(1)).lower)).toEqual([1, 2, 3]);
  });
});

test('a long word of digits that is no number is refused at once', () => {
  const word = bytes(`${'1'.repeat(100_000)}x`);
  const start = performance.now();
  expect(() => parsePointCloud(word)).toThrow(/line 1, value 1: got "1{40}\.\.\."/);
  // Tried in every way it took half a minute.
  expect(performance.now() - start).toBeLessThan(2000);
});

test('a sparse matrix has as many points as its greatest number says, and each pair once', () => {
  const graph = parseSparse(bytes('0 1 0.5\n4, 2, 1\n1 0 0.5\n3 3 0\n'));
  expect(graph.vertexCount).toBe(5);
  expect([list(graph.tails), list(graph.heads), list(graph.values)]).toEqual([
    [0, 2],
    [1, 4],
    [0.5, 1],
  ]);
});

const refusals: readonly [what: string, code: TopologyErrorCode, says: RegExp, run: () => unknown][] = [
  ['an empty point cloud', 'TOPOLOGY_EMPTY_INPUT', /points in the file/, () => parsePointCloud(bytes('\n \n'))],
  ['a word', 'TOPOLOGY_BAD_FILE', /line 2, value 2: got "two"/, () => parsePointCloud(bytes('1 2\n1 two'))],
  ['a hexadecimal number', 'TOPOLOGY_BAD_FILE', /"0x10"/, () => parsePointCloud(bytes('0x10'))],
  ['nan', 'TOPOLOGY_BAD_FILE', /line 1, value 1: got "nan"/, () => parsePointCloud(bytes('nan'))],
  ['a value left out', 'TOPOLOGY_BAD_FILE', /line 1, value 2: got nothing/, () => parsePointCloud(bytes('1,,2'))],
  ['control characters', 'TOPOLOGY_BAD_FILE', /got "\?\[31m"/, () => parsePointCloud(bytes('\u001b[31m'))],
  [
    'a point too short',
    'TOPOLOGY_BAD_FILE',
    /line 4: number of coordinates: got 1, valid is 2, as on line 1/,
    () => parsePointCloud(bytes('1 2\n\n3 4\n5')),
  ],
  [
    'a coordinate at infinity',
    'TOPOLOGY_BAD_FILE',
    /line 1: coordinate: got 1e\+39/,
    () => parsePointCloud(bytes('1e39 2')),
  ],
  [
    'more points than there is room for the distances of',
    'TOPOLOGY_TOO_LARGE',
    /distances among 60000 points need an estimated number of bytes: got 14399760000, valid is at most 2147483648/,
    () => singlePrecisionDistances(parsePointCloud(bytes('1\n'.repeat(60_000)))),
  ],
  [
    'a sparse matrix of so many points that one line names',
    'TOPOLOGY_TOO_LARGE',
    /67108864 vertices and 1 edges need an estimated number of bytes/,
    () => flagOfGraph(parseSparse(bytes('0 67108863 1'))),
  ],
  ['no distances', 'TOPOLOGY_EMPTY_INPUT', /distances in the file/, () => parseLowerDistance(bytes(''))],
  [
    'a row too long',
    'TOPOLOGY_BAD_FILE',
    /line 2: number of distances: got 3, valid is 2/,
    () => parseLowerDistance(bytes('1\n2 3 4\n5 6 7')),
  ],
  [
    'distances of no number of points',
    'TOPOLOGY_BAD_FILE',
    /line 3: number of distances: got 1, valid is 3/,
    () => parseLowerDistance(bytes('1\n2 3\n4')),
  ],
  [
    'a negative distance',
    'TOPOLOGY_NEGATIVE_DISTANCE',
    /line 2, value 1: got -2/,
    () => parseLowerDistance(bytes('1\n-2 3')),
  ],
  ['no bytes', 'TOPOLOGY_EMPTY_INPUT', /bytes/, () => parseLowerDistanceBinary(new Uint8Array(0))],
  ['half a float', 'TOPOLOGY_BAD_FILE', /number of bytes: got 6/, () => parseLowerDistanceBinary(new Uint8Array(6))],
  [
    'binary distances of no number of points',
    'TOPOLOGY_BAD_FILE',
    /number of distances: got 2/,
    () => parseLowerDistanceBinary(floats(1, 2)),
  ],
  [
    'no number in binary',
    'TOPOLOGY_NOT_A_NUMBER',
    /row 2, value 1 \(byte 4\)/,
    () => parseLowerDistanceBinary(floats(1, Number.NaN, 3)),
  ],
  [
    'a negative distance in binary',
    'TOPOLOGY_NEGATIVE_DISTANCE',
    /row 2, value 2/,
    () => parseLowerDistanceBinary(floats(1, 2, -3)),
  ],
  ['no pairs', 'TOPOLOGY_EMPTY_INPUT', /distances in the file/, () => parseSparse(bytes(''))],
  ['two values', 'TOPOLOGY_BAD_FILE', /line 1: number of values: got 2, valid is 3/, () => parseSparse(bytes('0 1'))],
  ['half a point', 'TOPOLOGY_BAD_VERTEX', /line 1: point: got 0.5/, () => parseSparse(bytes('0.5 1 1'))],
  ['a negative point', 'TOPOLOGY_BAD_VERTEX', /line 1: point: got -1/, () => parseSparse(bytes('0 -1 1'))],
  [
    'a point away from itself',
    'TOPOLOGY_NONZERO_DIAGONAL',
    /line 2: distance of 3 to itself: got 1/,
    () => parseSparse(bytes('0 1 1\n3 3 1')),
  ],
  [
    'two distances of one pair',
    'TOPOLOGY_ASYMMETRIC_DISTANCE',
    /line 2: distance of 1 and 0: got 2, valid is 1/,
    () => parseSparse(bytes('0 1 1\n1 0 2')),
  ],
  [
    'a negative sparse distance',
    'TOPOLOGY_NEGATIVE_DISTANCE',
    /line 1: distance: got -1/,
    () => parseSparse(bytes('0 1 -1')),
  ],
  [
    'a negative sparse distance that single precision rounds to 0',
    'TOPOLOGY_NEGATIVE_DISTANCE',
    /line 1: distance: got -1e-50/,
    () => parseSparse(bytes('0 1 -1e-50')),
  ],
];

test.each(refusals)('%s is refused as %s, saying %s', (_, code, says, run) => {
  let found: unknown;
  try {
    run();
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(TopologyError);
  if (!(found instanceof TopologyError)) return;
  expect(found.code).toBe(code);
  expect(found.message).toMatch(says);
});
