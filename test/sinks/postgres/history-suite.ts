/** What the history holds and how it is read; run against each Postgres. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Scores, Signature, Snapshot } from '../../../schemas/records.ts';
import { encodeArray } from '../../../src/sinks/postgres/array-writer.ts';
import { DAY_MS } from '../../../src/sinks/postgres/days.ts';
import { migrate, readMigrations } from '../../../src/sinks/postgres/migrate.ts';
import { openPostgresSink } from '../../../src/sinks/postgres/postgres-sink.ts';
import { dropOldDays } from '../../../src/sinks/postgres/retention.ts';
import {
  bool,
  bytea,
  float4,
  float8,
  int2,
  int4,
  int8,
  json,
  jsonb,
  type PgType,
  text,
  timestamptz,
} from '../../../src/sinks/postgres/types.ts';
import type { Sink } from '../../../src/sinks/sink.ts';
import { honest, runOf } from '../records.ts';
import type { PostgresHarness } from './harness.ts';

export function describeHistory(name: string, start: () => Promise<PostgresHarness>): void {
  describe(name, () => {
    let harness: PostgresHarness;
    let client: pg.Client;
    let sink: Sink;
    beforeAll(async () => {
      harness = await start();
      client = new pg.Client(harness.url);
      await client.connect();
      sink = await harness.open();
    }, 120_000);
    afterAll(async () => {
      await sink?.close();
      await client?.end();
      await harness?.close();
    });
    beforeEach(() => harness.clear());

    async function rows(sql: string, parameters: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
      return (await client.query<Record<string, unknown>>(sql, [...parameters])).rows;
    }
    const alertAt = (timeMs: number) =>
      ({ tenant: 'acme', fleet: 'shop', cell: 0, timeMs, severity: 'INFO', code: 'test', message: '' }) as const;
    const partitionsOf = async () =>
      (
        await rows(
          `select tableoid::regclass::text as partition, count(*)::int as rows from aura.alerts group by 1 order by 1`,
        )
      ).map(({ partition, rows: count }) => [partition, count]);

    test('every type comes back as it was sent', async () => {
      const roundTrip = async <Value>(
        type: PgType<Value>,
        values: fc.Arbitrary<Value>,
        back: (value: Value) => unknown,
        sql = 'v::text',
      ) => {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.option(values)), async (sent) => {
            const found = await rows(
              `select ${sql} as v from unnest($1::${type.name}[]) with ordinality as u (v, n) order by n`,
              [encodeArray(type, sent)],
            );
            expect(found.map(({ v }) => v)).toEqual(sent.map((value) => (value === null ? null : back(value))));
          }),
          { numRuns: 15 },
        );
      };
      const safe = fc.maxSafeInteger();
      const unicode = fc.string({ unit: 'binary' });
      await roundTrip(int2, fc.integer({ min: -32_768, max: 32_767 }), String);
      await roundTrip(int4, fc.integer(), String);
      await roundTrip(int8, safe, String);
      await roundTrip(float4, fc.float(), (value) => value, 'v::float8');
      await roundTrip(float8, fc.double(), (value) => value, 'v');
      await roundTrip(bool, fc.boolean(), (value) => value, 'v');
      await roundTrip(text, unicode, (value) => value.replaceAll('\0', '\uFFFD'));
      await roundTrip(bytea, fc.uint8Array(), (value) => Buffer.from(value), 'v');
      await roundTrip(
        timestamptz,
        fc.nat({ max: 2 ** 31 }).map((seconds) => seconds * 1_000 + 7),
        String,
        '(extract(epoch from v) * 1000)::bigint::text',
      );
      await roundTrip(
        jsonb,
        fc.dictionary(unicode, fc.oneof(unicode, fc.double())).map(json),
        (value) => JSON.parse(value),
        'v',
      );
    });

    test('snapshots are read back by agent and by edge', async () => {
      await fc.assert(
        fc.asyncProperty(honest['aura.snapshots'], async (snapshot: Snapshot) => {
          await harness.clear();
          await sink.write([runOf('aura.snapshots', 0, [snapshot])]);
          const { tenant, fleet, cell, windowStartMs, windowEndMs } = snapshot;
          const window = {
            tenant,
            fleet,
            cell,
            window_start: new Date(windowStartMs),
            window_end: new Date(windowEndMs),
          };
          const signals = ['latency', 'traffic', 'errors', 'saturation'].map((signal) => `deviation_${signal}`);
          expect(singles(await rows('select * from aura.agent_states order by agent'), ...signals)).toEqual(
            snapshot.agents.map((state) => ({
              ...window,
              agent: state.agent,
              status: state.status,
              heartbeats: state.heartbeats,
              silent_ms: String(state.silentMs),
              latency_ms: state.latencyMs,
              traffic_per_s: state.trafficPerS,
              error_rate: state.errorRate,
              saturation: state.saturation,
              deviation_latency: Math.fround(state.deviation.latency),
              deviation_traffic: Math.fround(state.deviation.traffic),
              deviation_errors: Math.fround(state.deviation.errors),
              deviation_saturation: Math.fround(state.deviation.saturation),
            })),
          );
          expect(await rows('select * from aura.interactions')).toEqual(
            snapshot.edges.map((edge) => ({
              ...window,
              caller: edge.caller,
              callee: edge.callee,
              count: String(edge.count),
              errors: String(edge.errors),
              latency_ms: edge.latencyMs,
              boundary: edge.boundary,
            })),
          );
        }),
        { numRuns: 15 },
      );
    });

    test('scores are read back by agent, with their evidence', async () => {
      await fc.assert(
        fc.asyncProperty(honest['aura.scores'], async (scores: Scores) => {
          await harness.clear();
          await sink.write([runOf('aura.scores', 0, [scores])]);
          expect(
            singles(
              await rows('select agent, failure, confidence from aura.agent_scores order by agent'),
              'confidence',
            ),
          ).toEqual(
            scores.agents.map(({ agent, failure, confidence }) => ({
              agent,
              failure,
              confidence: Math.fround(confidence),
            })),
          );
          expect(singles(await rows('select agent, input, weight from aura.score_evidence'), 'weight')).toEqual(
            scores.agents.flatMap(({ agent, signals }) =>
              signals.map(({ signal, weight }) => ({ agent, input: signal, weight: Math.fround(weight) })),
            ),
          );
          expect(singles(await rows('select agent, neighbour, weight from aura.score_neighbours'), 'weight')).toEqual(
            scores.agents.flatMap(({ agent, neighbours }) =>
              neighbours.map((neighbour) => ({
                agent,
                neighbour: neighbour.agent,
                weight: Math.fround(neighbour.weight),
              })),
            ),
          );
          const worst = Math.max(...scores.agents.map(({ failure }) => failure));
          expect(await rows('select cascade, agent_count, failure_max from aura.cell_risk')).toEqual([
            {
              cascade: scores.cascade,
              agent_count: scores.agents.length,
              failure_max: scores.agents.length === 0 ? null : worst,
            },
          ]);
          expect(await rows('select agent, failure from aura.current_risk order by agent')).toEqual(
            scores.agents.map(({ agent, failure }) => ({ agent, failure })),
          );
        }),
        { numRuns: 15 },
      );
    });

    test('signatures are read back by bar', async () => {
      await fc.assert(
        fc.asyncProperty(honest['aura.signatures'], async (signature: Signature) => {
          await harness.clear();
          await sink.write([runOf('aura.signatures', 0, [signature])]);
          expect(await rows('select diagram, dimension, birth, death from aura.bars')).toEqual([
            ...signature.states.map((bar) => ({ diagram: 'states', ...bar })),
            ...signature.graph.map((bar) => ({ diagram: 'graph', ...bar })),
          ]);
          const loops = signature.graph.filter(({ dimension }) => dimension === 1).length;
          expect(await rows('select stability, graph_loops::int from aura.topology_over_time')).toEqual([
            { stability: signature.stability, graph_loops: loops },
          ]);
        }),
        { numRuns: 15 },
      );
    });

    test('a decision is read with its proposal, its actions and its outcome', async () => {
      const [proposal] = fc.sample(honest['aura.proposals'], { numRuns: 1, seed: 1 });
      const [decision] = fc.sample(honest['aura.decisions'], { numRuns: 1, seed: 1 });
      const [action] = fc.sample(honest['aura.actions'], { numRuns: 1, seed: 1 });
      const [outcome] = fc.sample(honest['aura.outcomes'], { numRuns: 1, seed: 1 });
      if (!proposal || !decision || !action || !outcome) throw new Error('no sample');
      const { tenant, fleet, cell, createdMs: decidedMs } = proposal;
      const of = { tenant, fleet, cell, proposalId: proposal.id };
      const vote = { validator: 'v1', incarnation: 1, signature: Uint8Array.of(1, 2) };
      await sink.write([
        runOf('aura.proposals', 0, [proposal]),
        runOf('aura.decisions', 0, [
          { ...decision, ...of, decidedMs, certificate: { ...decision.certificate, signatures: [vote] } },
        ]),
        runOf('aura.actions', 0, [
          { ...action, ...of, kind: 'UNDONE', timeMs: action.timeMs + 1 },
          { ...action, ...of, kind: 'APPLIED' },
        ]),
        runOf('aura.outcomes', 0, [{ ...outcome, ...of, verdict: 'IMPROVED', effect: 0.5 }]),
      ]);
      expect(
        await rows(
          'select proposal_id, proposal_reason, validators, actions, outcome, effect from aura.decision_evidence',
        ),
      ).toEqual([
        {
          proposal_id: proposal.id,
          proposal_reason: proposal.reason.replaceAll('\0', '\uFFFD'),
          validators: ['v1'],
          actions: ['APPLIED', 'UNDONE'],
          outcome: 'IMPROVED',
          effect: 0.5,
        },
      ]);
      expect(
        await rows('select kind, interventions::int, improved::int, effect_median from aura.outcomes_by_kind'),
      ).toEqual([{ kind: outcome.kind, interventions: 1, improved: 1, effect_median: 0.5 }]);
      const [stored] = await rows('select evidence, parameters from aura.proposals');
      expect(stored?.evidence).toMatchObject({
        snapshotHash: Buffer.from(proposal.evidence.snapshotHash).toString('hex'),
      });
    });

    test('a decision is read once and with nothing of another tenant, whatever names its proposal', async () => {
      const [decision] = fc.sample(honest['aura.decisions'], { numRuns: 1, seed: 1 });
      const [proposal] = fc.sample(honest['aura.proposals'], { numRuns: 1, seed: 1 });
      const [action] = fc.sample(honest['aura.actions'], { numRuns: 1, seed: 1 });
      const [outcome] = fc.sample(honest['aura.outcomes'], { numRuns: 1, seed: 1 });
      const at = { tenant: 'acme', fleet: 'shop', cell: 0 };
      const own = { ...proposal, ...at, id: 'p', createdMs: decision.decidedMs };
      const acted = { ...action, ...at, proposalId: 'p', kind: 'APPLIED' as const };
      const measured = { ...outcome, ...at, proposalId: 'p', verdict: 'IMPROVED' as const };
      const other = { tenant: 'other' };
      await sink.write([
        runOf('aura.proposals', 0, [own, { ...own, createdMs: own.createdMs + 1 }, { ...own, ...other, createdMs: 0 }]),
        runOf('aura.decisions', 0, [{ ...decision, ...at, proposalId: 'p' }]),
        runOf('aura.actions', 0, [acted, { ...acted, ...other, kind: 'FAILED' }]),
        runOf('aura.outcomes', 0, [
          measured,
          { ...measured, ...other, measuredMs: measured.measuredMs + 1, verdict: 'WORSENED' },
        ]),
      ]);
      const found = await rows(`select tenant, proposal_reason, actions, outcome from aura.decision_evidence`);
      expect(found).toEqual([
        { tenant: 'acme', proposal_reason: own.reason, actions: ['APPLIED'], outcome: 'IMPROVED' },
      ]);
    });

    test('an outcome that could not be told weighs nothing in what a kind of intervention did', async () => {
      const [outcome] = fc.sample(honest['aura.outcomes'], { numRuns: 1, seed: 1 });
      const of = (proposalId: string, effect: number, verdict: 'IMPROVED' | 'UNKNOWN') => {
        return { ...outcome, tenant: 'acme', kind: 'THROTTLE', proposalId, effect, verdict };
      };
      const outcomes = [of('a', 0.8, 'IMPROVED'), of('b', 0, 'UNKNOWN'), of('c', 0, 'UNKNOWN'), of('d', 0, 'UNKNOWN')];
      await sink.write([runOf('aura.outcomes', 0, outcomes)]);
      const found = await rows(
        `select interventions::int, improved::int, effect_mean, effect_median, unknown::int from aura.outcomes_by_kind`,
      );
      expect(found).toEqual([{ interventions: 4, improved: 1, effect_mean: 0.8, effect_median: 0.8, unknown: 3 }]);
    });

    test('a day is compressed as its table is', async () => {
      await sink.write([runOf('aura.alerts', 0, [alertAt(0)])]);
      const methods = await rows(`
        select distinct a.attcompression as parent, b.attcompression as day
        from pg_inherits i
          join pg_attribute a on a.attrelid = i.inhparent
          join pg_attribute b on b.attrelid = i.inhrelid and b.attname = a.attname
        where i.inhparent = 'aura.alerts'::regclass and a.attstorage = 'x' and a.attnum > 0`);
      for (const { parent, day } of methods) expect(day).toBe(parent);
    });

    test('a record that cannot be stored becomes a dead letter of the history', async () => {
      const { rejected } = await sink.write([runOf('aura.alerts', 3, [alertAt(0), alertAt(-5)])]);
      expect(rejected).toEqual([
        {
          topic: 'aura.alerts',
          partition: 3,
          offset: 1,
          code: 'row-invalid',
          reason: expect.stringMatching(/^occurred_at: -5; valid is/),
        },
      ]);
      const [letter] = await rows(
        'select processor, topic, partition, "offset"::int, code, value from aura.dead_letters',
      );
      expect(letter).toMatchObject({
        processor: 'history',
        topic: 'aura.alerts',
        partition: 3,
        offset: 1,
        code: 'row-invalid',
      });
      expect(JSON.parse(String(letter?.value))).toEqual(alertAt(-5));
      expect(await rows('select count(*)::int from aura.alerts')).toEqual([{ count: 1 }]);
    });

    test('cells that differ by what the database does not tell apart are one, and hold up nobody', async () => {
      const [snapshot] = fc.sample(honest['aura.snapshots'], { numRuns: 1, seed: 1 });
      const tenants = ['a\0b', 'a\uFFFDb', 'a\ud800b'];
      await sink.write([
        runOf(
          'aura.snapshots',
          0,
          tenants.map((tenant, i) => ({
            ...snapshot,
            tenant,
            windowStartMs: i * 1_000,
            windowEndMs: i * 1_000 + 1_000,
          })),
        ),
      ]);
      expect(await rows('select tenant, extract(epoch from snapshot_window)::int as s from aura.cells')).toEqual([
        { tenant: 'a\uFFFDb', s: 2 },
      ]);
    });

    test('a letter that is written twice, or whose record the sink refused before, is kept once', async () => {
      const run = runOf('aura.alerts', 3, [alertAt(-5)]);
      await sink.write([run]);
      const appendMs = run.records[0]?.appendMs ?? 0;
      const letter = {
        processor: 'history',
        topic: 'aura.alerts',
        partition: 3,
        offset: 0,
        appendMs,
        code: 'row-invalid',
        reason: '',
        key: null,
        value: null,
      };
      await sink.write([runOf('aura.dead-letters', 0, [letter, letter, { ...letter, code: 'other' }])]);
      expect(await rows('select code from aura.dead_letters order by code')).toEqual([
        { code: 'other' },
        { code: 'row-invalid' },
      ]);
    });

    test('the letters of one record, which holds many reports, are all kept', async () => {
      const reports = ['a', 'b', null].map((text) => ({
        processor: 'snapshots',
        topic: 'aura.observations',
        partition: 3,
        offset: 42,
        appendMs: Date.UTC(2031, 4, 6),
        code: 'cell-too-large',
        reason: '',
        key: null,
        value: text === null ? null : Buffer.from(text),
      }));
      await sink.write([runOf('aura.dead-letters', 0, [...reports, ...reports])]);
      expect(await rows('select value from aura.dead_letters order by value')).toEqual(
        reports.map(({ value }) => ({ value })),
      );
    });

    test('a row lies in the partition of its UTC day', async () => {
      const day = Date.UTC(2031, 4, 6);
      const run = runOf('aura.alerts', 0, [alertAt(day), alertAt(day + DAY_MS - 1), alertAt(day + DAY_MS)]);
      await sink.write([{ ...run, records: run.records.map((record) => ({ ...record, appendMs: day })) }]);
      expect(await partitionsOf()).toEqual([
        ['aura_days.alerts_20310506', 2],
        ['aura_days.alerts_20310507', 1],
      ]);
    });

    test('a day too far ahead has no partition until it comes near; then its rows move there', async () => {
      const today = Date.UTC(2032, 0, 1);
      const far = today + 3 * DAY_MS;
      const write = (appendMs: number, expectedNextOffset: number | null) => {
        const run = runOf('aura.alerts', 0, [alertAt(far)], expectedNextOffset);
        return sink.write([{ ...run, records: run.records.map((record) => ({ ...record, appendMs })) }]);
      };
      await write(today, null);
      expect(await partitionsOf()).toEqual([['aura_days.alerts_other', 1]]);
      await write(today + DAY_MS, 1);
      expect(await partitionsOf()).toEqual([['aura_days.alerts_20320104', 2]]);
    });

    test('a table has no more day partitions than allowed', async () => {
      const [found] = await rows(`select count(*)::int from pg_inherits where inhparent = 'aura.alerts'::regclass`);
      const countMax = Number(found?.count) + 2; // The partition for other days counts as none.
      const limited = await openPostgresSink({ url: harness.url, logId: 'test', days: { aheadMax: 2, countMax } });
      try {
        const day = Date.UTC(2001, 0, 1);
        await limited.write([
          runOf(
            'aura.alerts',
            0,
            Array.from({ length: 10 }, (_, index) => alertAt(day + index * DAY_MS)),
          ),
        ]);
        expect((await partitionsOf()).filter(([partition]) => partition === 'aura_days.alerts_other')).toEqual([
          ['aura_days.alerts_other', 7],
        ]);
      } finally {
        await limited.close();
      }
    });

    test('retention drops the days before the first one kept, and rows of those days without a partition', async () => {
      const nowMs = Date.UTC(2033, 5, 10, 12);
      const times = [0, 1, 2, 3, 4].map((ago) => nowMs - ago * DAY_MS);
      const run = runOf('aura.alerts', 0, times.map(alertAt));
      await sink.write([{ ...run, records: run.records.map((record) => ({ ...record, appendMs: nowMs })) }]);
      const dropped = await dropOldDays(harness.url, { days: 2, nowMs });
      expect(dropped.filter((name) => name.startsWith('alerts_2033'))).toEqual([
        'alerts_20330606',
        'alerts_20330607',
        'alerts_20330608',
      ]);
      expect(await partitionsOf()).toEqual([
        ['aura_days.alerts_20330609', 1],
        ['aura_days.alerts_20330610', 1],
      ]);
      // The sink still believes that the dropped day has a partition: its rows are kept all the same.
      await sink.write([runOf('aura.alerts', 0, [alertAt(nowMs - 3 * DAY_MS)], 5)]);
      expect((await partitionsOf())[2]).toEqual(['aura_days.alerts_other', 1]);
      await dropOldDays(harness.url, { days: 2, nowMs });
      expect(await partitionsOf()).toHaveLength(2);
      await expect(dropOldDays(harness.url, { days: 0, nowMs })).rejects.toThrow('valid is');
    });

    test('everything an analyst meets has a comment', async () => {
      const bare = await rows(
        `select c.relname || coalesce('.' || a.attname, '') as name
         from pg_class c
           left join lateral (select attnum, attname from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
             union all select 0, null) a on true
         where c.relnamespace = 'aura'::regnamespace and c.relkind in ('p', 'r', 'v')
           and (case a.attnum when 0 then obj_description(c.oid) else col_description(c.oid, a.attnum) end) is null
         order by 1`,
      );
      expect(bare).toEqual([]);
    });

    test('the queries of the README run, and find what they look for', async () => {
      const window = {
        tenant: 'acme',
        fleet: 'shop',
        cell: 0,
        windowStartMs: Date.UTC(2026, 10, 21),
        windowEndMs: Date.UTC(2026, 10, 21, 0, 1),
      };
      const sample = <T>(values: fc.Arbitrary<T>): T => {
        const [value] = fc.sample(values, { numRuns: 1, seed: 7 });
        if (value === undefined) throw new Error('no sample');
        return value;
      };
      const deviation = { latency: 1, traffic: 0, errors: 0, saturation: 0 };
      const state = {
        agent: 'agent-1',
        status: 'UP',
        heartbeats: 3,
        silentMs: 5,
        latencyMs: 9,
        trafficPerS: 1,
        errorRate: 0,
        saturation: 0.5,
        deviation,
      } as const;
      const edge = { caller: 'agent-1', callee: 'agent-2', count: 4, errors: 1, latencyMs: 3, boundary: false };
      const score = {
        agent: 'agent-1',
        failure: 0.7,
        confidence: 1,
        silentMs: 5,
        deviation,
        signals: [{ signal: 'latency', weight: 2 }],
        neighbours: [],
      };
      const evidence = {
        ...sample(honest['aura.proposals']).evidence,
        agents: [{ agent: 'agent-1', failure: 0.7, silentMs: 5, deviation }],
      };
      const proposal = {
        ...sample(honest['aura.proposals']),
        tenant: 'acme',
        fleet: 'shop',
        cell: 0,
        createdMs: window.windowEndMs,
        evidence,
      };
      await sink.write([
        runOf('aura.snapshots', 0, [{ ...window, agents: [state], edges: [edge], late: 0 }]),
        runOf('aura.scores', 0, [{ ...sample(honest['aura.scores']), ...window, agents: [score] }]),
        runOf('aura.signatures', 0, [{ ...sample(honest['aura.signatures']), ...window }]),
        runOf('aura.proposals', 0, [proposal]),
        runOf('aura.decisions', 0, [
          {
            ...sample(honest['aura.decisions']),
            tenant: 'acme',
            fleet: 'shop',
            cell: 0,
            proposalId: proposal.id,
            decidedMs: proposal.createdMs,
          },
        ]),
        runOf('aura.outcomes', 0, [sample(honest['aura.outcomes'])]),
        runOf('aura.dead-letters', 0, [sample(honest['aura.dead-letters'])]),
        runOf('aura.late', 0, [sample(honest['aura.late'])]),
      ]);
      const readme = readFileSync(new URL('../../../src/sinks/postgres/README.md', import.meta.url), 'utf8');
      const queries = [...readme.matchAll(/```sql\n(.*?)```/gs)].map(([, sql]) => sql ?? '');
      expect(queries.length).toBeGreaterThan(10);
      for (const sql of queries) {
        const found = await rows(sql);
        if (!sql.includes('drop_days_before')) expect(found.length, sql).toBeGreaterThan(0);
      }
    });

    test('migrations are applied once, whoever comes first', async () => {
      const results = await Promise.all([migrate(harness.url), migrate(harness.url)]);
      expect(results).toEqual([
        { applied: [], version: readMigrations().length },
        { applied: [], version: readMigrations().length },
      ]);
    });

    test('a migration that was changed, or that this program does not know, is refused', async () => {
      const known = readMigrations();
      await expect(migrate(harness.url, known.slice(0, -1))).rejects.toMatchObject({ code: 'schema-newer' });
      const changed = known.map((migration) => ({ ...migration, checksum: `0${migration.checksum.slice(1)}x` }));
      await expect(migrate(harness.url, changed)).rejects.toMatchObject({ code: 'schema-changed' });
    });

    test('a migration that fails leaves nothing behind', async () => {
      const known = readMigrations();
      const bad = {
        version: known.length + 1,
        name: 'bad.sql',
        sql: 'create table aura.half (); select 1 / 0',
        checksum: '',
      };
      await expect(migrate(harness.url, [...known, bad])).rejects.toMatchObject({ code: 'database-refused' });
      expect(
        await rows(`select to_regclass('aura.half') as half, (select count(*)::int from aura.migrations) as applied`),
      ).toEqual([{ half: null, applied: known.length }]);
    });
  });
}

/**
 * Rows with the columns of type real as the single-precision number that their decimal stands for. Which of several
 * decimals that stand for one number Postgres prints is its own affair.
 */
function singles(rows: readonly Record<string, unknown>[], ...columns: readonly string[]): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        columns.includes(name) && typeof value === 'number' ? Math.fround(value) : value,
      ]),
    ),
  );
}
