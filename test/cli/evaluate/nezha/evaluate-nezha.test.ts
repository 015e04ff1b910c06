/** The recorded dev day through the fold and the shipped model, where it is at hand. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { shippedModel } from '../../../../src/cli/engine.ts';
import { judge } from '../../../../src/cli/evaluate/nezha/judge.ts';
import { readRecordings } from '../../../../src/cli/evaluate/nezha/recordings.ts';
import { scoreDay } from '../../../../src/cli/evaluate/nezha/score-day.ts';
import { readModel } from '../../../../src/liquid/model.ts';
import { networkStep } from '../../../../src/liquid/network-step.ts';

const recordings = `${process.env.AURA_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url))}/nezha/dev`;
if (!existsSync(recordings)) {
  console.warn(
    `left out: nezha's evaluation, not found in ${recordings}; set AURA_DATA to the folder that holds nezha/`,
  );
}

/** Aborted as a signal handler would do it: only if the work lets the event loop turn. */
function interruptedByATimer(reason: string): AbortSignal {
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 1);
  return stop.signal;
}

describe.runIf(existsSync(recordings))('the dev day', () => {
  test('has 24 faults and 14 breaches, and is ranked above the published figures', { timeout: 60_000 }, async () => {
    const { signal } = new AbortController();
    const days = await readRecordings(recordings, signal, () => undefined);
    expect(days.map(({ faults, breaches }) => [faults.length, breaches.length])).toEqual([[24, 14]]);
    const [{ folded }] = days;
    expect(folded.grid).toEqual({ windowMs: 60_000, phaseMs: 22_000 });
    expect(folded.snapshots.every(({ agents }) => agents.every(({ heartbeats }) => heartbeats <= 1))).toBe(true);
    const model = readModel(JSON.parse(readFileSync(shippedModel, 'utf8')));
    const method = { model, step: networkStep(model), topology: true, interactions: true };
    const { overall, falseAlarmsPerHour } = judge(days, [await scoreDay(method, folded.snapshots, signal)], null);
    expect(overall.at1).toBeGreaterThan(0.643);
    expect(overall.at3).toBeGreaterThan(0.75);
    expect(falseAlarmsPerHour).toBeLessThanOrEqual(1);
    await expect(scoreDay(method, folded.snapshots, interruptedByATimer('seen enough'))).rejects.toBe('seen enough');
  });
});
