import { describe, expect, it } from 'vitest';
import { failsInHorizon, HORIZON_S, LEAD_S, TICK_S, ticksOf } from '../../../src/liquid/availability/question.ts';
import { countUntil, TimePointers } from '../../../src/liquid/availability/sorted-times.ts';
import { splitInTime, traceOf } from '../../../src/liquid/availability/trace.ts';
import { randomTrace } from './fleets.ts';

const event = (node: number, available: boolean, startS: number, stopS: number) => ({ node, available, startS, stopS });

describe('a trace', () => {
  it('counts an outage as a failure only where the node was seen in service before it', () => {
    const { nodes, ids, sites } = traceOf(
      [
        event(3, false, 0, 10),
        event(3, true, 10, 50),
        event(3, false, 50, 60),
        event(3, true, 60, 90),
        event(1, true, 5, 9),
      ],
      new Map(),
    );
    expect([...ids]).toEqual([1, 3]);
    expect(nodes[1]).toEqual({ firstUpS: 10, failedS: Float64Array.of(50), returnedS: Float64Array.of(60) });
    expect(nodes[0].failedS).toHaveLength(0);
    expect(sites).toEqual(['unknown']);
  });

  it('tells nodes apart by numbers beyond 32 bits', () => {
    const { nodes, ids } = traceOf([event(2 ** 32 + 3, true, 5, 9), event(3, true, 2, 4)], new Map());
    expect([...ids]).toEqual([3, 2 ** 32 + 3]);
    expect(nodes.map(({ firstUpS }) => firstUpS)).toEqual([2, 5]);
  });

  it('keeps spells of no length and an outage that the record does not see the end of', () => {
    const { nodes } = traceOf(
      [event(0, false, 10, 20), event(0, true, 0, 10), event(0, true, 20, 20), event(0, false, 20, 30)],
      new Map(),
    );
    expect([...nodes[0].failedS]).toEqual([10, 20]);
    expect([...nodes[0].returnedS]).toEqual([20, Number.POSITIVE_INFINITY]);
  });

  it('splits so that the share of its events began before', () => {
    const trace = randomTrace(1);
    const at = splitInTime(trace, 2 / 3);
    const before = trace.eventStartsS.filter((start) => start < at).length;
    expect(before / trace.eventStartsS.length).toBeCloseTo(2 / 3, 1);
  });

  it('refuses nothing and times that are none', () => {
    expect(() => traceOf([], new Map())).toThrow(/no events/);
    expect(() => traceOf([event(2, true, Number.NaN, 3)], new Map())).toThrow(/node 2/);
    expect(() => traceOf([event(2, true, 4, 3)], new Map())).toThrow(/from 4 to 3/);
  });
});

describe('the question', () => {
  it('is asked about each failure of a node that stays in service until then exactly once', () => {
    const trace = randomTrace(2);
    const ticks = ticksOf(trace.startS, trace.endS);
    for (const node of trace.nodes) {
      for (const failed of node.failedS) {
        const asking = [...ticks].filter((t) => failed > t + LEAD_S && failed <= t + HORIZON_S);
        expect(asking.length).toBeLessThanOrEqual(1);
        for (const t of asking) expect(failsInHorizon(node, t)).toBe(true);
        if (failed > trace.startS + HORIZON_S + TICK_S && failed < trace.endS) expect(asking).toHaveLength(1);
      }
    }
  });

  it('has its ends where it says: 10 minutes are too early, 60 are not too late', () => {
    const at = (seconds: number) => ({
      firstUpS: 0,
      failedS: Float64Array.of(1000 + seconds),
      returnedS: Float64Array.of(9e9),
    });
    expect([600, 601, 3600, 3601].map((seconds) => failsInHorizon(at(seconds), 1000))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

describe('sorted times', () => {
  it('are counted alike by search and by pointers that move on', () => {
    const lists = [Float64Array.of(1, 2, 2, 5), Float64Array.of(), Float64Array.of(3)];
    const pointers = new TimePointers(lists);
    for (const t of [0, 1, 2, 2.5, 3, 9]) {
      pointers.advance(t);
      expect([...pointers.counts]).toEqual(lists.map((times) => countUntil(times, t)));
      expect([...pointers.counts]).toEqual(lists.map((times) => times.filter((one) => one <= t).length));
    }
  });
});
