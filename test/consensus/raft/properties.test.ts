/**
 * The properties of the Raft paper's figure 3, over random walks (walk.ts) and over the simulator's runs, which have timers, a disk and a
 * network. Seeds are fresh each time: SIM_SEED=N repeats a failure, SIM_SCALE=N takes N times as many.
 */
import { describe, expect, test } from 'vitest';
import type { EntryId } from '../../../src/consensus/raft/ids.ts';
import type { Entry } from '../../../src/consensus/raft/log/entry.ts';
import type { Message } from '../../../src/consensus/raft/message.ts';
import { RaftProperties } from '../../../src/consensus/raft/properties.ts';
import type { Rules } from '../../../src/consensus/raft/rules.ts';
import { anyModel } from '../../../src/consensus/simulator/model.ts';
import { raft } from '../../../src/consensus/simulator/models/raft.ts';
import { simulate } from '../../../src/consensus/simulator/simulate.ts';
import { walk } from './walk.ts';

const model = anyModel(raft);
const firstSeed = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));
const scale = Number(process.env.SIM_SCALE ?? 1);

/** Walks that break nothing, and yet commit things in several terms. */
function walkAll(nodes: number, walks: number, changes = false): void {
  let committed = 0;
  let terms = 0;
  for (let seed = firstSeed; seed < firstSeed + walks * scale; seed++) {
    const walked = walk(seed, { nodes, steps: 200 * nodes, changes });
    expect(walked.violation, `SIM_SEED=${seed} repeats it`).toBeNull();
    committed += walked.committed;
    terms += walked.terms;
  }
  // Two to eight a walk on average, by the number of nodes.
  expect(committed).toBeGreaterThan(walks / 4);
  expect(terms).toBeGreaterThan(2 * walks);
}

/** The first violation in a walk with a rule broken. These seeds are fixed: a rare order of events should not fail the build at random. */
function firstViolation(nodes: number, steps: number, broken: Partial<Rules>, from = 1): string | null {
  for (let seed = from; seed < from + 400; seed++) {
    const { violation } = walk(seed, { nodes, steps, broken });
    if (violation !== null) return violation;
  }
  return null;
}

/** What the watch says of these messages, in this order. */
function watched(...messages: readonly Message[]): readonly string[] {
  const violations: string[] = [];
  const watch = new RaftProperties((violation) => violations.push(violation));
  for (const message of messages) watch.onSaid(message);
  return violations;
}

function entry(term: number, index: number, text = ''): Entry {
  return { term, index, type: 'normal', data: Buffer.from(text) };
}

function append(term: number, from: number, previous: EntryId, entries: readonly Entry[], commit = 0): Message {
  return { type: 'appendEntries', term, from, to: 9, previous, entries, commit };
}

const START: EntryId = { term: 0, index: 0 };

describe('Election Safety: at most one leader can be elected in a given term', () => {
  test('in every walk', () => walkAll(3, 100));

  test.each([
    ['a node votes for whoever asks', { mayVote: () => true }],
    ['a vote is not on disk when it is told', { mustSync: (_next, _previous, entryCount) => entryCount > 0 }],
    ['two of four are enough', { quorum: (n) => n >> 1 }],
    ['pre-votes count as votes', { preVotesElect: true }],
  ] satisfies [string, Partial<Rules>][])('does not hold where %s', (_, broken) => {
    expect(firstViolation(4, 600, broken)).toMatch(/^(?:Election Safety|Leader Completeness)/);
  });

  test('two leaders are noticed', () => {
    const heartbeat = (from: number): Message => ({ type: 'heartbeat', term: 4, from, to: 9, commit: 0 });
    expect(watched(heartbeat(1), heartbeat(1))).toEqual([]);
    expect(watched(heartbeat(1), heartbeat(2))).toEqual(['Election Safety: 1 and 2 both lead in term 4']);
  });
});

