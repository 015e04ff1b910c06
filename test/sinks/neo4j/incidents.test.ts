import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Incident, nothing, vanish, watch } from '../../../src/sinks/neo4j/incidents.ts';

const MINUTE = 60_000;

/** The incidents of a series of scores, one a minute, as they stand at its end; null: the cell has no score of the agent. */
function follow(scores: readonly (number | null)[], threshold: number, windows: number): readonly Incident[] {
  const incidents = new Map<number, Incident>();
  let state = nothing;
  scores.forEach((failure, index) => {
    if (failure === null && state.goneMs !== null) return;
    const window = { windowStartMs: (index - 1) * MINUTE, windowEndMs: index * MINUTE };
    const next =
      failure === null ? vanish(state, window.windowEndMs) : watch(state, failure, window, { threshold, windows });
    state = next.watch;
    if (next.incident !== null) incidents.set(next.incident.sinceMs, next.incident);
  });
  return [...incidents.values()];
}

/** The same by looking at the whole series at once: cut where the agent is gone for longer than an incident needs to close. */
function reference(scores: readonly (number | null)[], threshold: number, windows: number): readonly Incident[] {
  const incidents: Incident[] = [];
  for (let from = 0; from < scores.length; ) {
    const lives: number[] = [];
    let gone = from;
    let until = from;
    for (; until < scores.length && (until === from || until - gone <= windows); until++) {
      if (scores[until] === null) continue;
      lives.push(until);
      gone = until + 1;
    }
    const own = referenceOfLife(
      lives.map((index) => ({ ms: index * MINUTE, score: scores[index] ?? 0 })),
      threshold,
      windows,
    );
    const missed = gone < scores.length ? gone * MINUTE : null;
    incidents.push(
      ...own.map(
        (incident): Incident =>
          incident.closedMs === null && missed !== null
            ? { ...incident, closedMs: missed, closedAs: 'GONE' }
            : incident,
      ),
    );
    from = Math.max(until, from + 1);
  }
  return incidents;
}

function referenceOfLife(
  life: readonly { ms: number; score: number }[],
  threshold: number,
  windows: number,
): readonly Incident[] {
  const scores = life.map(({ score }) => score);
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
      sinceMs: life[since]?.ms ?? -1,
      openedMs: life[opened]?.ms ?? -1,
      closedMs: closed === null ? null : (life[closed]?.ms ?? -1),
      closedAs: closed === null ? null : 'RECOVERED',
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
      { sinceMs: MINUTE, openedMs: 3 * MINUTE, closedMs: null, closedAs: null, peak: 0.9 },
    ]);
  });

  test('one closes after as many quiet windows, and a relapse before that is the same one', () => {
    expect(follow([0.6, 0.6, 0.6, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1, 0.1], 0.5, 3)).toEqual([
      { sinceMs: 0, openedMs: 2 * MINUTE, closedMs: 8 * MINUTE, closedAs: 'RECOVERED', peak: 0.7 },
    ]);
  });

  test('one of an agent that is gone closes with the first window without it', () => {
    const closed = { sinceMs: 0, openedMs: 2 * MINUTE, closedMs: 3 * MINUTE, closedAs: 'GONE', peak: 0.9 };
    expect(follow([0.9, 0.9, 0.9, null], 0.5, 3)).toEqual([closed]);
    expect(follow([0.9, 0.9, 0.9, null, null, null, null, 0.9, 0.9], 0.5, 3)).toEqual([closed]);
    expect(follow([0.9, 0.9, 0.9, null, null, null, null, 0.9, 0.9, 0.9], 0.5, 3)).toHaveLength(2);
  });

  test('who is back before an incident would have closed was never gone', () => {
    const open = { sinceMs: 0, openedMs: 2 * MINUTE, closedMs: null, closedAs: null, peak: 0.9 };
    expect(follow([0.9, 0.9, 0.9, null, null, null, 0.9], 0.5, 3)).toEqual([open]);
    expect(follow([0.9, 0.9, null, 0.9], 0.5, 3)).toEqual([{ ...open, openedMs: 3 * MINUTE }]);
  });

  test('window by window is the same as the whole series at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0.1, 0.4, 0.5, 0.9, 0.9, null), { maxLength: 60, size: 'max' }),
        fc.integer({ min: 1, max: 4 }),
        (scores, windows) => {
          expect(follow(scores, 0.5, windows)).toEqual(reference(scores, 0.5, windows));
        },
      ),
      { numRuns: 500 },
    );
  });
});
