import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../schemas/records.ts';
import { heldLimits, Learner } from '../../src/consensus/learner.ts';
import type { Check } from '../../src/consensus/protocol.ts';
import { verifyDecision } from '../../src/consensus/verify.ts';
import { Cluster, proposalValue, summarize } from './cluster.ts';

const cluster = new Cluster(4, { decidedKept: 4, blockItemsMax: 3 });
for (let i = 0; i < 14; i++) {
  cluster.append(proposalValue(`p${i}`));
  if (i % 3 === 0) cluster.settle();
}
cluster.settle();
const { log, proposals, instance, parameters } = cluster;
const config = { instance, parameters, scheme: cluster.schemes[0], summarize };

type Read = { readonly message: number } | { readonly proposal: number };
/** With what was passed over read again, as the pipeline does. */
const feed = (learner: Learner, read: Read): readonly Decision[] => {
  const decisions =
    'message' in read
      ? learner.onMessage(read.message, log[read.message])
      : learner.onProposal(read.proposal, proposals[read.proposal]);
  const again = learner.missing.flatMap((offset) => learner.onProposal(offset, proposals[offset]));
  expect(learner.missing).toEqual([]);
  return [...decisions, ...again];
};
const proposalBytes = Math.max(...proposals.map(({ length }) => length));
const limits = [
  heldLimits,
  { ...heldLimits, proposals: 2 },
  { ...heldLimits, bytes: 2 * proposalBytes },
  { ...heldLimits, verdicts: 2 },
  { proposals: 2, bytes: 1e6, verdicts: 0 },
];
const ids = (decisions: readonly Decision[]) => decisions.map(({ proposalId }) => proposalId).sort();

/** The two topics in their own orders, mixed as `turns` say. */
function mix(turns: readonly boolean[]): Read[] {
  const reads: Read[] = [];
  let message = 0;
  let proposal = 0;
  for (let i = 0; message < log.length || proposal < proposals.length; i++) {
    const takesProposal = proposal < proposals.length && (message === log.length || turns[i % turns.length]);
    reads.push(takesProposal ? { proposal: proposal++ } : { message: message++ });
  }
  return reads;
}

test('each proposal is decided once, whichever topic is read first and wherever the task is moved and repeats records', () => {
  const turns = fc.array(fc.boolean(), { minLength: 1, maxLength: 20, size: 'max' });
  fc.assert(
    fc.property(turns, fc.array(fc.nat(300), { maxLength: 8 }), fc.constantFrom(...limits), (order, moves, most) => {
      const reads = mix(order);
      const limited = { ...config, limits: most };
      const state = new Map<string, Uint8Array>();
      let learner = new Learner(limited);
      const decisions: Decision[] = [];
      for (const [i, read] of reads.entries()) {
        decisions.push(...feed(learner, read));
        for (const { key, value } of learner.drainChanges()) {
          if (value === null) state.delete(key);
          else state.set(key, value);
        }
        const held = [...state].filter(([key]) => key.startsWith('proposal/'));
        expect(held.length).toBeLessThanOrEqual(most.proposals);
        expect(held.reduce((sum, [, { length }]) => sum + length, 0)).toBeLessThanOrEqual(most.bytes);
        const verdicts = [...state.keys()].filter((key) => key.startsWith('verdict/'));
        expect(verdicts.length).toBeLessThanOrEqual(most.verdicts);
        if (moves.includes(i)) learner = Learner.restore(limited, [...state].reverse());
        if (moves.includes(i + 1)) decisions.push(...feed(learner, read));
      }
      expect(ids(decisions)).toEqual(ids(cluster.decisions));
      expect(decisions).toHaveLength(14);
      expect(learner.held).toBe(0);
      const decided = [...state.keys()].filter((key) => key.startsWith('decided/'));
      expect(decided).toHaveLength(4);
    }),
    { numRuns: 30 },
  );
});

test('whoever takes over goes on alike in whatever order the state is handed over', () => {
  const learner = new Learner(config);
  const state = new Map<string, Uint8Array>();
  const goOn = (entries: readonly (readonly [string, Uint8Array])[], from: number) => {
    const next = Learner.restore(config, entries);
    const decisions = log.slice(from).flatMap((message, i) => next.onMessage(from + i, message));
    return { decisions, changes: next.drainChanges() };
  };
  let moves = 0;
  for (const [position, message] of log.entries()) {
    learner.onMessage(position, message);
    const changes = learner.drainChanges();
    for (const { key, value } of changes) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
    if (!changes.some(({ key }) => key.startsWith('decided/'))) continue;
    moves++;
    const inOrder = [...state].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(goOn(inOrder.toReversed(), position + 1)).toEqual(goOn(inOrder, position + 1));
  }
  expect(moves).toBeGreaterThan(4);
});

