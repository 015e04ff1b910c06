import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Observations, Snapshot } from '../../schemas/records.ts';
import { CellState } from '../../src/fleet/cell-state.ts';
import { defaultFleet } from '../../src/fleet/fleet-record.ts';
import { cellOf } from '../../src/fleet/ids.ts';
import { murmur3 } from '../../src/fleet/murmur3.ts';
import { recordBytesMax } from '../../src/streams/log.ts';
import { ReferenceCell } from './reference-cell.ts';
import { beat, CELL, call, observed, tick } from './samples.ts';

const FLEET = defaultFleet('acme', 'crew');

function create(fields: Partial<typeof FLEET> = {}): CellState {
  return CellState.create(CELL, { ...FLEET, ...fields });
}

/** Closes whatever is due. */
function closeDue(state: CellState): Snapshot[] {
  const snapshots: Snapshot[] = [];
  for (let due = state.nextDueMs(); due !== null && due <= (state.streamTimeMs ?? -1); due = state.nextDueMs()) {
    snapshots.push(state.close().snapshot);
  }
  return snapshots;
}

function run(state: CellState, records: readonly Observations[]): Snapshot[] {
  return records.flatMap((record) => {
    state.apply(record);
    return closeDue(state);
  });
}

const agentName = fc.constantFrom('a', 'b', 'c', 'd');
const signal = fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null });
const records = fc
  .array(
    fc.record({
      stepMs: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 900 }) }, fc.integer({ min: 0, max: 90_000 })),
      beats: fc.array(
        fc.tuple(agentName, fc.integer({ min: -1500, max: 1500 }), signal, fc.constantFrom('UP', 'DOWN')),
      ),
      calls: fc.array(fc.tuple(agentName, agentName, fc.integer({ min: -1500, max: 500 }), signal), { maxLength: 4 }),
      tick: fc.boolean(),
    }),
    { maxLength: 30, size: 'max' },
  )
  .map((steps) => {
    let now = 1_000_000;
    return steps.map((step): Observations => {
      now += step.stepMs;
      if (step.tick) return tick(now);
      return observed(
        step.beats.map(([agent, shift, latencyMs, status]) =>
          beat(agent, now + shift, { latencyMs, status: status as 'UP' | 'DOWN' }),
        ),
        step.calls.map(([caller, callee, shift, latencyMs]) => call(caller, callee, now + shift, { latencyMs })),
      );
    });
  });

