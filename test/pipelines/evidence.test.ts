import { describe, expect, test } from 'vitest';
import { Evidence } from '../../pipelines/consensus/evidence.ts';
import { OpenProposals } from '../../pipelines/consensus/open-proposals.ts';
import type { AgentState, Snapshot, Status } from '../../schemas/records.ts';
import { proposalOf } from '../cli/signed-decision.ts';
import { agents, snapshotOf, windowMs } from '../interventions/world.ts';

const hash = new Uint8Array(32).fill(7);
let offset = 0;
const origin = (appendMs = 0) => ({ hash, offset: offset++, appendMs });

describe("the validators' own copy of the snapshots", () => {
  test('gives back to the bit what the check reads', () => {
    const evidence = new Evidence();
    const statuses: readonly Status[] = ['UP', 'DEGRADED', 'DOWN', 'UNKNOWN'];
    const plain = snapshotOf(3, agents());
    const snapshot: Snapshot = {
      ...plain,
      agents: plain.agents.map((agent, i) => ({
        ...agent,
        status: statuses[i % 4],
        silentMs: 100 * i,
        deviation: { latency: i / 3, traffic: -i / 7, errors: i === 0 ? -0 : Math.sqrt(i), saturation: -50 },
      })),
    };
    evidence.take('a/b/0', snapshot, origin());
    const { windowStartMs, windowEndMs } = snapshot;
    const seen = snapshot.agents.map(({ agent, status, silentMs, deviation }: AgentState) => ({
      agent,
      status,
      silentMs,
      deviation,
    }));
    expect(evidence.find('a/b/0', windowEndMs)).toEqual({ hash, record: { windowStartMs, windowEndMs, agents: seen } });
    expect(evidence.find('a/b/0', windowEndMs + 1)).toBeNull();
    expect(evidence.find('a/b/1', windowEndMs)).toBeNull();
  });

  test('is as large after a thousand windows as after thirty-two', () => {
    const evidence = new Evidence();
    const cells = ['a/b/0', 'a/b/1', 'a/c/0'];
    const full = { cells: 3, windows: 96, rows: 96 * 20 };
    for (let window = 0; window < 1_000; window++) {
      for (const key of cells) evidence.take(key, snapshotOf(window, agents()), origin(window * windowMs));
      if (window >= 31) expect(evidence.held).toEqual(full);
    }
    const newest = snapshotOf(999, agents()).windowEndMs;
    expect(evidence.reachedMs('a/b/0')).toBe(newest);
    expect(evidence.find('a/b/0', newest - 31 * windowMs)).not.toBeNull();
    expect(evidence.find('a/b/0', newest - 32 * windowMs)).toBeNull();
    expect(evidence.lowestOffset).toBe(offset - 96);
  });

  test('keeps the windows of all cells within a number of agents, the oldest of the longest unheard going first', () => {
    const evidence = new Evidence({ rows: 200 });
    for (let window = 0; window < 20; window++)
      for (const key of ['a/b/0', 'a/b/1']) evidence.take(key, snapshotOf(window, agents()), origin());
    expect(evidence.held).toEqual({ cells: 2, windows: 10, rows: 200 });
    evidence.take('a/b/0', snapshotOf(19, agents()), origin());
    expect(evidence.held.rows).toBe(200);
    // What alone is too much is still kept for as long as it is the newest.
    const small = new Evidence({ rows: 10 });
    small.take('a/b/0', snapshotOf(0, agents()), origin());
    small.take('a/b/1', snapshotOf(0, agents()), origin());
    expect(small.held).toEqual({ cells: 1, windows: 1, rows: 20 });
  });

  test('forgets cells that fell silent: after an hour, after four windows that are longer, or for 5,000 newer ones', () => {
    const hourMs = 3_600_000;
    const evidence = new Evidence();
    evidence.take('short/f/0', snapshotOf(0, agents()), origin(0));
    const long = { ...snapshotOf(0, agents()), windowEndMs: snapshotOf(0, agents()).windowStartMs + hourMs };
    evidence.take('long/f/0', long, origin(0));
    evidence.take('a/b/0', snapshotOf(1, agents()), origin(hourMs));
    expect(evidence.held.cells).toBe(3);
    evidence.take('a/b/0', snapshotOf(2, agents()), origin(hourMs + 1));
    expect(evidence.held.cells).toBe(2);
    evidence.take('a/b/0', snapshotOf(3, agents()), origin(4 * hourMs + 1));
    expect(evidence.held).toEqual({ cells: 1, windows: 3, rows: 60 });

    const few = agents().slice(0, 1);
    for (let i = 0; i < 20_000; i++) evidence.take(`t/f${i}/0`, snapshotOf(4, few), origin(4 * hourMs + 2));
    expect(evidence.held).toEqual({ cells: 5_000, windows: 5_000, rows: 5_000 });
  });
});

test('proposals that nobody will ask for again are dropped, those that somebody may are kept', () => {
  const open = new OpenProposals();
  for (let i = 0; i < 10_000; i++) {
    open.add({ offset: i, appendMs: 0, digest: hash, proposal: proposalOf(), problem: null });
    // Each tenth is never decided.
    open.prune(({ offset }) => offset % 10 !== 0 && offset <= i - 5);
    expect(open.size).toBeLessThanOrEqual(256 + 2 * (i / 10 + 6));
  }
  expect(open.get(10)).toBeDefined();
  expect(open.get(11)).toBeUndefined();
  for (let i = 10_000; i < 50_000; i++)
    open.add({ offset: i, appendMs: 0, digest: hash, proposal: proposalOf(), problem: null });
  expect(open.size).toBe(20_000);
});