describe('Leader Append-Only: a leader never overwrites or deletes entries in its log', () => {
  test('in every walk', () => walkAll(2, 100));

  test('a leader that replaces an entry is noticed', () => {
    const violations = watched(
      append(2, 1, START, [entry(1, 1), entry(2, 2)]),
      append(2, 1, { term: 2, index: 1 }, []),
    );
    expect(violations).toEqual(['Leader Append-Only: the leader of term 2 replaced entry 1']);
  });
});

describe('Log Matching: logs that share an entry’s index and term are equal up to it', () => {
  test('in every walk', () => walkAll(4, 60));

  test('does not hold where entries are appended without the consistency check', () => {
    // Mostly a node finds out by itself.
    expect(firstViolation(3, 600, { mayAppendAfter: () => true })).toMatch(/INVARIANT_BROKEN|Log Matching/);
  });

  test('two entries with one index and term are noticed, and so are two pasts of one', () => {
    expect(watched(append(2, 1, START, [entry(2, 1, 'a')]), append(2, 1, START, [entry(2, 1, 'b')]))).toEqual([
      'Log Matching: there are two entries 1 of term 2',
    ]);
    expect(
      watched(append(3, 1, { term: 1, index: 1 }, [entry(3, 2)]), append(4, 2, { term: 2, index: 1 }, [entry(3, 2)])),
    ).toEqual(['Log Matching: there are two entries 2 of term 3']);
  });
});

describe('Leader Completeness: a committed entry is in the logs of the leaders of all later terms', () => {
  test('in every walk', () => walkAll(5, 50));

  test('does not hold where a candidate’s log is not compared', () => {
    expect(firstViolation(3, 600, { isUpToDate: () => true })).toMatch(/^Leader Completeness/);
  });

  test('does not hold where entries of older terms are committed by counting: figure 8', () => {
    expect(firstViolation(3, 600, { mayCommit: () => true }, 300)).toMatch(/^Leader Completeness/);
  });

  test('does not hold where a late message truncates what agrees with it', () => {
    expect(firstViolation(3, 600, { conflicts: () => true })).toMatch(/^Leader Completeness|INVARIANT_BROKEN/);
  });
});

describe('State Machine Safety: no two nodes apply different entries at one index', () => {
  test('in every walk', () => walkAll(3, 100));

  test('does not hold where heartbeats commit what a follower has not acknowledged', () => {
    expect(firstViolation(3, 600, { heartbeatCommit: (committed) => committed })).toMatch(
      /^State Machine Safety|INVARIANT_BROKEN/,
    );
  });
});

test('two may lead where a change of membership is applied before its commit index is on disk', () => {
  // Found by the walks: one node comes back with voters who are none any more, while the others have gone on without it.
  const violations = new Set<string>();
  for (let seed = 400; seed <= 1600 && violations.size === 0; seed++) {
    const { violation } = walk(seed, { nodes: 2, steps: 800, changes: true, forgetsChanges: true });
    if (violation !== null) violations.add(violation.split(':')[0]);
  }
  expect(violations.size).toBe(1);
});

test.each([3, 4, 5])('all of them while the membership of up to %i nodes changes', (nodes) => walkAll(nodes, 60, true));

describe('in the simulator', () => {
  test.each([1, 2, 3, 4, 5, 7])('%i replicas agree and go on under every fault', (replicas) => {
    let committed = 0;
    const runs = (replicas > 3 ? 10 : 30) * scale;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const { violations, stalled, ...result } = simulate(model, { seed, replicas });
      committed += result.committed;
      expect({ violations, stalled }, `SIM_SEED=${seed} repeats it`).toEqual({ violations: [], stalled: false });
    }
    expect(committed).toBeGreaterThan(0);
  });

  test.each(raft.bugs)('the checkers notice the planted bug %s', (bug) => {
    for (let seed = 1; seed <= 400; seed++) {
      const { violations, stalled } = simulate(model, { seed, replicas: 3, bug });
      if (violations.length > 0 || stalled) return;
    }
    expect.fail('no run noticed it');
  });
});
