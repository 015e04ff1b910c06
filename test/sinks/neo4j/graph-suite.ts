/** What the graph holds and how it is read. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scores, Snapshot } from '../../../schemas/records.ts';
import type { Rejection, Sink, SinkBatch } from '../../../src/sinks/sink.ts';
import { honest, runOf } from '../records.ts';
import type { Neo4jHarness } from './harness.ts';

const CELL = { tenant: 'acme', fleet: 'shop', cell: 0 };
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 21);
const window = (index: number) => ({
  windowStartMs: START + (index - 1) * MINUTE,
  windowEndMs: START + index * MINUTE,
});
const deviation = { latency: 0, traffic: 0, errors: 0, saturation: 0 };

const scoresOf = (index: number, failures: Readonly<Record<string, number>>): Scores => ({
  ...CELL,
  ...window(index),
  snapshotHash: Uint8Array.of(1),
  model: 'test',
  horizonMs: MINUTE,
  cascade: 0.25,
  agents: Object.entries(failures).map(([agent, failure]) => ({
    agent,
    failure,
    confidence: 1,
    silentMs: 0,
    deviation,
    signals: [
      { signal: 'latency', weight: 0.5 },
      { signal: 'errors', weight: 2 },
    ],
    neighbours: [],
  })),
});

const snapshotOf = (
  index: number,
  agents: readonly string[],
  counts: readonly (readonly [string, string, number])[],
): Snapshot => ({
  ...CELL,
  ...window(index),
  agents: agents.map((agent) => ({
    agent,
    status: 'UP',
    heartbeats: 1,
    silentMs: index,
    latencyMs: 5,
    trafficPerS: null,
    errorRate: 0,
    saturation: 0.5,
    deviation,
  })),
  edges: counts.map(([caller, callee, count]) => ({ caller, callee, count, errors: 1, latencyMs: 3, boundary: false })),
  late: 0,
});

export function describeGraph(name: string, start: () => Promise<Neo4jHarness>): void {
  describe(name, () => {
    let harness: Neo4jHarness;
    let sink: Sink;
    beforeAll(async () => {
      harness = await start();
      sink = await harness.open();
    }, 120_000);
    afterAll(async () => {
      await sink?.close();
      await harness?.close();
    });
    beforeEach(() => harness.clear());

    test('a snapshot draws its tenant, fleet, cell, agents and who asks whom', async () => {
      await sink.write([
        runOf('aura.snapshots', 0, [
          snapshotOf(
            1,
            ['a', 'b'],
            [
              ['a', 'b', 8],
              ['b', 'outside', 2],
            ],
          ),
        ]),
      ]);
      expect(
        await harness.read(`MATCH (t:Tenant)-[:HAS_FLEET]->(f:Fleet)-[:HAS_CELL]->(c:Cell)-[:HAS_AGENT]->(a:Agent)
          RETURN t.id AS tenant, f.id AS fleet, c.id AS cell, a.id AS agent, a.status AS status, a.trafficPerS AS traffic ORDER BY agent`),
      ).toEqual([
        {
          tenant: 'acme',
          fleet: 'acme/shop',
          cell: 'acme/shop/cell:0',
          agent: 'acme/shop/a',
          status: 'UP',
          traffic: null,
        },
        {
          tenant: 'acme',
          fleet: 'acme/shop',
          cell: 'acme/shop/cell:0',
          agent: 'acme/shop/b',
          status: 'UP',
          traffic: null,
        },
      ]);
      expect(
        await harness.read(
          'MATCH (a:Agent)-[r:INTERACTS]->(b:Agent) RETURN a.agent AS caller, b.agent AS callee, r.requests AS requests ORDER BY caller',
        ),
      ).toEqual([
        { caller: 'a', callee: 'b', requests: 8 },
        { caller: 'b', callee: 'outside', requests: 2 },
      ]);
    });

    test('requests count half after each half-life, a window counts once, and an agent shows its newest', async () => {
      const tenMinutes = 10;
      await sink.write([
        runOf('aura.snapshots', 0, [
          snapshotOf(1, ['a', 'b'], [['a', 'b', 8]]),
          snapshotOf(1 + tenMinutes, ['a', 'b'], [['a', 'b', 1]]),
          snapshotOf(1 + 3 * tenMinutes, ['a', 'b'], [['a', 'b', 16]]),
          snapshotOf(1 + tenMinutes, ['a', 'b'], [['a', 'b', 1_000]]),
        ]),
      ]);
      expect(
        await harness.read('MATCH ()-[r:INTERACTS]->() RETURN r.requests AS requests, r.errors AS errors'),
      ).toEqual([{ requests: 8 / 8 + 1 / 4 + 16, errors: 1 / 8 + 1 / 4 + 1 }]);
      expect(await harness.read(`MATCH (a:Agent {agent: 'a'}) RETURN a.silentMs AS silentMs`)).toEqual([
        { silentMs: 1 + 3 * tenMinutes },
      ]);
    });

    test('an agent whose fleet was cut anew moves to its new cell', async () => {
      const moved = { ...snapshotOf(2, ['a'], []), cell: 1 };
      await sink.write([runOf('aura.snapshots', 0, [snapshotOf(1, ['a', 'b'], [])])]);
      await sink.write([runOf('aura.snapshots', 1, [moved])]);
      expect(
        await harness.read(
          'MATCH (c:Cell)-[:HAS_AGENT]->(a:Agent) RETURN c.cell AS cell, a.agent AS agent ORDER BY agent',
        ),
      ).toEqual([
        { cell: 1, agent: 'a' },
        { cell: 0, agent: 'b' },
      ]);
    });

    const agents = () =>
      harness.read(`MATCH (a:Agent) OPTIONAL MATCH (c:Cell)-[:HAS_AGENT]->(a)
        RETURN a.agent AS agent, c.cell AS cell, a.failure AS failure, a.mainInput AS main, a.goneAt.epochMillis AS gone, a.silentMs AS silentMs
        ORDER BY agent`);
    const b = { agent: 'b', cell: 0, failure: 0.1, main: 'errors', gone: null };

    test('an agent that is gone leaves its cell and foresees nothing, keeps its past, and has all back when it returns', async () => {
      const first = snapshotOf(1, ['a', 'b'], [['a', 'b', 8]]);
      await sink.write([
        runOf('aura.snapshots', 0, [first]),
        runOf('aura.scores', 0, [scoresOf(1, { a: 0.9, b: 0.1 })]),
      ]);
      const without = [2, 3].map((index) => snapshotOf(index, ['b'], []));
      await sink.write([runOf('aura.snapshots', 0, without, 1)]);
      const gone = { agent: 'a', cell: null, failure: null, main: null, gone: window(2).windowEndMs, silentMs: 1 };
      expect(await agents()).toEqual([gone, { ...b, silentMs: 3 }]);
      expect(await harness.read('MATCH (:Agent)-[r:INTERACTS]->(:Agent) RETURN r.requests AS requests')).toEqual([
        { requests: 8 },
      ]);
      await sink.write([
        runOf('aura.snapshots', 0, [snapshotOf(4, ['a', 'b'], [])], 3),
        runOf('aura.scores', 0, [scoresOf(4, { a: 0.3, b: 0.1 })], 1),
      ]);
      expect(await agents()).toEqual([
        { agent: 'a', cell: 0, failure: 0.3, main: 'errors', gone: null, silentMs: 4 },
        { ...b, silentMs: 4 },
      ]);
    });

    test('scores that come behind the snapshots bring nobody back who is gone, and take nothing from who is there', async () => {
      await sink.write([
        runOf('aura.snapshots', 0, [snapshotOf(1, ['a', 'b'], []), snapshotOf(2, ['b'], [])]),
        runOf('aura.scores', 0, [scoresOf(1, { a: 0.9, b: 0.1 })]),
      ]);
      const gone = { agent: 'a', cell: null, failure: null, main: null, gone: window(2).windowEndMs, silentMs: 1 };
      expect(await agents()).toEqual([gone, { ...b, silentMs: 2 }]);
      // The other way round: it is scored again before the snapshots without it are read.
      await sink.write([runOf('aura.scores', 0, [scoresOf(4, { a: 0.3, b: 0.1 })], 1)]);
      await sink.write([runOf('aura.snapshots', 0, [snapshotOf(3, ['b'], [])], 2)]);
      expect(await agents()).toEqual([
        { ...gone, failure: 0.3, main: 'errors' },
        { ...b, silentMs: 3 },
      ]);
    });

    test('the last window of a cell, without agents, empties it; an agent that another cell has stays there, whichever is heard of first', async () => {
      const empty = runOf('aura.snapshots', 0, [snapshotOf(2, [], [])], 1);
      const moved = runOf('aura.snapshots', 1, [{ ...snapshotOf(2, ['a'], []), cell: 1 }]);
      for (const order of [
        [empty, moved],
        [moved, empty],
      ]) {
        await harness.clear();
        await sink.write([runOf('aura.snapshots', 0, [snapshotOf(1, ['a', 'b'], [])])]);
        for (const run of order) await sink.write([run]);
        const nothing = { failure: null, main: null };
        expect(await agents()).toEqual([
          { agent: 'a', cell: 1, ...nothing, gone: null, silentMs: 2 },
          { agent: 'b', cell: null, ...nothing, gone: window(2).windowEndMs, silentMs: 1 },
        ]);
      }
    });

    test('an incident opens after three high windows and closes after three low ones', async () => {
      const failures = [0.1, 0.7, 0.9, 0.6, 0.2, 0.2, 0.2, 0.2];
      const scores = failures.map((failure, index) => scoresOf(index, { a: failure, b: 0.1 }));
      await sink.write([runOf('aura.scores', 0, scores.slice(0, 4))]);
      const read = () =>
        harness.read(`MATCH (i:Incident)-[:OF]->(a:Agent) RETURN a.agent AS agent, i.peak AS peak, i.since.epochMillis AS since,
          i.openedAt.epochMillis AS opened, i.closedAt.epochMillis AS closed`);
      const opened = { agent: 'a', peak: 0.9, since: window(1).windowEndMs, opened: window(3).windowEndMs };
      expect(await read()).toEqual([{ ...opened, closed: null }]);
      await sink.write([runOf('aura.scores', 0, scores.slice(4), 4)]);
      expect(await read()).toEqual([{ ...opened, closed: window(6).windowEndMs }]);
      expect(
        await harness.read(
          `MATCH (a:Agent {agent: 'a'}) RETURN a.failure AS failure, a.mainInput AS main, a.troubleAbove AS above`,
        ),
      ).toEqual([{ failure: 0.2, main: 'errors', above: null }]);
    });

    const incidents = () =>
      harness.read(`MATCH (i:Incident)-[:OF]->(a:Agent) RETURN a.agent AS agent, i.openedAt.epochMillis AS opened,
        i.closedAt.epochMillis AS closed, i.closedAs AS closedAs ORDER BY agent, opened`);
    const troubled = [1, 2, 3].map((index) => scoresOf(index, { a: 0.9, b: 0.1 }));
    const opened = { agent: 'a', opened: window(3).windowEndMs };

    test('an incident of an agent that is gone closes with the first window without it', async () => {
      await sink.write([runOf('aura.scores', 0, troubled)]);
      expect(await incidents()).toEqual([{ ...opened, closed: null, closedAs: null }]);
      const without = [4, 5].map((index) => scoresOf(index, { b: 0.1 }));
      await sink.write([runOf('aura.scores', 0, without, 3)]);
      const closed = { ...opened, closed: window(4).windowEndMs, closedAs: 'GONE' };
      expect(await incidents()).toEqual([closed]);
      const again = [20, 21, 22, 23, 24, 25].map((index) => scoresOf(index, { a: index < 23 ? 0.9 : 0.1 }));
      await sink.write([runOf('aura.scores', 0, again, 5)]);
      expect(await incidents()).toEqual([
        closed,
        { agent: 'a', opened: window(22).windowEndMs, closed: window(25).windowEndMs, closedAs: 'RECOVERED' },
      ]);
    });

    test('so do all of a cell that closes its last window, without agents', async () => {
      const both = [1, 2, 3].map((index) => scoresOf(index, { a: 0.9, b: 0.8 }));
      await sink.write([runOf('aura.scores', 0, both)]);
      await sink.write([runOf('aura.scores', 0, [scoresOf(9, {})], 3)]);
      const end = { opened: window(3).windowEndMs, closed: window(9).windowEndMs, closedAs: 'GONE' };
      expect(await incidents()).toEqual([
        { agent: 'a', ...end },
        { agent: 'b', ...end },
      ]);
    });

    test('an agent that moves to another cell keeps its incident, whichever cell is heard of first', async () => {
      const left = runOf('aura.scores', 0, [scoresOf(4, { b: 0.1 })], 3);
      const moved = runOf('aura.scores', 1, [{ ...scoresOf(5, { a: 0.9 }), cell: 1 }]);
      const ends: unknown[] = [];
      for (const order of [
        [left, moved],
        [moved, left],
      ]) {
        await harness.clear();
        await sink.write([runOf('aura.scores', 0, troubled)]);
        for (const run of order) await sink.write([run]);
        expect(await incidents()).toEqual([{ ...opened, closed: null, closedAs: null }]);
        ends.push(await harness.contents());
      }
      expect(ends[1]).toEqual(ends[0]);
      await sink.write([runOf('aura.scores', 1, [{ ...scoresOf(6, {}), cell: 1 }], 1)]);
      expect(await incidents()).toEqual([{ ...opened, closed: window(6).windowEndMs, closedAs: 'GONE' }]);
    });

    test("a tenant's actions and outcomes say nothing of another tenant's decision of the same id", async () => {
      const [decision] = fc.sample(honest['aura.decisions'], { numRuns: 1, seed: 5 });
      const [proposal] = fc.sample(honest['aura.proposals'], { numRuns: 1, seed: 5 });
      const [action] = fc.sample(honest['aura.actions'], { numRuns: 1, seed: 5 });
      const [outcome] = fc.sample(honest['aura.outcomes'], { numRuns: 1, seed: 5 });
      if (!decision || !proposal || !action || !outcome) throw new Error('no sample');
      const own = { ...CELL, proposalId: 'same' };
      const foreign = { ...own, tenant: 'globex' };
      await sink.write([
        runOf('aura.proposals', 0, [
          { ...proposal, ...CELL, id: 'same', kind: 'RESTART' },
          { ...proposal, ...CELL, tenant: 'globex', id: 'same', kind: 'ISOLATE' },
        ]),
        runOf('aura.decisions', 0, [{ ...decision, ...own, verdict: 'APPROVED' }]),
        runOf('aura.actions', 0, [{ ...action, ...foreign, kind: 'FAILED' }]),
        runOf('aura.outcomes', 0, [{ ...outcome, ...foreign }]),
      ]);
      expect(
        await harness.read(`MATCH (d:Decision {proposalId: 'same'}) OPTIONAL MATCH (d)-[:DECIDES]->(p)
          RETURN d.tenant AS tenant, d.verdict AS verdict, p.kind AS kind, d.failedAt IS NOT NULL AS failed,
          COUNT { (:Outcome)-[:OF]->(d) } AS outcomes ORDER BY tenant`),
      ).toEqual([
        { tenant: 'acme', verdict: 'APPROVED', kind: 'RESTART', failed: false, outcomes: 0 },
        { tenant: 'globex', verdict: null, kind: null, failed: true, outcomes: 1 },
      ]);
    });

    test('what the graph cannot hold is told before anything is committed', async () => {
      const scores = { topic: 'aura.scores', partition: 0 } as const;
      const invalid = { ...scoresOf(1, {}), tenant: 'x'.repeat(1_000) };
      const batch: SinkBatch = [runOf('aura.scores', 0, [scoresOf(1, { a: 0.1 }), invalid])];
      const error = new Error('nobody listens');
      await expect(sink.write(batch, () => Promise.reject(error))).rejects.toBe(error);
      expect(await harness.contents()).toEqual([]);
      expect(await sink.positions([scores])).toEqual([{ ...scores, nextOffset: null }]);

      const told: Rejection[] = [];
      const { rejected } = await sink.write(batch, async (rejections) => {
        expect(await sink.positions([scores])).toEqual([{ ...scores, nextOffset: null }]);
        told.push(...rejections);
      });
      expect(told).toEqual(rejected);
      expect(told).toMatchObject([{ topic: 'aura.scores', partition: 0, offset: 1, code: 'row-invalid' }]);
      expect(await sink.positions([scores])).toEqual([{ ...scores, nextOffset: 2 }]);
    });

    test('the graph does not depend on where batches end', { timeout: 120_000 }, async () => {
      const failure = fc.constantFrom(0.1, 0.6, 0.9, 0.9, null);
      const series = fc.array(fc.tuple(failure, failure, fc.nat({ max: 9 })), { minLength: 1, maxLength: 12 });
      const write = async (records: readonly SinkBatch[number][]) => {
        for (const run of records) await sink.write([run]);
      };
      await fc.assert(
        fc.asyncProperty(series, fc.array(fc.nat({ max: 12 }), { maxLength: 4 }), async (steps, cuts) => {
          // Scores and snapshots without an agent tell that it is gone.
          const scores = steps.map(([a, b], index) =>
            scoresOf(index, { ...(a === null ? {} : { a }), ...(b === null ? {} : { b }) }),
          );
          // Ten minutes apart, so that halving is exact whatever the order of additions.
          const snapshots = steps.map(([a, b, count], index) =>
            snapshotOf(10 * index, [...(a === null ? [] : ['a']), ...(b === null ? [] : ['b'])], [['a', 'b', count]]),
          );
          const ends = [...new Set([...cuts.filter((cut) => cut < steps.length), steps.length])].sort(
            (one, other) => one - other,
          );
          const slices = ends.map((end, index) => [index === 0 ? 0 : (ends[index - 1] ?? 0), end] as const);
          await harness.clear();
          await write([runOf('aura.snapshots', 0, snapshots), runOf('aura.scores', 0, scores)]);
          const whole = await harness.contents();
          await harness.clear();
          for (const [from, to] of slices) {
            const expected = from === 0 && to > 0 ? null : from;
            if (to === 0) continue;
            await write([
              runOf('aura.snapshots', 0, snapshots.slice(from, to), expected),
              runOf('aura.scores', 0, scores.slice(from, to), expected),
            ]);
          }
          expect(await harness.contents()).toEqual(whole);
        }),
        { numRuns: 10 },
      );
    });

    test('old signatures go, but for those that a proposal rests on', async () => {
      const sample = <Value>(values: fc.Arbitrary<Value>): Value => {
        const [value] = fc.sample(values, { numRuns: 1, seed: 3 });
        if (value === undefined) throw new Error('no sample');
        return value;
      };
      const signatures = Array.from({ length: 65 }, (_, index) => ({
        ...sample(honest['aura.signatures']),
        ...CELL,
        ...window(index),
      }));
      const proposal = sample(honest['aura.proposals']);
      await sink.write([
        runOf('aura.signatures', 0, signatures.slice(0, 30)),
        runOf('aura.proposals', 0, [{ ...proposal, ...CELL, evidence: { ...proposal.evidence, ...window(2) } }]),
      ]);
      await sink.write([runOf('aura.signatures', 0, signatures.slice(30), 30)]);
      const left = await harness.read(
        'MATCH (:Cell)-[:HAS_SIGNATURE]->(s:Signature) RETURN s.windowEnd.epochMillis AS end ORDER BY end',
      );
      expect(left.map(({ end }) => end)).toEqual(
        [2, ...Array.from({ length: 60 }, (_, index) => index + 5)].map((index) => window(index).windowEndMs),
      );
    });

    test('the queries of the README run, and find what they look for', async () => {
      const sample = <Value>(values: fc.Arbitrary<Value>): Value => {
        const [value] = fc.sample(values, { numRuns: 1, seed: 7 });
        if (value === undefined) throw new Error('no sample');
        return value;
      };
      const proposal = { ...sample(honest['aura.proposals']), ...CELL, targets: ['b'] };
      const evidence = { ...proposal.evidence, ...window(9) };
      const of = { ...CELL, proposalId: proposal.id, targets: ['b'] };
      const failures = [0.1, 0.9, 0.9, 0.9, 0.9, 0.9];
      await sink.write([
        runOf('aura.snapshots', 0, [
          snapshotOf(
            9,
            ['a', 'b', 'c'],
            [
              ['a', 'b', 8],
              ['c', 'a', 8],
            ],
          ),
        ]),
        runOf(
          'aura.scores',
          0,
          failures.map((failure, index) => scoresOf(index, { b: failure, a: index < 2 ? 0.1 : failure })),
        ),
        runOf('aura.signatures', 0, [{ ...sample(honest['aura.signatures']), ...CELL, ...window(9) }]),
        runOf('aura.proposals', 0, [{ ...proposal, evidence }]),
        runOf('aura.decisions', 0, [{ ...sample(honest['aura.decisions']), ...of }]),
        runOf('aura.actions', 0, [{ ...sample(honest['aura.actions']), ...of, kind: 'APPLIED' }]),
        runOf('aura.outcomes', 0, [{ ...sample(honest['aura.outcomes']), ...of }]),
      ]);
      const readme = readFileSync(new URL('../../../src/sinks/neo4j/README.md', import.meta.url), 'utf8');
      const queries = [...readme.matchAll(/```cypher\n(.*?)```/gs)].map(([, cypher]) => cypher ?? '');
      expect(queries.length).toBeGreaterThan(4);
      for (const cypher of queries) expect((await harness.read(cypher)).length, cypher).toBeGreaterThan(0);
      const [decision] = await harness.read(
        'MATCH (o:Outcome)-[:OF]->(d:Decision)-[:TARGETS]->(a:Agent) RETURN d.appliedAt IS NOT NULL AS applied, a.agent AS agent',
      );
      expect(decision).toEqual({ applied: true, agent: 'b' });
    });
  });
}
