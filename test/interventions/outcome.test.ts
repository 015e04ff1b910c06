import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Edge, Outcome, Snapshot } from '../../schemas/records.ts';
import type { Decided } from '../../src/interventions/decided.ts';
import { actionDelta, decisionDelta, OutcomeTracker, snapshotDelta } from '../../src/interventions/outcome.ts';
import { type AgentSpec, actionOn, agents, cell, snapshotOf, startMs, windowMs } from './world.ts';

type Event = { readonly decision: Decided } | { readonly action: Action } | { readonly snapshot: Snapshot };

/** End of a window. */
const endOf = (window: number): number => startMs + (window + 1) * windowMs;

function decisionAt(window: number, change: Partial<Decided> = {}): Decided {
  return {
    ...cell,
    proposalId: 'p',
    kind: 'THROTTLE',
    targets: ['a04'],
    verdict: 'APPROVED',
    dryRun: false,
    decidedMs: endOf(window),
    expiresMs: endOf(window) + 60_000,
    ...change,
  };
}

const sick: AgentSpec = { agent: 'a04', deviation: { saturation: 12, latency: 12, errors: 12 } };
const better: AgentSpec = { agent: 'a04', deviation: { saturation: 6, latency: 6, errors: 6, traffic: -20 } };
const edge = (caller: string, callee: string): Edge => ({
  caller,
  callee,
  count: 5,
  errors: 0,
  latencyMs: 3,
  boundary: false,
});

/** Snapshots in which a04 is sick up to window 9 and better from then on. */
const snapshots = Array.from({ length: 20 }, (_, window) => snapshotOf(window, agents(window < 10 ? sick : better)));

function feed(tracker: OutcomeTracker, events: readonly Event[]): readonly Outcome[] {
  return events.flatMap((event) => {
    if ('decision' in event) return tracker.onDecision(event.decision);
    return 'action' in event ? tracker.onAction(event.action) : tracker.onSnapshot(event.snapshot);
  });
}

const shots = (from: number, to: number): readonly Event[] =>
  snapshots.slice(from, to).map((snapshot) => ({ snapshot }));
const decided = decisionAt(9);
const applied = actionOn(decided, 'APPLIED', endOf(9) + 40);

