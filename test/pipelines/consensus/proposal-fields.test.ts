/** Every field of a proposal: which are bound by what validators check, and which are the proposer's own word. All are bound by the certificate. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTopics } from '../../../pipelines/topics.ts';
import type { Proposal } from '../../../schemas/records.ts';
import { verifyDecision } from '../../../src/consensus/verify.ts';
import { DecisionLedger } from '../../../src/interventions/ledger.ts';
import { Planner } from '../../../src/interventions/planner.ts';
import { validateProposal } from '../../../src/interventions/validation.ts';
import { MemoryRegistry } from '../../../src/streams/schema/memory-registry.ts';
import { signedDecision, validators } from '../../cli/signed-decision.ts';
import { agents, cell, hashOf, policyWith, scoresOf, snapshotOf } from '../../interventions/world.ts';

const specs = agents({ agent: 'a04', failure: 0.85, deviation: { saturation: 12, latency: 9, traffic: 5 } });
const planner = new Planner(cell);
const snapshots = [0, 1].map((window) => snapshotOf(window, specs));
const [, snapshot] = snapshots;
const [, { proposals }] = snapshots.map((one) => planner.plan(scoresOf(one, specs), null, policyWith()));
const good = proposals.find(({ kind }) => kind === 'THROTTLE') as Proposal;

/** What nothing at the validators contradicts, within the bounds of policy and catalogue: PROTECTION.md says so of the scorer. */
const ownWord = new Set([
  'parameters.0.value',
  'expiresMs',
  'undo',
  'expectedBenefit',
  'cost',
  'reason',
  'evidence.model',
  'evidence.horizonMs',
  'evidence.cascade',
  'evidence.agents.0.failure',
]);

type Leaf = string | number | Uint8Array;

function leavesOf(value: unknown, path: readonly string[] = []): (readonly [string, Leaf])[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
    return [[path.join('.'), value as Leaf]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

function withLeaf(value: unknown, [name, ...rest]: readonly string[], leaf: Leaf): unknown {
  if (name === undefined) return leaf;
  if (Array.isArray(value)) return value.map((inner, i) => (i === Number(name) ? withLeaf(inner, rest, leaf) : inner));
  const record = value as Readonly<Record<string, unknown>>;
  return { ...record, [name]: withLeaf(record[name], rest, leaf) };
}

function another(leaf: Leaf): fc.Arbitrary<Leaf> {
  if (typeof leaf === 'string')
    return fc.oneof(fc.string(), fc.constantFrom('a01', 'ISOLATE', 'RESTART', 'other')).filter((text) => text !== leaf);
  if (typeof leaf === 'number')
    return fc
      .oneof(fc.integer(), fc.double(), fc.constantFrom(leaf + 1, leaf - 1, leaf * 2, -leaf, 0, 0.5))
      .filter((number) => number !== leaf);
  return fc
    .uint8Array({ maxLength: 64, size: 'max' })
    .map((bytes) => Buffer.from(bytes))
    .filter((bytes) => !bytes.equals(leaf));
}

const view = {
  policy: policyWith(),
  ledger: new DecisionLedger(),
  snapshot: { record: snapshot, hash: hashOf(snapshot) },
  cellReachedMs: snapshot.windowEndMs,
  snapshotOverdue: false,
};
const leaves = leavesOf(good);

test('the proposal itself is approved, and has the fields that this file knows of', () => {
  expect(validateProposal(good, view).verdict).toBe('approve');
  const names = leaves.map(([name]) => name);
  for (const name of ownWord) expect(names).toContain(name);
  expect(names).toHaveLength(27);
});

test.each(leaves)('%s', async (name, leaf) => {
  const topics = await openTopics(new MemoryRegistry());
  const { codec } = topics.proposals;
  const certified = signedDecision(good, codec.encode(good));
  expect(verifyDecision(certified, validators)).toMatchObject({ ok: true });
  fc.assert(
    fc.property(another(leaf), (value) => {
      const changed = withLeaf(good, name.split('.'), value) as Proposal;
      if (!ownWord.has(name)) expect(validateProposal(changed, view).verdict).toBe('reject');
      let bytes: Uint8Array;
      try {
        bytes = codec.encode(changed);
      } catch {
        return; // not even a record
      }
      // Other numbers may have the same bytes: there is one zero too many, and a long holds whole ones.
      if (Buffer.compare(bytes, certified.proposal) === 0) return;
      const forged = { ...certified, proposal: Buffer.from(bytes) };
      expect(verifyDecision(forged, validators)).toEqual({ ok: false, reason: 'NOT_IN_BLOCK' });
    }),
  );
});
