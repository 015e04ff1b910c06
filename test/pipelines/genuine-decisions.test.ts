/** Anybody may write to aura.decisions: what no quorum of the validators signed counts for nothing, in any pipeline that reads it. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { outcomes } from '../../pipelines/outcomes.ts';
import { planning } from '../../pipelines/planning.ts';
import { openTopics, type Topics } from '../../pipelines/topics.ts';
import type { Decision, Proposal } from '../../schemas/records.ts';
import { startPipelines } from '../../src/cli/assembly.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import type { Sink, SinkBatch } from '../../src/sinks/sink.ts';
import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { agreement, genuine, signedDecision, wishOf } from '../cli/signed-decision.ts';
import { actionOn, agents, cell, policyWith, scoresAt, snapshotOf, startMs, windowMs } from '../interventions/world.ts';
import { until } from '../streams/wire.ts';
import { Driver } from './driver.ts';

const key = 'acme/shop/0';
const strangers = [11, 12, 13, 14].map((seed) => keyPairFromSeed(new Uint8Array(32).fill(seed)));
const noBytes = new Uint8Array(0);

let topics: Topics;
beforeAll(async () => {
  topics = await openTopics(new MemoryRegistry());
});

/** To do something to a04 at the end of the first window. */
const asked = (): Proposal =>
  wishOf({ ...cell, targets: ['a04'], createdMs: startMs + windowMs, expiresMs: startMs + 60 * windowMs });
const bytesOf = (proposal: Proposal): Uint8Array => topics.proposals.codec.encode(proposal);
const signed = (...by: Parameters<typeof signedDecision> extends [unknown, unknown, ...infer Rest] ? Rest : never) =>
  signedDecision(asked(), bytesOf(asked()), ...by);

function spoiltSignature(decision: Decision): Decision {
  const [first, ...others] = decision.certificate.signatures;
  const signature = Buffer.from(first.signature);
  signature[7] ^= 1;
  const signatures = [{ ...first, signature }, ...others];
  return { ...decision, certificate: { ...decision.certificate, signatures } };
}

const forgeries: readonly (readonly [string, () => Decision, string])[] = [
  ['a signature that is nobody’s', () => spoiltSignature(signed()), 'decision-not-signed'],
  [
    'too few signatures',
    () => ({ ...signed(), certificate: { ...signed().certificate, signatures: [] } }),
    'decision-not-signed',
  ],
  ['a dry run made real', () => ({ ...signed(true), dryRun: false }), 'decision-not-signed'],
  ['another verdict', () => ({ ...signed(), verdict: 'REJECTED', reason: 'STALE' }), 'decision-not-signed'],
  ['another time', () => ({ ...signed(), decidedMs: startMs + 3 * windowMs }), 'decision-not-signed'],
  [
    'the certificate of another proposal',
    () => ({ ...signed(), proposal: Buffer.from(bytesOf({ ...asked(), kind: 'RESTART' })) }),
    'decision-not-signed',
  ],
  ['a proposal larger than any', () => ({ ...signed(), proposal: Buffer.alloc(1 << 20) }), 'decision-not-signed'],
  [
    'targets that the proposal does not name',
    () => ({ ...signed(), targets: ['a04', 'a05'] }),
    'decision-copies-differ',
  ],
  ['another proposal’s id', () => ({ ...signed(), proposalId: 'other' }), 'decision-copies-differ'],
  ['a longer life', () => ({ ...signed(), expiresMs: 9e12 }), 'decision-copies-differ'],
  [
    'the cell of somebody else’s proposal',
    () => ({ ...signedDecision(wishOf(), bytesOf(wishOf())), ...cell }),
    'decision-copies-differ',
  ],
  [
    'a verdict on other nonsense under its id',
    () => {
      const nonsense = { ...asked(), reason: 'nonsense' };
      return signedDecision(nonsense, bytesOf(nonsense));
    },
    'decision-id-invalid',
  ],
  ['strangers’ signatures in their own name', () => signed(false, { pairs: strangers }), 'decision-of-others'],
  [
    'strangers’ signatures in the validators’ name',
    () => {
      const { certificate, ...decision } = signed(false, { pairs: strangers });
      return { ...decision, certificate: { ...certificate, validatorSet: Buffer.from(agreement.set.hash) } };
    },
    'decision-not-signed',
  ],
  ['another installation', () => signed(false, { instance: 'other/aura.proposals/0' }), 'decision-of-others'],
  ['another partition’s verdict', () => signed(false, { instance: 'test/aura.proposals/1' }), 'decision-of-others'],
];

function lettersOf(driver: Driver): readonly string[] {
  return driver.outputs
    .filter(({ topic }) => topic === topics['dead-letters'].name)
    .map(({ value }) => topics['dead-letters'].codec.decode(value ?? noBytes).code);
}

