import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type FlagFiltration,
  flagOfGraph,
  type PersistenceOptions,
  persistence,
  ripsOfLowerTriangle,
} from '../../src/topology/index.ts';
import { barsOf, integerDistances, mulberry32 } from './inputs.ts';

// Written by golden/flags.py, which names the versions of the programs in the file.

type PackedBar = readonly [birth: number, death: number | null, times?: number];

type Case = { readonly seed: number; readonly top: number; readonly modulus: number; readonly bars: PackedBar[][] } & (
  | { readonly kind: 'integers'; readonly count: number; readonly levels: number }
  | { readonly kind: 'lattice'; readonly count: number; readonly dimension: number; readonly size: number }
  | { readonly kind: 'projectivePlane'; readonly levels: number }
);

const { cases } = JSON.parse(readFileSync(new URL('golden/flags.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
};

function filtrationOf(input: Case): FlagFiltration {
  switch (input.kind) {
    case 'integers':
      return ripsOfLowerTriangle(integerDistances(input.count, input.levels, input.seed), input.count);
    case 'lattice':
      return latticeDistances(input.count, input.dimension, input.size, input.seed);
    case 'projectivePlane':
      return projectivePlane(input.levels, input.seed);
  }
}

const unpacked = (bars: readonly PackedBar[]) =>
  bars.flatMap(([birth, death, times = 1]) =>
    Array.from({ length: times }, (): [number, number] => [birth, death ?? Number.POSITIVE_INFINITY]),
  );

const ways: readonly [string, PersistenceOptions][] = [
  ['as it comes', {}],
  ['without a collapse', { collapse: 'never' }],
  ['collapsed', { collapse: 'always' }],
  ['in TypeScript alone', { collapse: 'never', engine: 'typescript' }],
];

describe('persistence in dimensions 0 to 3 over Z/2, Z/3 and Z/5 equals that of GUDHI, which equals that of Ripser', () => {
  test('330 cases, of which the projective plane tells the fields apart', () => {
    expect(cases.map(({ kind }) => kind).filter((kind) => kind === 'projectivePlane')).toHaveLength(30);
    expect(cases).toHaveLength(330);
  });

  test.each(ways)('%s', (_, way) => {
    for (const input of cases) {
      const options = { maxDimension: input.top, modulus: input.modulus, ...way };
      const bars = persistence(filtrationOf(input), options).diagrams.map(barsOf);
      expect(bars, JSON.stringify({ ...input, bars: undefined })).toEqual(input.bars.map(unpacked));
    }
  });
});

function latticeDistances(count: number, dimension: number, size: number, seed: number): FlagFiltration {
  const random = mulberry32(seed);
  const points = Array.from({ length: count * dimension }, () => Math.floor(random() * size));
  const lower: number[] = [];
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) sum += (points[i * dimension + k] - points[j * dimension + k]) ** 2;
      lower.push(sum);
    }
  }
  return ripsOfLowerTriangle(Float64Array.from(lower), count);
}

/** The barycentric subdivision of the projective plane on six vertices, each edge at a random level. */
function projectivePlane(levels: number, seed: number): FlagFiltration {
  const triangles = ['012', '013', '024', '035', '045', '125', '134', '145', '234', '235'];
  const simplices = new Set(triangles.flatMap(([a, b, c]) => [a, b, c, a + b, a + c, b + c, a + b + c]));
  const order = [...simplices].sort((x, y) => x.length - y.length || (x < y ? -1 : 1));
  const tails: number[] = [];
  const heads: number[] = [];
  order.forEach((big, head) => {
    order.slice(0, head).forEach((small, tail) => {
      if (small.length === big.length || ![...small].every((vertex) => big.includes(vertex))) return;
      tails.push(tail);
      heads.push(head);
    });
  });
  const random = mulberry32(seed);
  return flagOfGraph({
    vertexCount: order.length,
    tails: Int32Array.from(tails),
    heads: Int32Array.from(heads),
    values: Float64Array.from(tails, () => 1 + Math.floor(random() * levels)),
  });
}
