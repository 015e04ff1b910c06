import { describe, expect, it } from 'vitest';
import { type BeforeAfter, effectOf, meansOf } from '../../src/interventions/effect.ts';
import type { AgentRow } from '../../src/interventions/window-summary.ts';

function row(trouble: number, change: Partial<AgentRow> = {}): AgentRow {
  const quiet = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null, silentMs: 0 };
  return { ...quiet, trouble, troubleButTraffic: trouble, ...change };
}

function agent(target: boolean, before: readonly number[], after: readonly number[]): BeforeAfter {
  return { agent: 'a', target, before: before.map((one) => row(one)), after: after.map((one) => row(one)) };
}

describe('effectOf', () => {
  it.each<[string, readonly BeforeAfter[], number, string]>([
    ['cured', [agent(true, [8, 8], [0, 0])], 1, 'IMPROVED'],
    ['half as bad', [agent(true, [4, 8], [3, 3])], 0.5, 'IMPROVED'],
    ['as before', [agent(true, [5], [5])], 0, 'UNCHANGED'],
    ['a little better', [agent(true, [10], [9])], 0.1, 'UNCHANGED'],
    ['a little worse', [agent(true, [10], [11])], -0.1, 'UNCHANGED'],
    ['twice as bad', [agent(true, [5], [10])], -1, 'WORSENED'],
    ['out of nothing', [agent(true, [0], [4])], -8, 'WORSENED'],
    ['as bad as it gets', [agent(true, [0], [50])], -10, 'WORSENED'],
    ['well before and after', [agent(true, [0], [0])], 0, 'UNCHANGED'],
    ['one cured, one worse', [agent(true, [10], [0]), agent(true, [10], [15])], 0.25, 'IMPROVED'],
    ['never seen after', [agent(true, [10], [])], 0, 'UNKNOWN'],
    ['never seen before', [agent(true, [], [10])], 0, 'UNKNOWN'],
    ['nobody', [], 0, 'UNKNOWN'],
    ['one vanished, one cured', [agent(true, [50], []), agent(true, [10], [0])], 1, 'IMPROVED'],
  ])('%s', (_what, agents, effect, verdict) => {
    const measured = effectOf(agents, false, false);
    expect(measured.effect).toBeCloseTo(effect, 12);
    expect(measured.verdict).toBe(verdict);
  });

  it('looks at the callers where nobody calls the targets any more, and at the targets where they have none', () => {
    const dead = agent(true, [25], [50]);
    const caller = agent(false, [10], [0]);
    expect(effectOf([dead, caller], true, true).effect).toBe(1);
    expect(effectOf([dead], true, true).effect).toBe(-1);
    expect(effectOf([dead, caller], false, false).effect).toBe(-1);
  });

  it('does not hold less traffic against a kind that lowers it on purpose', () => {
    const throttled: BeforeAfter = {
      agent: 'a',
      target: true,
      before: [row(6)],
      after: [row(6, { troubleButTraffic: 0 })],
    };
    expect(effectOf([throttled], false, true).verdict).toBe('IMPROVED');
    expect(effectOf([throttled], false, false).verdict).toBe('UNCHANGED');
  });
});

describe('meansOf', () => {
  it('is null where nothing was reported and leaves gaps out', () => {
    const rows = [
      row(0, { latencyMs: 10, silentMs: 100 }),
      row(0, { latencyMs: 30, errorRate: 0.5, silentMs: 300 }),
      row(0),
    ];
    expect(meansOf(rows)).toEqual({
      latencyMs: 20,
      trafficPerS: null,
      errorRate: 0.5,
      saturation: null,
      silentMs: 400 / 3,
    });
    expect(meansOf([])).toEqual({ latencyMs: null, trafficPerS: null, errorRate: null, saturation: null, silentMs: 0 });
  });
});
