import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Heartbeat, Interaction } from '../../../schemas/records.ts';
import { checkHeartbeat } from '../../../src/fleet/check-heartbeat.ts';
import { checkInteraction } from '../../../src/fleet/check-interaction.ts';
import { type ReferenceFleet, randomFaults } from '../../../src/fleet/reference/index.ts';
import { at, callsTo, create, fault, intervention, START_MS, said } from './fixture.ts';

function play(
  fleet: ReferenceFleet,
  toS: number,
): { heartbeats: readonly Heartbeat[]; interactions: readonly Interaction[] } {
  return fleet.advanceTo(at(toS));
}

function busy(seed: number): ReferenceFleet {
  const faults = randomFaults({ seed, agents: 20, fromMs: START_MS, toMs: at(120), everyMs: 8000 });
  return create(seed, 20, faults);
}

describe('a run', () => {
  test('is the same for the same seed, however it is cut into steps', () => {
    const whole = play(busy(5), 120);
    const fleet = busy(5);
    const cut: Heartbeat[] = [];
    for (let t = 0; t <= 120; t += 0.37) cut.push(...play(fleet, t).heartbeats);
    cut.push(...play(fleet, 120).heartbeats);
    expect(cut).toEqual(whole.heartbeats);
    expect(play(busy(6), 120).heartbeats).not.toEqual(whole.heartbeats);
  });

  test('loses no request: all that came in was served, failed, or is still there, and no queue is over its bound', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const fleet = busy(seed);
        const kinds = ['THROTTLE', 'ISOLATE', 'REROUTE', 'RESTART'] as const;
        for (let t = 2; t <= 60; t += 2) {
          if (t % 10 === 0) {
            const target = fleet.plans[(seed + t) % fleet.plans.length].agent;
            fleet.apply({ ...intervention(kinds[(seed + t / 10) % 4], [target]), id: `i${t}`, expiresMs: at(t + 15) });
          }
          play(fleet, t);
          for (const plan of fleet.plans) {
            const { received, served, failed, rejected, throttled, lost, running, queued } = fleet.requests(plan.agent);
            expect(served + failed + rejected + throttled + lost + running + queued).toBe(received);
            expect(running).toBeLessThanOrEqual(plan.slots);
            expect(queued).toBeLessThanOrEqual(plan.queueCapacity);
            if (running < plan.slots) expect(queued).toBe(0);
          }
          const { arrived, succeeded, failed, open } = fleet.external;
          expect(succeeded + failed + open).toBe(arrived);
          // Nothing waits longer than its timeout: 3 s cover the longest, and 10 overloaded gateways bring about 500 a second.
          expect(open).toBeLessThan(2500);
        }
      }),
      { numRuns: 12 },
    );
  });

  test('reports what intake accepts, in order of time', () => {
    const { heartbeats, interactions } = play(busy(9), 60);
    expect(heartbeats.length).toBeGreaterThan(1000);
    for (const h of heartbeats) expect(checkHeartbeat(h, at(60), 0)).toBeNull();
    for (const i of interactions) expect(checkInteraction(i, at(60), 0)).toBeNull();
    for (let i = 1; i < heartbeats.length; i++) {
      expect(heartbeats[i].timeMs).toBeGreaterThanOrEqual(heartbeats[i - 1].timeMs);
    }
  });

  test('without faults has no failure, and hardly an error', () => {
    for (const seed of [1, 2, 3]) {
      const fleet = create(seed, 40);
      play(fleet, 180);
      expect(fleet.failures()).toEqual([]);
      expect(fleet.external.failed).toBeLessThan(0.001 * fleet.external.arrived);
    }
  });

  test('only goes forward', () => {
    const fleet = create(1, 5);
    play(fleet, 5);
    expect(() => play(fleet, 4)).toThrow(/TIME_BACKWARDS/);
  });
});