describe('OutcomeTracker', () => {
  it('compares three windows up to the application with three after it settled', () => {
    const events = [...shots(0, 10), { decision: decided }, { action: applied }, ...shots(10, 20)];
    const [outcome, ...more] = feed(new OutcomeTracker(cell), events);
    expect(more).toEqual([]);
    expect(outcome).toEqual({
      ...cell,
      proposalId: 'p',
      kind: 'THROTTLE',
      targets: ['a04'],
      appliedMs: endOf(9) + 40,
      // Window 10 holds the application, window 11 begins before it settled: 12, 13 and 14 are measured.
      measuredMs: endOf(14),
      windowsBefore: 3,
      windowsAfter: 3,
      before: { latencyMs: 20, trafficPerS: 10, errorRate: 0, saturation: 0.3, silentMs: 100 },
      after: { latencyMs: 20, trafficPerS: 10, errorRate: 0, saturation: 0.3, silentMs: 100 },
      effect: 0.5,
      verdict: 'IMPROVED',
    });
  });

  it('measures no window from before the decision as one after it, though the clock of the actuator is behind', () => {
    const behind = actionOn(decided, 'APPLIED', endOf(9) - 6_000);
    const events = [...shots(0, 10), { decision: decided }, { action: behind }, ...shots(10, 20)];
    const [outcome, ...more] = feed(new OutcomeTracker(cell), events);
    expect(more).toEqual([]);
    // As if it had been applied when it was decided, as far as anybody can know.
    expect(outcome).toMatchObject({ appliedMs: endOf(9) - 6_000, windowsBefore: 3, windowsAfter: 3, effect: 0.5 });
    expect(outcome.measuredMs).toBe(endOf(13));
  });

  it('gives the same outcome when the decision comes after the action, and both after windows that follow', () => {
    const inOrder = feed(new OutcomeTracker(cell), [
      ...shots(0, 10),
      { decision: decided },
      { action: applied },
      ...shots(10, 20),
    ]);
    for (let late = 10; late <= 14; late++) {
      const [action, decision] = [{ action: applied }, { decision: decided }];
      expect(feed(new OutcomeTracker(cell), [...shots(0, late), action, decision, ...shots(late, 20)])).toEqual(
        inOrder,
      );
      expect(feed(new OutcomeTracker(cell), [...shots(0, late), decision, action, ...shots(late, 20)])).toEqual(
        inOrder,
      );
    }
    const early = [...shots(0, 8), { decision: decided }, { action: applied }, ...shots(8, 20)];
    expect(feed(new OutcomeTracker(cell), early)).toEqual(inOrder);
  });

  it('measures no window after an end that it knew of before the decision came', () => {
    const end = endOf(13);
    for (const kind of ['UNDONE', 'EXPIRED', 'FAILED'] as const) {
      const actions = [{ action: applied }, { action: actionOn(decided, kind, end) }];
      const inOrder = feed(new OutcomeTracker(cell), [
        ...shots(0, 10),
        { decision: decided },
        ...actions,
        ...shots(10, 20),
      ]);
      expect(inOrder).toMatchObject([{ windowsAfter: 2, measuredMs: end }]);
      const late = feed(new OutcomeTracker(cell), [
        ...shots(0, 15),
        ...actions,
        { decision: decided },
        ...shots(15, 20),
      ]);
      expect(late).toEqual(inOrder);
    }
  });

  it.each<[string, readonly Event[]]>([
    ['a dry run', [{ decision: { ...decided, dryRun: true } }, { action: applied }]],
    ['a rejection', [{ decision: { ...decided, verdict: 'REJECTED' } }, { action: applied }]],
    ['a decision that nobody applied', [{ decision: decided }]],
    [
      'a decision that could not be applied',
      [{ decision: decided }, { action: actionOn(decided, 'FAILED', endOf(9)) }],
    ],
    ['a decision that expired unapplied', [{ decision: decided }, { action: actionOn(decided, 'EXPIRED', endOf(9)) }]],
    ['an action on a decision that never comes', [{ action: applied }]],
    ['a word nobody knows', [{ decision: decided }, { action: actionOn(decided, 'UNKNOWN', endOf(9)) }]],
  ])('has no outcome for %s', (_what, events) => {
    expect(feed(new OutcomeTracker(cell), [...shots(0, 10), ...events, ...shots(10, 20)])).toEqual([]);
  });

  it('measures what there was when the intervention was undone early', () => {
    const undone = actionOn(decided, 'UNDONE', endOf(13));
    const events = [
      ...shots(0, 10),
      { decision: decided },
      { action: applied },
      ...shots(10, 12),
      { action: undone },
      ...shots(12, 20),
    ];
    const [outcome] = feed(new OutcomeTracker(cell), events);
    expect([outcome.windowsAfter, outcome.measuredMs, outcome.verdict]).toEqual([2, endOf(13), 'IMPROVED']);
  });

  it('does not know the effect of what was undone at once, or outlives no window', () => {
    const undone = actionOn(decided, 'UNDONE', endOf(9) + 50);
    const atOnce = feed(new OutcomeTracker(cell), [
      ...shots(0, 10),
      { decision: decided },
      { action: applied },
      { action: undone },
      ...shots(10, 20),
    ]);
    expect(atOnce.map((one) => [one.windowsAfter, one.effect, one.verdict])).toEqual([[0, 0, 'UNKNOWN']]);
    const short = { ...decided, expiresMs: endOf(10) };
    const brief = feed(new OutcomeTracker(cell), [
      ...shots(0, 10),
      { decision: short },
      { action: applied },
      ...shots(10, 20),
    ]);
    expect(brief.map((one) => [one.windowsAfter, one.verdict])).toEqual([[0, 'UNKNOWN']]);
  });

  it('has measured up to the application where it knows no window before it', () => {
    const undone = actionOn(decided, 'UNDONE', endOf(9) + 50);
    const events = [{ decision: decided }, { action: applied }, { action: undone }, ...shots(10, 12)];
    expect(feed(new OutcomeTracker(cell), events)).toMatchObject([
      { measuredMs: endOf(9) + 40, windowsBefore: 0, windowsAfter: 0, verdict: 'UNKNOWN' },
    ]);
  });

  it('measures a target for as long as it is there', () => {
    const gone = snapshots.map((snapshot, window) =>
      window < 13 ? snapshot : { ...snapshot, agents: snapshot.agents.filter((one) => one.agent !== 'a04') },
    );
    const [outcome] = feed(new OutcomeTracker(cell), [
      ...shots(0, 10),
      { decision: decided },
      { action: applied },
      ...gone.slice(10).map((snapshot) => ({ snapshot })),
    ]);
    expect([outcome.windowsAfter, outcome.effect, outcome.verdict]).toEqual([3, 0.5, 'IMPROVED']);
  });

  it('gives up an application in the far future once the decision is long over', () => {
    const never = actionOn(decided, 'APPLIED', endOf(9) + 1e9);
    const later = Array.from({ length: 200 }, (_, i) => ({ snapshot: snapshotOf(10 + i, agents(sick)) }));
    const outcomes = feed(new OutcomeTracker(cell), [
      ...shots(0, 10),
      { decision: decided },
      { action: never },
      ...later,
    ]);
    expect(outcomes.map((one) => one.verdict)).toEqual(['UNKNOWN']);
  });

  it('looks at the callers of an isolated agent, as they called it before', () => {
    const calls = [edge('a01', 'a04'), edge('a02', 'a03')];
    const worlds = Array.from({ length: 20 }, (_, window) => {
      const caller = { agent: 'a01', deviation: { errors: window < 10 ? 12 : 0 } };
      const bystander = { agent: 'a02', deviation: { errors: 30 } };
      return { snapshot: snapshotOf(window, agents(sick, caller, bystander), window < 10 ? calls : []) };
    });
    const isolate = { ...decided, kind: 'ISOLATE' };
    const [outcome] = feed(new OutcomeTracker(cell), [
      ...worlds.slice(0, 10),
      { decision: isolate },
      { action: applied },
      ...worlds.slice(10),
    ]);
    expect([outcome.effect, outcome.verdict]).toEqual([1, 'IMPROVED']);
  });

  it('keeps a bounded number of decisions under watch', () => {
    const tracker = new OutcomeTracker(cell);
    for (let i = 0; i < 2000; i++) tracker.onDecision({ ...decided, proposalId: `p${i}` });
    for (let i = 0; i < 2000; i++) tracker.onAction({ ...applied, proposalId: `q${i}` });
    expect(tracker.encode().length).toBeLessThan(200_000);
  });

  it('goes on after decode, and from its deltas, exactly as the original', () => {
    const spec: fc.Arbitrary<AgentSpec> = fc.record({
      agent: fc.constantFrom('a01', 'a02', 'a03'),
      silentMs: fc.constantFrom(0, 3000),
      deviation: fc.record({ latency: fc.double({ min: -50, max: 50, noNaN: true }), errors: fc.constantFrom(0, 7) }),
    });
    const world = fc.record({
      specs: fc.uniqueArray(spec, { selector: (one) => one.agent }),
      edges: fc.subarray([edge('a01', 'a02'), edge('a02', 'a03'), edge('a03', 'elsewhere')]),
    });
    const decision = fc.record({
      proposalId: fc.constantFrom('p', 'q', 'r'),
      kind: fc.constantFrom('THROTTLE', 'ISOLATE', 'SOMETHING_NEW'),
      targets: fc.subarray(['a01', 'a02', 'gone'], { minLength: 1 }),
      lifeMs: fc.constantFrom(1000, 8000),
    });
    const action = fc.record({
      proposalId: fc.constantFrom('p', 'q', 'r', 's'),
      kind: fc.constantFrom<Action['kind']>('APPLIED', 'APPLIED', 'FAILED', 'UNDONE', 'EXPIRED'),
      afterMs: fc.integer({ min: -2500, max: 2500 }),
    });
    const event = fc.oneof(
      { weight: 4, arbitrary: world.map((value) => ({ world: value })) },
      { weight: 1, arbitrary: decision.map((value) => ({ decision: value })) },
      { weight: 2, arbitrary: action.map((value) => ({ action: value })) },
    );
    let measured = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 10, maxLength: 60, size: 'max' }), (events) => {
        let window = 0;
        const deltas = events.map((one): Uint8Array => {
          if ('world' in one) return snapshotDelta(snapshotOf(window++, agents(...one.world.specs), one.world.edges));
          if ('action' in one) {
            const { proposalId, kind, afterMs } = one.action;
            return actionDelta({
              ...cell,
              proposalId,
              kind,
              actuator: 'test',
              timeMs: endOf(window) + afterMs,
              detail: '',
            });
          }
          const { lifeMs, ...change } = one.decision;
          return decisionDelta(decisionAt(window, { ...change, expiresMs: endOf(window) + lifeMs }));
        });
        const straight = new OutcomeTracker(cell);
        let restored = new OutcomeTracker(cell);
        for (const delta of deltas) {
          const outcomes = straight.apply(delta);
          measured += outcomes.length;
          expect(restored.apply(delta)).toEqual(outcomes);
          restored = OutcomeTracker.decode(cell, restored.encode());
        }
        expect(restored.encode()).toEqual(straight.encode());
      }),
      { numRuns: 150 },
    );
    // Some 70 on average, give or take 7.
    expect(measured).toBeGreaterThan(20);
  });

  it('refuses records of another cell and bad options', () => {
    const tracker = new OutcomeTracker(cell);
    expect(() => tracker.onDecision({ ...decided, fleet: 'other' })).toThrow(/WRONG_CELL/);
    expect(() => tracker.onAction({ ...applied, cell: 3 })).toThrow(/WRONG_CELL/);
    expect(() => tracker.onSnapshot({ ...snapshots[0], tenant: 'other' })).toThrow(/WRONG_CELL/);
    expect(() => new OutcomeTracker(cell, { after: 0 })).toThrow(/BAD_OPTION.*outcome option after.*1 to 64/);
  });

  it('is as large after a thousand windows as after ten', () => {
    const tracker = new OutcomeTracker(cell);
    const sizes: number[] = [];
    for (let window = 0; window < 1_000; window++) {
      const decision = decisionAt(window, { proposalId: `p${String(window).padStart(4, '0')}` });
      tracker.onDecision(decision);
      // Each second one is applied, each third that was not failed.
      if (window % 2 === 0) tracker.onAction(actionOn(decision, 'APPLIED', endOf(window) + 40));
      else if (window % 3 === 0) tracker.onAction(actionOn(decision, 'FAILED', endOf(window) + 40));
      tracker.onSnapshot(snapshotOf(window + 1, agents(sick)));
      sizes.push(tracker.encode().length);
    }
    // An approval that nobody applies is watched until a minute after it expired: 120 windows here.
    expect(Math.max(...sizes.slice(130)) / sizes[130]).toBeLessThan(1.1);
  });

  it('forgets everything with a window without agents, and tells what it had measured', () => {
    const tracker = new OutcomeTracker(cell);
    feed(tracker, [...shots(0, 10), { decision: decided }, { action: applied }, ...shots(10, 14)]);
    expect(tracker.isEmpty).toBe(false);
    expect(feed(tracker, [{ snapshot: snapshotOf(14, []) }])).toMatchObject([{ windowsAfter: 2, verdict: 'IMPROVED' }]);
    expect(tracker.isEmpty).toBe(true);
    expect(tracker.encode()).toEqual(new OutcomeTracker(cell).encode());
  });
});
