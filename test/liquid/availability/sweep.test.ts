import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_TICKS, BlockCollector } from '../../../src/liquid/availability/blocks.ts';
import { isCascadeFeature } from '../../../src/liquid/availability/features.ts';
import { failsInHorizon } from '../../../src/liquid/availability/question.ts';
import { Sweep } from '../../../src/liquid/availability/sweep.ts';
import { type AvailabilityEvent, type AvailabilityTrace, traceOf } from '../../../src/liquid/availability/trace.ts';
import { hourOfWeek, places, randomEvents, randomTrace } from './fleets.ts';

const NODES = 8;

/** Rows by tick and node, as text. */
function rowsUntil(trace: AvailabilityTrace, fromS: number, toS: number): Map<string, readonly number[]> {
  const sweep = new Sweep(trace, hourOfWeek);
  const row = new Float32Array(sweep.names.length);
  const rows = new Map<string, readonly number[]>();
  for (const { tS, nodes, features } of sweep.ticks(fromS, toS)) {
    for (const node of nodes) {
      features(node, row, 0);
      rows.set(`${tS} ${trace.ids[node]}`, [...row]);
    }
  }
  return rows;
}

describe('features', () => {
  it('know nothing of what begins later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0.3, max: 0.9, noNaN: true }),
        (seed, share) => {
          const events = randomEvents(seed, NODES, 9);
          const trace = traceOf(events, places(NODES));
          const nowS = trace.startS + share * (trace.endS - trace.startS);
          // The end of what goes on is not known either: it is put off by years.
          const known = events
            .filter(({ startS }) => startS <= nowS)
            .map((event): AvailabilityEvent => (event.stopS > nowS ? { ...event, stopS: nowS + 1e9 } : event));
          const past = rowsUntil(traceOf(known, places(NODES)), trace.startS, nowS);
          const whole = rowsUntil(trace, trace.startS, nowS);
          expect(past.size).toBeGreaterThan(0);
          expect([...past]).toEqual([...whole]);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('are finite and of the order of ten, each with a name of its own', () => {
    const trace = randomTrace(3);
    const { names } = new Sweep(trace, hourOfWeek);
    expect(new Set(names).size).toBe(names.length);
    for (const row of rowsUntil(trace, trace.startS, trace.endS).values()) {
      expect(row).toHaveLength(names.length);
      expect(Math.max(...row.map(Math.abs))).toBeLessThan(25);
    }
    expect(names.filter(isCascadeFeature).length).toBeGreaterThan(20);
    expect(names.filter((name) => name.startsWith('own.')).some(isCascadeFeature)).toBe(false);
  });

  it('without others do not change with what the others go through', () => {
    const events = randomEvents(4, NODES, 9);
    const alone = traceOf(
      events.filter(({ node }) => node === 0),
      places(NODES),
    );
    const { names } = new Sweep(alone, hourOfWeek);
    const together = traceOf(events, places(NODES));
    const [one, all] = [alone, together].map((trace) => rowsUntil(trace, together.startS, alone.endS));
    const own = [...names.keys()].filter((k) => /^(own|time)\./.test(names[k]));
    for (const [key, row] of one) expect(own.map((k) => row[k])).toEqual(own.map((k) => all.get(key)?.[k]));
  });

  it('count what a slow reading of the trace counts', () => {
    const trace = randomTrace(5);
    const sweep = new Sweep(trace, hourOfWeek);
    const at = (name: string) => sweep.names.indexOf(name);
    const row = new Float32Array(sweep.names.length);
    for (const { tS, nodes, labels, features } of sweep.ticks(trace.startS, trace.endS)) {
      for (const [i, node] of nodes.entries()) {
        features(node, row, 0);
        const { failedS } = trace.nodes[node];
        const lately = (of: Float64Array, seconds: number) => of.filter((t) => t <= tS && t > tS - seconds).length;
        expect(row[at('own.failures.1d')]).toBeCloseTo(Math.log2(1 + lately(failedS, 86_400)), 5);
        const site = trace.nodes.filter((_, other) => trace.siteOf[other] === trace.siteOf[node]);
        const known = site.filter(({ firstUpS }) => firstUpS <= tS);
        const failures = known.reduce((sum, other) => sum + lately(other.failedS, 3600), 0);
        expect(row[at('site.failures.1h')]).toBeCloseTo(Math.log2(1 + (100 / known.length) * failures), 4);
        const different = known.filter((other) => lately(other.failedS, 3600) > 0).length;
        expect(row[at('site.nodesFailed.1h')]).toBeCloseTo(Math.log2(1 + (100 / known.length) * different), 4);
        const down = known.filter((other) => other.failedS.some((t, f) => t <= tS && other.returnedS[f] > tS)).length;
        expect(row[at('site.downNow')]).toBeCloseTo(down / known.length, 5);
        expect(labels[i] === 1).toBe(failsInHorizon(trace.nodes[node], tS));
      }
    }
  });
});

describe('sequences to learn from', () => {
  it('hold each tick in service once where all are drawn, and weigh them by how few were', () => {
    const trace = randomTrace(6);
    const sweep = new Sweep(trace, hourOfWeek);
    const width = sweep.names.length;
    const all = new BlockCollector(width, { failing: 1, quiet: 1, seed: 1 });
    const some = new BlockCollector(width, { failing: 0.5, quiet: 0.25, seed: 1 });
    let cases = 0;
    let failing = 0;
    for (const tick of sweep.ticks(trace.startS, trace.endS)) {
      all.add(tick);
      some.add(tick);
      cases += tick.nodes.length;
      failing += tick.labels.reduce((sum, label) => sum + label, 0);
    }
    all.finish();
    some.finish();
    const steps = all.blocks.reduce((sum, { sequence }) => sum + sequence.steps, 0);
    const labels = all.blocks.reduce((sum, { sequence }) => sum + sequence.labels.reduce((a, b) => a + b, 0), 0);
    expect([steps, labels]).toEqual([cases, failing]);
    for (const { sequence } of some.blocks) {
      expect(sequence.steps).toBeLessThanOrEqual(BLOCK_TICKS);
      expect(new Set(sequence.weights)).toEqual(new Set([sequence.labels.includes(1) ? 2 : 4]));
      expect(Math.min(...sequence.elapsed)).toBeGreaterThanOrEqual(1);
    }
    expect(some.blocks.length).toBeLessThan(all.blocks.length);
  });
});
