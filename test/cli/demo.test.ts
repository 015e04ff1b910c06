/** The demo as a person starts it, in a process of its own. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { shippedModel } from '../../src/cli/engine.ts';

const count = z.int().min(0);
const ms = z.number().min(0);

/** As README.md promises it. */
const summary = z.strictObject({
  log: z.literal('memory'),
  heartbeats: count.min(1),
  interactions: count.min(1),
  snapshots: count.min(1),
  scores: count.min(1),
  proposals: count.min(1),
  decisions: z.strictObject({ approved: count, rejected: count }),
  outcomes: count,
  deadLetters: z.literal(0),
  latencyMs: z.strictObject({ p50: ms, p99: ms }),
  rows: z.strictObject({ decisions: count }),
});

test.skipIf(!existsSync(shippedModel))(
  'demo --for 8s --json ends with one object: heartbeats became decisions, each decided once and each in the database',
  { timeout: 180_000 },
  async () => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const child = spawn(process.execPath, [main, 'demo', '--for', '8s', '--json']);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const exitCode = await new Promise((resolve) => child.once('close', resolve));
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    const { proposals, decisions, rows } = summary.parse(JSON.parse(out));
    expect(decisions.approved).toBeGreaterThan(0);
    expect(decisions.approved + decisions.rejected).toBe(proposals);
    expect(rows.decisions).toBe(proposals);
  },
);
