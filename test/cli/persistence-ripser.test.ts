import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastJson, run } from './fake-io.ts';

// Live against Ripser: set AURA_TDA_PYTHON to a python that has ripser, numpy and scipy.
const python = process.env.AURA_TDA_PYTHON ?? '';
if (python === '') console.info('left out: live equality with Ripser; AURA_TDA_PYTHON names no python that has it');

interface Case {
  readonly name: string;
  readonly format: string;
  readonly dim: number;
  readonly threshold: number | null;
  readonly points: number;
  readonly bars: readonly (readonly (readonly [number, number | null])[])[];
}

describe.skipIf(python === '')('aura persistence', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'aura-ripser-'));
    execFileSync(python, [fileURLToPath(new URL('../topology/golden/ripser_files.py', import.meta.url)), folder]);
  }, 60_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('has exactly Ripser’s bars of 120 random files, in all formats, half of them full of ties', async () => {
    const cases = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as readonly Case[];
    expect(cases.length).toBe(120);
    for (const { name, format, dim, threshold, points, bars } of cases) {
      const args = ['persistence', join(folder, name), '--format', format, '--dim', String(dim), '--json'];
      const ran = await run(threshold === null ? args : [...args, '--threshold', String(threshold)]);
      const found = lastJson(ran) as { points: number; bars: Record<string, unknown> };
      expect(found.points, name).toBe(points);
      expect(Object.values(found.bars), `${name}, ${format}`).toEqual(bars);
    }
  }, 300_000);
});