describe('a cell', () => {
  test('closes the same snapshots as the slow reference', () => {
    fc.assert(
      fc.property(records, fc.constantFrom(600_000, 5000), (input, forgetMs) => {
        const fleet = { ...FLEET, forgetMs };
        const state = CellState.create(CELL, fleet);
        const reference = new ReferenceCell(fleet);
        for (const record of input) {
          const applied = state.apply(record);
          expect(closeDue(state)).toEqual(reference.apply(record));
          expect(applied.refused).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('learns baselines as the slow reference does over hundreds of windows', () => {
    const state = create();
    const reference = new ReferenceCell(FLEET);
    for (let w = 0; w < 220; w++) {
      const latencyMs = w > 90 && w < 160 ? 300 + (w % 3) : 100 + ((w * 37) % 11);
      const record = observed([beat('a', 1_000_000 + w * 1000, { latencyMs, saturation: w % 5 === 0 ? null : 0.5 })]);
      state.apply(record);
      expect(closeDue(state)).toEqual(reference.apply(record));
    }
  });

  test('decoded from its bytes goes on as the original does, to the byte', () => {
    fc.assert(
      fc.property(records, records, (before, after) => {
        const original = create({ forgetMs: 4000 });
        run(original, before);
        const copy = CellState.decode(original.encode());
        expect(copy.encode()).toEqual(original.encode());
        expect(run(copy, after)).toEqual(run(original, after));
        expect(copy.encode()).toEqual(original.encode());
      }),
      { numRuns: 100 },
    );
  });

  test('foresees the snapshot that it then closes if nothing more is heard, and is not changed by it', () => {
    fc.assert(
      fc.property(records, (input) => {
        const state = create({ forgetMs: 4000 });
        for (const record of input) {
          run(state, [record]);
          const before = state.encode();
          const foreseen = state.foresee();
          expect(state.encode()).toEqual(before);
          const copy = CellState.decode(before);
          const dueMs = copy.nextDueMs();
          expect(copy.nextEndMs() === null).toBe(dueMs === null);
          if (dueMs !== null) copy.apply(tick(dueMs));
          expect(foreseen).toEqual(dueMs === null ? null : copy.close().snapshot);
          if (foreseen !== null) expect(foreseen.windowEndMs).toBe(state.nextEndMs());
        }
      }),
      { numRuns: 60 },
    );
  });

  test('has the same bytes whatever order the agents of one window came in', () => {
    const beats = ['c', 'a', 'b'].map((agent) => beat(agent, 1000));
    const one = create();
    const other = create();
    one.apply(observed(beats, [call('a', 'b', 1000), call('c', 'a', 1000)]));
    other.apply(observed(beats.toReversed(), [call('c', 'a', 1000), call('a', 'b', 1000)]));
    expect(one.encode()).toEqual(other.encode());
  });

  test('reads what was written before cells could have a grid of their own', () => {
    const bytes = create().encode();
    // Nothing follows the one epoch but two empty lists, 4 bytes; what is new in it are its last 5.
    const before = Uint8Array.of(1, ...bytes.subarray(1, -9), ...bytes.subarray(-4));
    expect(CellState.decode(before).encode()).toEqual(bytes);
  });

  test('refuses bytes that are cut short or of another version', () => {
    const state = create();
    run(state, [observed([beat('a', 1000), beat('b', 2500)], [call('a', 'b', 1000)])]);
    const bytes = state.encode();
    for (let length = 0; length < bytes.length; length++) {
      expect(() => CellState.decode(bytes.subarray(0, length))).toThrow(/STATE_UNREADABLE/);
    }
    expect(() => CellState.decode(Uint8Array.of(...bytes, 0))).toThrow(/STATE_UNREADABLE/);
    expect(() => CellState.decode(bytes.with(0, 9))).toThrow(/version/);
  });
});

describe('windows', () => {
  test('close when stream time has passed their end and grace', () => {
    const state = create();
    expect(state.nextDueMs()).toBeNull();
    state.apply(observed([beat('a', 1500)]));
    expect(state.nextDueMs()).toBe(2200);
    state.apply(tick(2199));
    expect(() => state.close()).toThrow(/WINDOW_NOT_DUE/);
    state.apply(tick(2200));
    expect(state.close().snapshot).toMatchObject({ windowStartMs: 1000, windowEndMs: 2000 });
    expect(state.nextDueMs()).toBe(3200);
  });

  test('count an observation within the grace and give one past it back as late', () => {
    const state = create();
    run(state, [observed([beat('a', 1500), beat('a', 2100)])]);
    expect(state.apply(observed([beat('b', 1600)])).late).toEqual([]);
    const [first] = run(state, [tick(2200)]);
    expect(first.agents.map((a) => a.agent)).toEqual(['a', 'b']);
    const late = beat('c', 1999);
    const lateCall = call('c', 'a', 1999);
    expect(state.apply(observed([late, beat('a', 2300)], [lateCall])).late).toEqual([
      { kind: 'HEARTBEAT', agent: 'c', timeMs: 1999, closedMs: 2000, alone: observed([late]) },
      { kind: 'INTERACTION', agent: 'c', timeMs: 1999, closedMs: 2000, alone: observed([], [lateCall]) },
    ]);
    const [second] = run(state, [tick(3200)]);
    expect(second).toMatchObject({ windowEndMs: 3000, late: 2 });
    expect(second.agents.map((a) => a.agent)).toEqual(['a', 'b']);
  });

  test('miss an agent whose clock is behind until it is set right: each report is told as late, and others are as before', () => {
    const state = create();
    const late: string[] = [];
    const snapshots: Snapshot[] = [];
    for (let t = 10_000; t <= 18_000; t += 1000) {
      const behindMs = t >= 13_000 && t < 16_000 ? 5000 : 0;
      late.push(...state.apply(observed([beat('a', t), beat('b', t - behindMs)])).late.map(({ agent }) => agent));
      snapshots.push(...closeDue(state));
    }
    expect(late).toEqual(['b', 'b', 'b']);
    const heartbeatsOf = (place: number) => snapshots.map(({ agents }) => agents[place]?.heartbeats);
    expect(heartbeatsOf(0)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(heartbeatsOf(1)).toEqual([1, 1, 1, 0, 0, 0, 1]);
    expect(snapshots.reduce((sum, snapshot) => sum + snapshot.late, 0)).toBe(3);
  });

  test('hold an agent as it was at their end, whatever of later windows is known', () => {
    const [snapshot] = run(create(), [observed([beat('a', 1200), beat('a', 2300, { status: 'DOWN' })])]);
    expect(snapshot.agents[0]).toMatchObject({ silentMs: 800, status: 'UP', heartbeats: 1 });
  });

  test('show a dead agent as silence, then the cell falls quiet, then goes on where it reports again', () => {
    const state = create();
    const silent = run(state, [observed([beat('a', 1000)]), tick(600_000)]);
    expect(silent.length).toBe(61);
    expect(silent[60].agents[0]).toMatchObject({ heartbeats: 0, silentMs: 61_000, latencyMs: null });
    const again = run(state, [observed([beat('a', 600_500)]), tick(601_200)]);
    expect(again.map((s) => s.windowStartMs)).toEqual([600_000]);
  });

  test('end with the one in which the agents of a quiet cell are forgotten', () => {
    const state = create();
    const all = run(state, [observed([beat('a', 1000), beat('b', 1500)]), tick(61_200)]);
    expect(all).toHaveLength(60);
    expect(run(state, [tick(62_200)])).toHaveLength(1);
    // The last window ended at 62 s, and ten minutes later nobody is remembered.
    expect(state.nextDueMs()).toBe(663_200);
    expect(run(state, [tick(663_199)])).toEqual([]);
    const [last, ...more] = run(state, [tick(10_000_000)]);
    expect(more).toEqual([]);
    expect(last).toMatchObject({ windowStartMs: 662_000, windowEndMs: 663_000, agents: [], edges: [] });
    expect(state.nextDueMs()).toBeNull();
    const [again] = run(state, [observed([beat('a', 10_000_500)]), tick(10_001_200)]);
    expect(again).toMatchObject({ windowStartMs: 10_000_000, agents: [{ agent: 'a', heartbeats: 1 }] });
  });

  test('leave nothing to remember once the agents are forgotten and as much time has passed again', () => {
    const state = create({ forgetMs: 3000 });
    expect(state.forgottenMs).toBe(-1);
    run(state, [observed([beat('a', 1000)]), tick(3_000)]);
    expect(state.forgottenMs).toBeNull();
    run(state, [tick(100_000)]);
    expect(state.closedMs).toBe(5_000);
    expect(state.forgottenMs).toBe(8_000);
    run(state, [observed([beat('b', 100_100)])]);
    expect(state.forgottenMs).toBeNull();
  });

  test('end with the last member', () => {
    const state = create({ forgetMs: 3000 });
    const snapshots = run(state, [observed([beat('a', 1000)]), tick(1_000_000)]);
    expect(snapshots.map((s) => s.agents.length)).toEqual([1, 1, 1, 0]);
    expect(state.nextDueMs()).toBeNull();
  });

  test('are few after a huge jump of event time', () => {
    const state = create();
    const snapshots = run(state, [observed([beat('a', 0)]), observed([beat('a', 1e12)]), tick(1e12 + 1200)]);
    // 61 with the agent, one without it, and the one in which it is back.
    expect(snapshots.length).toBe(63);
  });
});

describe('memory', () => {
  /** Windows of one second, in each of which `perWindow` agents report that were never heard of before, each calling the next. */
  function churn(windows: number, perWindow: number, each: (state: CellState) => void): void {
    const state = create({ forgetMs: 1000 });
    let id = 0;
    for (let w = 0; w < windows; w++) {
      const ids = Array.from({ length: perWindow }, () => `agent-${id++}`);
      const beats = ids.map((agent) => beat(agent, w * 1000));
      const calls = w % 8 === 0 ? ids.map((agent, i) => call(agent, ids[(i + 1) % perWindow], w * 1000)) : [];
      run(state, [observed(beats, calls)]);
      each(state);
    }
  }

  test('is bounded however many agents come and go: a million of them, and their edges', () => {
    let encoded = 0;
    let windows = 0;
    churn(12_500, 80, (state) => {
      const held = state.held;
      if (held.agents > 250 || held.edges > 256 || held.windows > 2) throw new Error(JSON.stringify(held));
      if (++windows % 500 === 0) encoded = Math.max(encoded, state.encode().length);
    });
    expect(encoded).toBeGreaterThan(10_000);
    expect(encoded).toBeLessThan(250 * 250);
  });

  test('stands still once the baselines are full', () => {
    const state = create();
    const ids = Array.from({ length: 100 }, (_, i) => `a${i}`);
    const sizes: number[] = [];
    for (let w = 0; w < 400; w++) {
      const calls = ids.map((agent, i) => call(agent, ids[(i * 7 + (w % 3)) % 100], w * 1000));
      run(state, [
        observed(
          ids.map((agent, i) => beat(agent, w * 1000, { latencyMs: 50 + ((w * 7 + i) % 13) })),
          calls,
        ),
      ]);
      sizes.push(state.encode().length);
    }
    const after = sizes.slice(40);
    expect(Math.max(...after) - Math.min(...after)).toBeLessThan(0.02 * sizes[399]);
    expect(sizes[399]).toBeLessThan(100 * 800);
    expect(state.held).toMatchObject({ agents: 100, edges: 300 });
  });
});

describe('a change of the window configuration', () => {
  test('holds from the first boundary at or after its effective time, without gap or overlap', () => {
    const state = create();
    const snapshots = run(state, [observed([beat('a', 1000)])]);
    state.configure({ ...FLEET, windowMs: 700, graceMs: 100, effectiveMs: 3400 });
    for (let t = 1000; t < 8000; t += 100) snapshots.push(...run(state, [observed([beat('a', t)])]));
    const bounds = snapshots.map((s) => [s.windowStartMs, s.windowEndMs]);
    expect(bounds).toEqual([
      [1000, 2000],
      [2000, 3000],
      [3000, 4000],
      [4000, 4700],
      [4700, 5400],
      [5400, 6100],
      [6100, 6800],
      [6800, 7500],
    ]);
    expect(snapshots.reduce((sum, s) => sum + s.agents[0].heartbeats, 0)).toBe(65 + 1);
  });

  test('leaves windows that were begun as they are', () => {
    const state = create();
    state.apply(observed([beat('a', 1000), beat('a', 5500)]));
    state.configure({ ...FLEET, windowMs: 500 });
    const starts = run(state, [tick(8000)]).map((s) => s.windowStartMs);
    expect(starts).toEqual([1000, 2000, 3000, 4000, 5000, 6000, 6500, 7000]);
  });

  test('given again changes nothing', () => {
    const state = create();
    run(state, [observed([beat('a', 1000), beat('a', 2500)])]);
    state.configure({ ...FLEET, windowMs: 500, effectiveMs: 9000 });
    const bytes = state.encode();
    state.configure({ ...FLEET, windowMs: 500, effectiveMs: 9000 });
    expect(state.encode()).toEqual(bytes);
  });

  test('that adds cells lets the agents of other cells go', () => {
    const names = Array.from({ length: 20 }, (_, i) => `agent-${i}`);
    const state = create();
    run(state, [observed(names.map((name) => beat(name, 1000)))]);
    state.configure({ ...FLEET, cells: 2, effectiveMs: 2000 });
    const snapshots = run(state, [tick(3200)]);
    expect(snapshots.map((s) => s.agents.length)).toEqual([20, names.filter((name) => cellOf(name, 2) === 0).length]);
    expect(snapshots[1].windowStartMs).toBe(2000);
  });
});

describe('limits', () => {
  test('a 257th agent is refused with an alert, and its place is free again when another is forgotten', () => {
    const state = create({ forgetMs: 2000 });
    const all = Array.from({ length: 258 }, (_, i) => beat(`agent-${i}`, 1000));
    const { refused } = state.apply(observed(all));
    expect(refused.map((r) => [r.code, r.alone.heartbeats[0].agent])).toEqual([
      ['cell-too-large', 'agent-256'],
      ['cell-too-large', 'agent-257'],
    ]);
    state.apply(observed(all.slice(0, 255).map((b) => ({ ...b, timeMs: 3100 }))));
    const { snapshot, alerts } = state.close();
    expect(snapshot.agents.length).toBe(256);
    expect(alerts).toMatchObject([{ code: 'cell-too-large', severity: 'WARNING', timeMs: 2000 }]);
    run(state, [observed([beat('agent-0', 4200)])]);
    expect(state.apply(observed([beat('agent-256', 4300)])).refused).toEqual([]);
  });

  test('alerts come at most once a minute', () => {
    const state = create();
    state.apply(observed(Array.from({ length: 256 }, (_, i) => beat(`agent-${i}`, 1000))));
    let alerts = 0;
    for (let t = 1000; t < 121_000; t += 1000) {
      state.apply(observed([beat('one-too-many', t), beat('agent-0', t)]));
      for (let due = state.nextDueMs(); due !== null && due <= t; due = state.nextDueMs()) {
        alerts += state.close().alerts.length;
      }
    }
    expect(alerts).toBe(2);
  });

  test('pairs beyond 4096 in a window are refused, known pairs still count', () => {
    const state = create();
    const calls = Array.from({ length: 4097 }, (_, i) => call('a', `callee-${i}`, 1000));
    const { refused } = state.apply(observed([], [...calls, calls[0]]));
    expect(refused.map((r) => r.code)).toEqual(['edges-too-many']);
    const [snapshot] = run(state, [tick(2200)]);
    expect(snapshot.edges.length).toBe(4096);
    expect(snapshot.edges.find((e) => e.callee === 'callee-0')?.count).toBe(20);
    for (let w = 0; w < 4; w++) {
      const others = Array.from({ length: 4096 }, (_, i) => call('b', `callee-${w}-${i}`, 3000 + 1000 * w));
      expect(state.apply(observed([], others)).refused).toEqual([]);
      run(state, [tick(4200 + 1000 * w)]);
    }
  });

  test('one caller with invented callees keeps nobody else out, and what gives way is told with its sums', () => {
    const state = create();
    const invented = Array.from({ length: 5000 }, (_, i) => call('hog', `callee-${i}`, 1000));
    const used = [call('hog', 'callee-7', 1000), call('hog', 'callee-4000', 1000)];
    const honest = Array.from({ length: 600 }, (_, i) => call(`caller-${i % 60}`, `agent-${Math.floor(i / 60)}`, 1000));
    const calls = [...invented.slice(0, 4500), ...used, ...honest, ...invented.slice(4500)];
    const { refused } = state.apply(observed([], calls));
    const [snapshot] = run(state, [tick(2200)]);
    expect(snapshot.edges.length).toBe(4096);
    expect(snapshot.edges.filter(({ caller }) => caller !== 'hog')).toHaveLength(600);
    expect(snapshot.edges.find(({ callee }) => callee === 'callee-7')?.count).toBe(20);
    expect(snapshot.edges.find(({ callee }) => callee === 'callee-4000')?.count).toBe(20);
    expect(new Set(refused.map(({ code, alone }) => `${code} ${alone.interactions[0].caller}`))).toEqual(
      new Set(['edges-too-many hog']),
    );
    const requests = (edges: readonly { readonly count: number }[]) => edges.reduce((sum, { count }) => sum + count, 0);
    const lost = requests(refused.flatMap(({ alone }) => alone.interactions));
    expect(requests(snapshot.edges) + lost).toBe(requests(calls));
  });

  test('callers share a full window as evenly as they ask, and a decoded copy drops the same', () => {
    const wants = fc.array(fc.nat({ max: 3000 }), { minLength: 2, maxLength: 7 });
    fc.assert(
      fc.property(wants, fc.nat(), (wanted, seed) => {
        const calls = wanted
          .flatMap((pairs, caller) =>
            Array.from({ length: pairs }, (_, i) => [`caller-${caller}`, `callee-${i}`] as const),
          )
          .map(([caller, callee]) => ({ at: murmur3(`${seed}/${caller}/${callee}`), of: call(caller, callee, 1000) }))
          .sort((one, other) => one.at - other.at)
          .map(({ of }) => of);
        const whole = create();
        let copied = create();
        for (let from = 0; from < calls.length; from += 2500) {
          const part = observed([], calls.slice(from, from + 2500));
          copied = CellState.decode(copied.encode());
          expect(copied.apply(part).refused.length).toBe(whole.apply(part).refused.length);
          expect(Buffer.compare(copied.encode(), whole.encode())).toBe(0);
        }
        expect(whole.held.edges).toBeLessThanOrEqual(2 * 4096);
        const edges = whole.foresee()?.edges ?? [];
        // An eighth of its surplus goes at once from whoever has most, which is its even share or more.
        const share = ((4096 / wanted.length) * 7) / 8 - 2;
        for (const [caller, pairs] of wanted.entries()) {
          const got = edges.filter((edge) => edge.caller === `caller-${caller}`).length;
          expect(got).toBeGreaterThanOrEqual(Math.min(pairs, share));
        }
      }),
      { numRuns: 4 },
    );
  });

  test('a record of another cell is a mistake of the program', () => {
    expect(() => create().apply({ ...observed([]), cell: 1 })).toThrow(/CELL_MISMATCH/);
  });

  test('its state is one record of the log, however much is said of windows ahead, and those of the present still take what comes', () => {
    const now = 1_000_000;
    const long = (name: string, i: number) => `${name}${i}`.padEnd(36, 'x');
    const pairs = (timeMs: number) =>
      Array.from({ length: 4096 }, (_, i) => call(long('from', i >> 6), long('to', i & 63), timeMs));
    let state = create({ graceMs: 20_000 });
    state.apply(observed([beat('a', now)]));
    const refused = new Set<string>();
    let refusals = 0;
    for (let ahead = 1; ahead <= 16; ahead++) {
      const record = { ...observed([], pairs(now + 1_000 * ahead)), reachedMs: now };
      const copy = CellState.decode(state.encode());
      const applied = state.apply(record);
      expect(copy.apply(record)).toEqual(applied);
      for (const { code } of applied.refused) refused.add(code);
      refusals += applied.refused.length;
    }
    expect(refused).toEqual(new Set(['windows-too-many']));
    expect(refusals).toBeGreaterThan(30_000);
    expect(state.encode().length).toBeLessThan(recordBytesMax / 2);
    expect(state.apply(observed([beat('b', now)], pairs(now))).refused).toEqual([]);
    // What is let go makes room again, and within the grace all may be taken.
    state = CellState.decode(state.encode());
    for (let second = 1; second <= 30; second++) {
      state.apply(observed([beat('a', now + 1_000 * second)], pairs(now + 1_000 * second)));
      closeDue(state);
      if (second % 10 === 0) expect(state.encode().length).toBeLessThan(recordBytesMax);
    }
    expect(state.apply(tick(now + 300_000)).refused).toEqual([]);
    closeDue(state);
    expect(state.held.windows).toBe(0);
    for (let ahead = 1; ahead <= 6; ahead++)
      expect(state.apply({ ...observed([], pairs(now + 300_000 + 1_000 * ahead)), reachedMs: now }).refused).toEqual(
        [],
      );
  });

  test('one record may hold thousands of windows of a producer that catches up', () => {
    const state = create();
    const beats = Array.from({ length: 5000 }, (_, i) => beat('a', 1000 * i));
    expect(state.apply(observed(beats.toReversed())).refused).toEqual([]);
    expect(closeDue(state).length).toBe(4998);
    const hostile = Array.from({ length: 20_000 }, (_, i) => beat('b', 10_000_000 + 1000 * i));
    expect(state.apply(observed(hostile)).refused.every((r) => r.code === 'windows-too-many')).toBe(true);
  });
});