test('a verdict that was kept gives the very decision that it would have given at once', () => {
  const mixed = new Cluster(4, { blockItemsMax: 3 });
  const checks: readonly Check[] = [
    { verdict: 'approve', dryRun: false },
    { verdict: 'reject', dryRun: false, reason: 'COOLDOWN' },
    { verdict: 'approve', dryRun: true },
    { verdict: 'reject', dryRun: true, reason: 'STALE' },
  ];
  for (let i = 0; i < 12; i++) {
    const check = checks[i % checks.length];
    mixed.append(proposalValue(`p${i}`), [check, check, check, check]);
  }
  mixed.settle();
  expect(mixed.decisions).toHaveLength(12);
  const setup = { instance: mixed.instance, parameters: mixed.parameters, scheme: mixed.schemes[0], summarize };
  const learner = new Learner(setup);
  for (const [position, message] of mixed.log.entries()) expect(learner.onMessage(position, message)).toEqual([]);
  const state = learner.drainChanges().flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]));
  const restored = Learner.restore(setup, state);
  for (const [offset, value] of mixed.proposals.entries()) {
    const [decision] = restored.onProposal(offset, value);
    expect(decision).toEqual(mixed.decisions.find(({ proposalId }) => proposalId === `p${offset}`));
    expect(verifyDecision(decision, mixed.keys.validators)).toMatchObject({ ok: true });
  }
});

test('a copy of a decided proposal, at another offset, is not decided again', () => {
  const copies = new Cluster(4);
  copies.append(proposalValue('same'));
  copies.append(proposalValue('same'));
  copies.settle();
  copies.append(proposalValue('same'));
  copies.append(proposalValue('other'));
  copies.settle();
  expect(ids(copies.decisions)).toEqual(['other', 'same']);
  expect(copies.replicas.map(({ openProposals }) => openProposals)).toEqual([0, 0, 0, 0]);
});

test('a proposal that was passed over and is gone from the log is given up, and those after it are decided', () => {
  const learner = new Learner({ ...config, limits: { ...heldLimits, proposals: 0 } });
  for (const [offset, value] of proposals.entries()) learner.onProposal(offset, value);
  expect(learner.held).toBe(0);
  for (const [position, message] of log.entries()) learner.onMessage(position, message);
  expect(learner.missing).toEqual(proposals.map((_, offset) => offset));
  learner.giveUp(3);
  expect(learner.missing).not.toContain(3);
  expect(learner.onProposal(3, proposals[3])).toEqual([]);
  const restored = Learner.restore(
    config,
    learner.drainChanges().flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const])),
  );
  expect(restored.missing).toEqual(learner.missing);
  const decisions = restored.missing.flatMap((offset) => restored.onProposal(offset, proposals[offset]));
  expect(ids(decisions)).toEqual(ids(cluster.decisions).filter((id) => id !== 'p3'));
  expect(restored.held).toBe(0);
});

test('verdicts wait for their proposals up to a limit; beyond it all of those are to be read out of turn, by whoever takes over too', () => {
  const limited = { ...config, limits: { ...heldLimits, verdicts: 4 } };
  const learner = new Learner(limited);
  let waiting = 0;
  for (const [position, message] of log.entries()) {
    learner.onMessage(position, message);
    waiting = learner.held;
    expect(learner.isCrowded).toBe(waiting > 4);
    expect(learner.missing).toHaveLength(waiting > 4 ? waiting : 0);
    if (learner.isCrowded) break;
  }
  expect(waiting).toBeLessThanOrEqual(4 + parameters.blockItemsMax);
  const state = learner.drainChanges().flatMap(({ key, value }) => (value === null ? [] : [[key, value] as const]));
  const restored = Learner.restore(limited, state);
  expect(restored.missing).toEqual(learner.missing);
  const decided = restored.missing.flatMap((offset) => restored.onProposal(offset, proposals[offset]));
  expect(decided).toHaveLength(waiting);
  expect([restored.held, restored.isCrowded]).toEqual([0, false]);
  // When it is their turn they are decided already.
  for (const offset of learner.missing) expect(restored.onProposal(offset, proposals[offset])).toEqual([]);
  expect(restored.held).toBe(0);
});
