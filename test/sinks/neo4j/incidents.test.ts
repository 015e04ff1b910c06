import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Incident, nothing, watch } from '../../../src/sinks/neo4j/incidents.ts';

const MINUTE = 60_000;

/** The incidents of a series of scores, one a minute, as they stand at its end. */
function follow(scores: readonly number[], threshold: number, windows: number): readonly Incident[] {
  const incidents = new Map<number, Incident>();
  let state = nothing;
  scores.forEach((failure, index) => {
    const next = watch(state, failure, index * MINUTE, { threshold, windows });
    state = next.watch;
    if (next.incident !== null) incidents.set(next.incident.sinceMs, next.incident);
  });
  return [...incidents.values()];
}

/** The same by looking at the whole series at once. */
function reference(scores: readonly number[], threshold: number, windows: number): readonly Incident[] {
  const run = (from: number, high: boolean) =>
    scores.length - from >= windows && scores.slice(from, from + windows).every((score) => score >= threshold === high);
  const incidents: Incident[] = [];
  for (let since = 0; since < scores.length; since++) {
    if (!run(since, true)) continue;
    const opened = since + windows - 1;
    let quiet = opened + 1;
    while (quiet < scores.length && !run(quiet, false)) quiet += 1;
    const closed = quiet < scores.length ? quiet + windows - 1 : null;
    incidents.push({
      sinceMs: since * MINUTE,
      openedMs: opened * MINUTE,
      closedMs: closed === null ? null : closed * MINUTE,
      peak: Math.max(...scores.slice(since, closed === null ? undefined : closed + 1)),
    });
    since = closed ?? scores.length;
  }
  return incidents;
}

describe('incidents', () => {
  test('two high windows are not one; three are, from the first on', () => {
    expect(follow([0.1, 0.9, 0.6, 0.1], 0.5, 3)).toEqual([]);
    expect(follow([0.1, 0.6, 0.9, 0.5], 0.5, 3)).toEqual([
      { sinceMs: MINUTE, openedMs: 3 * MINUTE, closedMs: null, peak: 0.9 },
    ]);
  });

  test('one closes after as many quiet windows, and a relapse before that is the same one', () => {
    expect(follow([0.6, 0.6, 0.6, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1, 0.1], 0.5, 3)).toEqual([
      { sinceMs: 0, openedMs: 2 * MINUTE, closedMs: 8 * MINUTE, peak: 0.7 },
    ]);
  });

  test('window by window is the same as the whole series at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0.1, 0.4, 0.5, 0.9), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (scores, windows) => {
          expect(follow(scores, 0.5, windows)).toEqual(reference(scores, 0.5, windows));
        },
      ),
      { numRuns: 500 },
    );
  });
});