describe('a fault', () => {
  test('slow: latency and saturation rise gradually, then it fails, and recovers when the fault ends', () => {
    const fleet = create(1, 40, [fault('slow', 'worker-03', 10, { rampMs: 20_000 })]);
    const { heartbeats } = play(fleet, 130);
    const [before, early, late, after] = [
      said(heartbeats, 'worker-03', 0, 20),
      said(heartbeats, 'worker-03', 22, 27),
      said(heartbeats, 'worker-03', 50, 100),
      said(heartbeats, 'worker-03', 110, 130),
    ];
    expect(early.latencyMs).toBeGreaterThan(1.3 * (before.latencyMs ?? 0));
    expect(late.latencyMs).toBeGreaterThan(5 * (before.latencyMs ?? 0));
    expect(late.saturation).toBeGreaterThan(1);
    expect(after.latencyMs).toBeLessThan(2 * (before.latencyMs ?? 0));
    const own = fleet.failures().find((failure) => failure.agent === 'worker-03');
    expect(own).toMatchObject({ fault: 'slow' });
    expect(own?.fromMs).toBeGreaterThan(at(22));
    expect(own?.fromMs).toBeLessThan(at(45));
    expect(own?.toMs).not.toBeNull();
  });

  test('leak: memory fills and latency follows, and at the end it starts anew', () => {
    const fleet = create(1, 40, [fault('leak', 'worker-03', 12)]);
    const { heartbeats } = play(fleet, 130);
    const memory = heartbeats.filter((h) => h.agent === 'worker-03').map((h) => h.metrics.memory_mib);
    expect(memory[10]).toBe(512);
    expect(memory[60]).toBeGreaterThan(2000);
    expect(memory.at(-1)).toBe(512);
    const [early, late] = [said(heartbeats, 'worker-03', 20, 40), said(heartbeats, 'worker-03', 80, 100)];
    expect(late.latencyMs).toBeGreaterThan(3 * (early.latencyMs ?? 0));
    expect(said(heartbeats, 'worker-03', 100.5, 104).heartbeats).toBe(0);
  });

  test('dead: silence, callers time out, and it counts as failed at once', () => {
    const fleet = create(1, 40, [fault('dead', 'worker-03', 2)]);
    const { heartbeats, interactions } = play(fleet, 130);
    expect(said(heartbeats, 'worker-03', 30, 100).heartbeats).toBe(0);
    expect(said(heartbeats, 'worker-03', 102, 130).heartbeats).toBeGreaterThan(25);
    expect(callsTo(interactions, 'worker-03', 40, 95).errorRate).toBe(1);
    const own = fleet.failures().find((failure) => failure.agent === 'worker-03');
    expect(own).toMatchObject({ cause: 'dead', fault: 'dead', fromMs: at(29) });
  });

  test('overload: traffic and saturation rise, and the excess is refused', () => {
    const fleet = create(1, 40, [fault('overload', 'gateway-01', 8)]);
    const { heartbeats } = play(fleet, 100);
    const [before, during] = [said(heartbeats, 'gateway-01', 0, 20), said(heartbeats, 'gateway-01', 50, 100)];
    expect(during.trafficPerS).toBeGreaterThan(4 * (before.trafficPerS ?? 0));
    expect(during.saturation).toBeGreaterThan(1);
    expect(during.errorRate).toBeGreaterThan(0.3);
    expect(fleet.requests('gateway-01').rejected).toBeGreaterThan(100);
  });

  test('retry storm: callers ask many times more for the same work', () => {
    const retries = (kind: 'slow' | 'retry-storm'): number => {
      const { heartbeats } = play(create(1, 40, [fault(kind, 'tool-02', 8)]), 100);
      return heartbeats.reduce((sum, h) => sum + h.metrics.retries, 0);
    };
    expect(retries('retry-storm')).toBeGreaterThan(2 * retries('slow'));
  });

  test('bad peer: quick errors, which its callers see', () => {
    const fleet = create(1, 40, [fault('bad-peer', 'tool-02', 0.9)]);
    const { heartbeats, interactions } = play(fleet, 100);
    const [before, during] = [said(heartbeats, 'tool-02', 0, 20), said(heartbeats, 'tool-02', 40, 100)];
    expect(before.errorRate).toBe(0);
    expect(during.errorRate).toBeGreaterThan(0.8);
    expect(during.latencyMs).toBeLessThan(before.latencyMs ?? 0);
    expect(callsTo(interactions, 'tool-02', 40, 95).errorRate).toBeGreaterThan(0.8);
    expect(fleet.failures()).toMatchObject([{ agent: 'tool-02', cause: 'errors', fault: 'bad-peer' }]);
  });

  test('a slow store takes its callers with it, layer by layer: a cascade that no fault of theirs explains', () => {
    const fleet = create(1, 40, [fault('slow', 'store-01', 12)]);
    play(fleet, 130);
    const failures = fleet.failures();
    expect(failures[0]).toMatchObject({ agent: 'store-01', fault: 'slow' });
    const drawnIn = failures.filter((failure) => failure.fault === null);
    expect(new Set(drawnIn.map((failure) => failure.agent)).size).toBeGreaterThan(8);
    const roles = new Set(drawnIn.map((failure) => failure.agent.split('-')[0]));
    expect(roles).toEqual(new Set(['tool', 'worker', 'planner', 'gateway']));
    expect(Math.min(...drawnIn.map((failure) => failure.fromMs))).toBeGreaterThan(failures[0].fromMs);
  });
});

