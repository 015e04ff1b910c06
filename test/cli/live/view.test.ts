import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Scores, Snapshot } from '../../../schemas/records.ts';
import { Picture } from '../../../src/cli/live/picture.ts';
import { widthOf } from '../../../src/cli/live/text.ts';
import { renderView, type ViewFrame } from '../../../src/cli/live/view.ts';
import { styleOf } from '../../../src/cli/style.ts';
import { proposalOf, signedDecision } from '../signed-decision.ts';

const calm = { latency: 0, traffic: 0, errors: 0, saturation: 0 };
const cell = { tenant: 'demo', fleet: 'reference', cell: 0, windowStartMs: 1000, windowEndMs: 2000 };

function snapshotOf(agents: readonly string[], silentMs: (agent: string) => number = () => 100): Snapshot {
  return {
    ...cell,
    agents: agents.map((agent) => ({
      agent,
      status: 'UP',
      heartbeats: 1,
      silentMs: silentMs(agent),
      latencyMs: 80,
      trafficPerS: 10,
      errorRate: 0.004,
      saturation: 0.41,
      deviation: calm,
    })),
    edges: [],
    late: 0,
  };
}

function scoresOf(failures: Readonly<Record<string, number>>, cascade: number): Scores {
  return {
    ...cell,
    snapshotHash: Buffer.alloc(32),
    model: 'm',
    horizonMs: 10_000,
    cascade,
    agents: Object.entries(failures).map(([agent, failure]) => ({
      agent,
      failure,
      confidence: 1,
      silentMs: 1200,
      deviation: { ...calm, latency: 9.24, errors: 0.1 },
      signals: [
        { signal: 'latency', weight: 3 },
        { signal: 'errors', weight: 2 },
        { signal: 'silence', weight: 1 },
        { signal: 'topology', weight: -1 },
      ],
      neighbours: [{ agent: 'worker-01', weight: 0.4 }],
    })),
  };
}

function frameOf(picture: Picture, changes: Partial<ViewFrame> = {}): ViewFrame {
  return {
    picture,
    title: 'demo',
    subtitle: '6 agents',
    elapsedMs: 42_000,
    remainingMs: 18_000,
    heartbeatsPerS: 6,
    threshold: 0.5,
    validators: { size: 4, quorum: 3 },
    acting: true,
    faults: ['slow store-00'],
    knowsFaults: true,
    foot: ['history: psql "host=127.0.0.1"'],
    warning: '',
    ...changes,
  };
}

const agents = ['gateway-00', 'store-00', 'store-01', 'worker-00', 'worker-01', 'worker-02'];

function watched(): Picture {
  const picture = new Picture();
  picture.onSnapshot(snapshotOf(agents, (agent) => (agent === 'worker-02' ? 4000 : 100)));
  picture.onScores(scoresOf({ 'gateway-00': 0.01, 'store-00': 0.93, 'store-01': 0.3 }, 0.34));
  const value = Buffer.from('proposal');
  picture.onDecision(signedDecision(proposalOf(), value), Date.UTC(2026, 0, 1, 12), 4);
  picture.onDecision(
    { ...signedDecision(proposalOf(), value), proposalId: 'x', verdict: 'REJECTED', reason: 'BUDGET_SPENT' },
    Date.UTC(2026, 0, 1, 12),
    9,
  );
  picture.onAction({ ...cell, proposalId: '00ff', kind: 'APPLIED', actuator: 'a', timeMs: 0, detail: '' });
  return picture;
}

test('a fleet in trouble fits on 80 by 24, each thing in its place', () => {
  const lines = renderView(frameOf(watched()), { columns: 80, rows: 24 }, styleOf(false));
  const text = lines.map((line) => line.replaceAll(/\d\d:\d\d:\d\d/g, 'hh:mm:ss')).join('\n');
  expect(text).toMatchInlineSnapshot(`
    "AURA demo 6 agents                                            00:42 · 00:18 left
    ────────────────────────────────────────────────────────────────────────────────
    ● 5 well  ● 1 at risk  ● 1 silent    latency 80 ms  errors 0.4 %  full 41 %
    gateway ▁  store █▃  worker ··×
    cascade risk 0.34  ▃
    injected now slow store-00
    AGENTS AT RISK
    store-00       0.93 █████████▎  latency +9.2σ, errors, silent 1.2 s · via worke…
    store-01       0.30 ███         latency +9.2σ, errors, silent 1.2 s · via worke…


    DECISIONS  3 of 4 validators sign each
    hh:mm:ss THROTTLE store-00         ✗ budget spent      3/4   –
    hh:mm:ss THROTTLE store-00         ✓ approved          3/4   applied






    ────────────────────────────────────────────────────────────────────────────────
    heartbeats 0 (6/s)  interactions 0  snapshots 1  dead letters 0  scores 1
    decisions 1 ✓ 1 ✗  outcomes 0  decision latency p50 4 ms p99 9 ms  proposals 0
    history: psql "host=127.0.0.1""
  `);
});

test('what an intervention did takes the place of its action', () => {
  const picture = watched();
  const means = { latencyMs: null, trafficPerS: null, errorRate: null, saturation: null, silentMs: 0 };
  picture.onOutcome({
    ...cell,
    proposalId: '00ff',
    kind: 'THROTTLE',
    targets: [],
    appliedMs: 0,
    measuredMs: 0,
    windowsBefore: 5,
    windowsAfter: 5,
    before: means,
    after: means,
    effect: 0.62,
    verdict: 'IMPROVED',
  });
  const lines = renderView(frameOf(picture), { columns: 80, rows: 24 }, styleOf(false));
  expect(lines.find((line) => line.includes('✓ approved'))).toContain('improved +0.62');
});

test('whatever the picture and the size, no line is wider and there are no more of them than the terminal has', () => {
  const failures = fc.dictionary(
    fc.stringMatching(/^(gateway|worker|store)-\d{1,3}$/),
    fc.double({ min: 0, max: 1, noNaN: true }),
    { maxKeys: 120, size: 'max' },
  );
  fc.assert(
    fc.property(
      failures,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 5, max: 60 }),
      fc.string(),
      (scored, cascade, columns, rows, warning) => {
        const picture = new Picture();
        picture.onSnapshot(snapshotOf(Object.keys(scored)));
        picture.onScores(scoresOf(scored, cascade));
        const lines = renderView(frameOf(picture, { warning }), { columns, rows }, styleOf(true));
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      },
    ),
    { numRuns: 200 },
  );
});

test('before the first snapshot the view says so', () => {
  const lines = renderView(frameOf(new Picture()), { columns: 80, rows: 24 }, styleOf(false));
  expect(lines.join('\n')).toContain('waiting for the first snapshot');
});

test('what others wrote into names and reasons moves no cursor and adds no line', () => {
  const hostile = 'x\u001b[2J\u001b]0;all is well\u0007\r\n\n\u009b2J';
  const picture = new Picture();
  picture.onSnapshot(snapshotOf([hostile]));
  picture.onScores(scoresOf({ [hostile]: 0.9 }, 0.5));
  const frame = frameOf(picture, { warning: `decision on ${hostile} is not acted on` });
  const text = renderView(frame, { columns: 100, rows: 30 }, styleOf(false)).join('');
  expect(text).not.toMatch(/\p{Cc}/u);
  expect(text).toContain('is not acted on');
  const coloured = renderView(frame, { columns: 100, rows: 30 }, styleOf(true)).join('');
  expect(coloured).not.toContain('\u001b[2J');
  expect(coloured).toContain('\u001b[33m! decision on x');
});