describe('the planner', () => {
  const overloaded = { agent: 'a04', failure: 0.85, deviation: { saturation: 12, latency: 9, traffic: 5 } };

  /** What it proposes once a04's trouble has stood for long enough, where `told` came before. */
  async function planned(...told: readonly Decision[]) {
    const driver = await Driver.start(planning(topics, genuine(topics)), topics['dead-letters']);
    await driver.send(topics.policies, 'acme', policyWith());
    await driver.send(topics.scores, key, scoresAt(0, agents(overloaded)));
    await driver.send(topics.decisions, key, ...told);
    await driver.send(topics.scores, key, scoresAt(1, agents(overloaded)));
    const wishes = driver.outputs
      .filter(({ topic }) => topic === topics.proposals.name)
      .map(({ value }) => topics.proposals.codec.decode(value ?? noBytes).targets);
    return { wishes, letters: lettersOf(driver) };
  }

  test('leaves an agent alone that a decision of the validators is about', async () => {
    expect(await planned()).toEqual({ wishes: [['a04']], letters: [] });
    expect(await planned(signed())).toEqual({ wishes: [], letters: [] });
  });

  test.each(forgeries)('is not held back by %s', async (_what, forge, code) => {
    expect(await planned(forge(), forge())).toEqual({ wishes: [['a04']], letters: [code, code] });
    // Nor does it keep the decision itself from counting.
    expect(await planned(forge(), signed())).toEqual({ wishes: [], letters: [code] });
  });
});

describe('outcomes', () => {
  async function measured(decision: Decision) {
    const driver = await Driver.start(outcomes(topics, genuine(topics)), topics['dead-letters']);
    for (let window = 0; window < 12; window++) {
      driver.nowMs = startMs + (window + 1) * windowMs;
      await driver.send(topics.snapshots, key, snapshotOf(window, agents()));
      if (window !== 1) continue;
      await driver.send(topics.decisions, key, decision);
      await driver.send(topics.actions, key, actionOn(decision, 'APPLIED', driver.nowMs));
    }
    const found = driver.outputs.filter(({ topic }) => topic === topics.outcomes.name);
    return { outcomes: found.length, letters: lettersOf(driver) };
  }

  test('are measured of what the validators decided', async () => {
    expect(await measured(signed())).toEqual({ outcomes: 1, letters: [] });
  });

  test.each(forgeries)('are not measured of %s', async (_what, forge, code) => {
    expect(await measured(forge())).toEqual({ outcomes: 0, letters: [code] });
  });
});

/** Notes what it is given to keep. */
class NotingSink implements Sink {
  readonly topics = ['aura.proposals', 'aura.decisions', 'aura.dead-letters'] as const;
  readonly wishes: string[] = [];
  readonly kept: string[] = [];
  readonly letters: string[] = [];

  async positions(partitions: Parameters<Sink['positions']>[0]) {
    return partitions.map((partition) => ({ ...partition, nextOffset: null }));
  }

  async write(batch: SinkBatch) {
    for (const run of batch) {
      if (run.topic === 'aura.proposals') this.wishes.push(...run.records.map(({ value }) => value.reason));
      if (run.topic === 'aura.decisions') this.kept.push(...run.records.map(({ value }) => value.proposalId));
      if (run.topic === 'aura.dead-letters') this.letters.push(...run.records.map(({ value }) => value.code));
    }
    return { rows: 0, rejected: [] };
  }

  async close() {}
}

test.each(['history', 'graph'] as const)('the %s keeps decisions, and of forgeries their letters', async (pipeline) => {
  const log = new MemoryLog({ now: () => Date.now() });
  const registry = new MemoryRegistry();
  const sink = new NotingSink();
  const failures: string[] = [];
  const running = await startPipelines({
    log,
    registry,
    partitions: 1,
    pipelines: new Set([pipeline]),
    engine: null,
    validators: { agreement: { ...agreement, parameters: createParameters(), partitions: 1 }, signers: new Map() },
    history: sink,
    graph: sink,
    observer: { taskState: (_name, _partition, state) => void (state === 'failed' && failures.push(state)) },
    failed: (error) => failures.push(error.message),
  });
  onTestFinished(async () => {
    await running.close();
    await log.close();
  });
  const forged = forgeries.map(([, forge]) => forge());
  const writer = await log.writer();
  const { decisions, proposals } = running.topics;
  // The same of proposals: one row an id.
  const wishes = [{ ...asked(), reason: 'nonsense' }, asked()];
  await writer.write(
    wishes.map((wish) => ({
      topic: proposals.name,
      partition: 0,
      key: Buffer.from(key),
      value: proposals.codec.encode(wish),
    })),
  );
  await writer.write(
    // The forged ones come first, and take nothing of the real one's place.
    [...forged, signed()].map((decision) => ({
      topic: decisions.name,
      partition: 0,
      key: Buffer.from(key),
      value: decisions.codec.encode(decision),
    })),
  );
  await writer.close();
  await until('all was read', () => sink.kept.length > 0 && sink.letters.length > forged.length);
  expect(sink.wishes).toEqual([asked().reason]);
  expect(sink.kept).toEqual([asked().id]);
  expect(sink.letters.toSorted()).toEqual(['proposal-id-invalid', ...forgeries.map(([, , code]) => code)].toSorted());
  expect(failures).toEqual([]);
});