describe('an intervention', () => {
  test('THROTTLE lets an overloaded agent answer in time again, and its end lets the load back in', () => {
    const fleet = create(1, 40, [fault('overload', 'worker-03', 6, { toMs: at(140) })]);
    const first = play(fleet, 50).heartbeats;
    fleet.apply(intervention('THROTTLE', ['worker-03'], { keep: 0.2 }));
    const second = play(fleet, 140).heartbeats;
    const [before, during, after] = [
      said(first, 'worker-03', 35, 50),
      said(second, 'worker-03', 60, 90),
      said(second, 'worker-03', 100, 140),
    ];
    expect(during.latencyMs).toBeLessThan(0.5 * (before.latencyMs ?? 0));
    expect(during.errorRate).toBeLessThan(0.05);
    expect(after.latencyMs).toBeGreaterThan(2 * (during.latencyMs ?? 0));
    expect(fleet.interventions).toEqual([]);
  });

  test('ISOLATE keeps traffic from a bad peer, and the calls of the others succeed', () => {
    const errors = (isolate: boolean): number => {
      const fleet = create(1, 40, [fault('bad-peer', 'worker-03', 1)]);
      play(fleet, 50);
      if (isolate) fleet.apply(intervention('ISOLATE', ['worker-03']));
      play(fleet, 55);
      const { interactions } = play(fleet, 90);
      if (isolate) expect(callsTo(interactions, 'worker-03', 55, 90).perS).toBe(0);
      const calls = interactions.filter((i) => i.caller.startsWith('planner'));
      return calls.reduce((sum, i) => sum + i.errors, 0) / calls.reduce((sum, i) => sum + i.count, 0);
    };
    expect(errors(false)).toBeGreaterThan(0.01);
    expect(errors(true)).toBeLessThan(0.001);
  });

  test('ISOLATE ends a cascade, and traffic returns when it ends', () => {
    const failed = (isolate: boolean): number => {
      const fleet = create(1, 40, [fault('slow', 'store-01', 12, { toMs: at(85) })]);
      play(fleet, 40);
      if (isolate) fleet.apply(intervention('ISOLATE', ['store-01']));
      const { interactions } = play(fleet, 50);
      const failedBefore = fleet.external.failed;
      const rest = play(fleet, 120).interactions;
      if (isolate) {
        expect(callsTo(interactions, 'store-01', 45, 50).perS + callsTo(rest, 'store-01', 50, 90).perS).toBe(0);
        expect(callsTo(rest, 'store-01', 95, 120).perS).toBeGreaterThan(5);
      }
      return fleet.external.failed - failedBefore;
    };
    expect(failed(true)).toBeLessThan(0.05 * failed(false));
  });

  test('REROUTE sends the traffic of a dead store to its peers', () => {
    const failed = (reroute: boolean): number => {
      const fleet = create(1, 40, [fault('dead', 'store-01', 2)]);
      play(fleet, 40);
      if (reroute) fleet.apply(intervention('REROUTE', ['store-01']));
      play(fleet, 90);
      return fleet.external.failed;
    };
    expect(failed(true)).toBeLessThan(0.3 * failed(false));
  });

  test('RESTART brings the dead back and ends a leak', () => {
    for (const kind of ['dead', 'leak'] as const) {
      const fleet = create(1, 40, [fault(kind, 'worker-03', 10)]);
      play(fleet, 80);
      fleet.apply(intervention('RESTART', ['worker-03'], { downMs: 2000 }));
      const { heartbeats } = play(fleet, 100);
      expect(said(heartbeats, 'worker-03', 80.5, 82).heartbeats).toBe(0);
      const after = said(heartbeats, 'worker-03', 86, 100);
      expect(after.heartbeats).toBeGreaterThan(12);
      expect(after.latencyMs).toBeLessThan(400);
      expect(fleet.failures().every((failure) => (failure.toMs ?? Number.POSITIVE_INFINITY) < at(100))).toBe(true);
    }
  });

  test('ESCALATE changes nothing here', () => {
    const one = create(1, 20);
    const other = create(1, 20);
    other.apply(intervention('ESCALATE', ['worker-03']));
    expect(play(other, 20)).toEqual(play(one, 20));
  });

  test('that is undone and done again ends when the second says', () => {
    const fleet = create(4, 20);
    const first = intervention('ISOLATE', ['worker-03']);
    fleet.apply({ ...first, expiresMs: at(5) });
    expect(fleet.undo(first.id)).toBe(true);
    fleet.apply({ ...first, expiresMs: at(20) });
    play(fleet, 19);
    expect(fleet.interventions).toHaveLength(1);
    play(fleet, 20);
    expect(fleet.interventions).toHaveLength(0);
  });

  test('on a quiet fleet that is undone at once leaves no trace', () => {
    const one = create(1, 20);
    const other = create(1, 20);
    for (const kind of ['THROTTLE', 'ISOLATE', 'REROUTE'] as const) other.apply(intervention(kind, ['worker-03']));
    expect(other.interventions.length).toBe(3);
    for (const { id } of other.interventions) expect(other.undo(id)).toBe(true);
    expect(other.undo('THROTTLE-worker-03')).toBe(false);
    expect(play(other, 20)).toEqual(play(one, 20));
  });

  test('with an unknown target or a parameter out of range is refused and does nothing', () => {
    const fleet = create(1, 20);
    expect(() => fleet.apply(intervention('ISOLATE', ['worker-03', 'nobody']))).toThrow(/nobody is not of this fleet/);
    expect(() => fleet.apply(intervention('THROTTLE', ['worker-03'], { keep: 2 }))).toThrow(
      /keep of .* is 2; valid is 0/,
    );
    expect(() => fleet.apply(intervention('UNKNOWN', ['worker-03']))).toThrow(/UNKNOWN/);
    expect(fleet.interventions).toEqual([]);
    expect(play(fleet, 20)).toEqual(play(create(1, 20), 20));
  });
});
