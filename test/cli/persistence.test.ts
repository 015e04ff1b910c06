import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { lastJson, run } from './fake-io.ts';

/** Eight points around a circle, and one far away. */
const octagon = [0, 1, 2, 3, 4, 5, 6, 7]
  .map((k) => `${Math.cos((k * Math.PI) / 4)}, ${Math.sin((k * Math.PI) / 4)}`)
  .concat('9 9')
  .join('\n');

const persistence = (input: string | Uint8Array, ...args: string[]) =>
  run(['persistence', '-', ...args], { input: typeof input === 'string' ? Buffer.from(input) : input });

const float32 = Math.fround;

test('the octagon’s components, and its loop, in float32', async () => {
  const ran = await persistence(octagon, '--format', 'point-cloud', '--json');
  expect(ran).toMatchObject({ exitCode: 0, err: '' });
  const { points, computeMs, bars } = lastJson(ran) as {
    points: number;
    computeMs: number;
    bars: Record<string, [number, number | null][]>;
  };
  expect(points).toBe(9);
  expect(computeMs).toBeGreaterThan(0);
  expect(Object.keys(bars)).toEqual(['0', '1']);
  expect(bars['0'].length).toBe(9);
  expect(bars['0'][8]).toEqual([0, null]);
  expect(bars['1'].length).toBe(1);
  const [birth, death] = bars['1'][0];
  expect(birth).toBeCloseTo(2 * Math.sin(Math.PI / 8), 6);
  expect(death).toBeCloseTo(2 * Math.sin((3 * Math.PI) / 8), 6);
  for (const value of [birth, death ?? 0]) expect(float32(value)).toBe(value);
});

test('a threshold, a dimension and coefficients are heeded', async () => {
  const low = lastJson(await persistence(octagon, '--json', '--threshold', '1', '--dim', '2', '--modulus', '3'));
  expect(low).toMatchObject({ bars: { '1': [[expect.any(Number), null]], '2': [] } });
  // Up to 1 the far point stands alone.
  const zero = lastJson(await persistence(octagon, '--json', '--threshold', '1', '--dim', '0')) as {
    bars: Record<string, [number, number | null][]>;
  };
  expect(zero.bars['0'].filter(([, death]) => death === null).length).toBe(2);
  expect(zero.bars['1']).toBeUndefined();
});

test('representatives: a cocycle and the ring of points', async () => {
  const { representatives } = lastJson(await persistence(octagon, '--json', '--representatives')) as {
    representatives: Record<string, { cocycle: [number[], number][]; ring: number[]; ringIsOfClass: boolean }[]>;
  };
  const [loop] = representatives['1'];
  expect([...loop.ring].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(loop.ringIsOfClass).toBe(true);
  expect(loop.cocycle.length).toBeGreaterThan(0);
  for (const [edge, coefficient] of loop.cocycle) expect([edge.length, coefficient]).toEqual([2, 1]);
});

describe('the same distances', () => {
  // A square of side 1 with diagonals of 1.5.
  const expected = {
    '0': [
      [0, 1],
      [0, 1],
      [0, 1],
      [0, null],
    ],
    '1': [[1, 1.5]],
  };

  test.each([
    ['lower-distance', Buffer.from('1\n1.5,1\n1,1.5,1\n')],
    ['ldm-bin', Buffer.from(Float32Array.of(1, 1.5, 1, 1, 1.5, 1).buffer)],
    ['sparse', Buffer.from('0 1 1\n0 2 1.5\n1 2 1\n0 3 1\n1 3 1.5\n2 3 1\n')],
  ])('in the format %s', async (format, input) => {
    expect(lastJson(await persistence(input, '--format', format, '--json'))).toMatchObject({
      points: 4,
      bars: expected,
    });
  });

  test('on two threads', async () => {
    const input = Buffer.from('1\n1.5,1\n1,1.5,1\n');
    const ran = await persistence(input, '--format', 'lower-distance', '--threads', '2', '--json');
    expect(lastJson(ran)).toMatchObject({ points: 4, bars: expected });
  });

  test('without --json are a drawing, without colour where there is no terminal', async () => {
    const ran = await persistence('1\n1.5,1\n1,1.5,1\n', '--format', 'lower-distance', '--representatives');
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toMatch(/^standard input {2}4 points: [\d.]+ ms\n/);
    expect(ran.out).toContain('dimension 0  4 bars, 1 of them without end');
    expect(ran.out).toMatch(/ 0 +∞ {2}━+▶\n/);
    expect(ran.out).toMatch(/ 1 +1\.5 {2} +━+\n +ring of 4: \d \d \d \d\n/);
    expect(ran.out).not.toContain('\u001b');
  });
});

test('what is wrong is told with the line and the value, and a stable code', async () => {
  const cases: [string, string[], string, RegExp][] = [
    ['1 2\n3 x', [], 'topology-bad-file', /line 2, value 2: got "x"/],
    ['', [], 'topology-empty-input', /number of points in the file/],
    ['1\n-1 2', ['--format', 'lower-distance'], 'topology-negative-distance', /line 2, value 1: got -1/],
    ['0 1 2\n1 0 3', ['--format', 'sparse'], 'topology-asymmetric-distance', /line 2/],
  ];
  for (const [input, args, code, message] of cases) {
    const ran = await persistence(input, '--json', ...args);
    expect(ran.exitCode).toBe(1);
    expect(lastJson(ran)).toMatchObject({ error: { code, message: expect.stringMatching(message) } });
    expect(ran.err).toMatch(message);
  }
  expect(lastJson(await run(['persistence', '/nowhere/at/all', '--json']))).toMatchObject({
    error: { code: 'file-unreadable' },
  });
  for (const args of [
    ['--dim', '9'],
    ['--format', 'csv'],
    ['--threads', '0'],
    ['--threshold', '-1'],
    ['--modulus', '1'],
  ]) {
    expect(await persistence('1', ...args)).toMatchObject({ exitCode: 2 });
  }
});

const random16 = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))}/ripser/random16.lower_distance_matrix`;

// Bars as ripser.py 0.6.15 has them.
test.skipIf(!existsSync(random16))('Ripser’s example of 16 points', async () => {
  const ran = await run(['persistence', random16, '--format', 'lower-distance', '--dim', '2', '--json']);
  const { bars } = lastJson(ran) as { bars: Record<string, [number, number | null][]> };
  expect([bars['0'].length, bars['1'].length]).toEqual([16, 14]);
  expect(bars['2']).toEqual([
    [56, 61],
    [57, 78],
    [57, 79],
    [58, 75],
    [69, 84],
    [71, 76],
  ]);
});

test('what takes more memory than is allowed is refused, with what to do', async () => {
  const points = Array.from({ length: 700 }, (_, k) => `${k % 26} ${k / 26}`).join('\n');
  for (const more of [[], ['--threads', '2']]) {
    const refused = await persistence(points, '--memory', '1', '--json', ...more);
    expect(lastJson(refused)).toMatchObject({
      error: { code: 'topology-too-large', next: expect.stringContaining('--memory') },
    });
  }
  expect(await persistence(points, '--memory', '64', '--threshold', '1', '--dim', '0')).toMatchObject({ exitCode: 0 });
});
