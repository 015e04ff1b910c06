import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { persistence, ripsOfLowerTriangle } from '../../src/topology/index.ts';
import { barsOf, integerDistances } from './inputs.ts';

// AURA_TDA_PYTHON names a python that has gudhi and ripser; AURA_TDA_CASES says how many inputs to try, each time others.
const python = process.env.AURA_TDA_PYTHON;
const caseCount = Number(process.env.AURA_TDA_CASES ?? 1000);
if (python === undefined)
  console.info('left out: the comparison with GUDHI and Ripser as installed; AURA_TDA_PYTHON names no python');

interface Answer {
  readonly gudhi: [number, number | null][][];
  readonly ripser: [number, number | null][][] | null;
}

test.skipIf(python === undefined)(
  'random inputs with many ties have the bars that GUDHI and Ripser find, dimensions 0 to 3, over Z/2, Z/3 and Z/5',
  () => {
    const base = Math.floor(Math.random() * 2 ** 30);
    const cases = Array.from({ length: caseCount }, (_, k) => {
      const top = 1 + (k % 3);
      const count = 1 + (k % (top === 3 ? 13 : 26));
      const seed = base + k;
      const levels = [1, 2, 3, 5, 10, 30, 100, 10_000][k % 8];
      return {
        top,
        count,
        seed,
        modulus: [2, 3, 5][(k % 7) % 3],
        lower: Array.from(integerDistances(count, levels, seed)),
      };
    });
    const script = fileURLToPath(new URL('peers.py', import.meta.url));
    const output = execFileSync(python ?? '', [script], {
      input: cases.map((input) => JSON.stringify(input)).join('\n'),
      maxBuffer: 2 ** 28,
    });
    const answers = output
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Answer);
    expect(answers).toHaveLength(caseCount);
    answers.forEach(({ gudhi, ripser }, k) => {
      const { top, count, seed, modulus, lower } = cases[k];
      const filtration = ripsOfLowerTriangle(Float64Array.from(lower), count);
      for (const collapse of ['always', 'never'] as const) {
        const bars = persistence(filtration, { maxDimension: top, modulus, collapse }).diagrams.map(barsOf);
        const message = JSON.stringify({ seed, count, top, modulus, collapse });
        expect(bars.map(ordered), message).toEqual(gudhi.map(finite).map(ordered));
        if (ripser !== null) expect(bars.map(ordered), message).toEqual(ripser.map(finite).map(ordered));
      }
    });
  },
  600_000,
);

function finite(bars: [number, number | null][]): [number, number][] {
  return bars.map(([birth, death]) => [birth, death ?? Number.POSITIVE_INFINITY]);
}

function ordered(bars: [number, number][]): [number, number][] {
  return bars.toSorted((x, y) => x[0] - y[0] || (x[1] === y[1] ? 0 : x[1] - y[1]));
}
