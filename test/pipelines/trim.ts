/** What deleting old records of aura.consensus must leave: run on the in-memory log and on a real broker. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { instanceName } from '../../pipelines/consensus/agreement.ts';
import { readSaved } from '../../pipelines/consensus/saved-state.ts';
import { type Trimmed, trimConsensus } from '../../pipelines/consensus/trim.ts';
import type { Topics } from '../../pipelines/topics.ts';
import type { Decision } from '../../schemas/records.ts';
import { type RunningPipelines, startPipelines } from '../../src/cli/assembly.ts';
import { createParameters } from '../../src/consensus/hotstuff/parameters.ts';
import { keyPairFromSeed } from '../../src/consensus/keys.ts';
import { ed25519, ed25519Signer } from '../../src/consensus/signature.ts';
import { createValidatorSet } from '../../src/consensus/validator-set.ts';
import { verifyDecision } from '../../src/consensus/verify.ts';
import { cellKey } from '../../src/fleet/ids.ts';
import type { Log } from '../../src/streams/log.ts';
import { MemoryRegistry } from '../../src/streams/schema/memory-registry.ts';
import { proposalOf } from '../cli/signed-decision.ts';
import { readAll } from '../streams/log-contract.ts';
import { until } from '../streams/wire.ts';

export const ids = ['v1', 'v2', 'v3', 'v4'] as const;
const keys = new Map(ids.map((id, i) => [id as string, keyPairFromSeed(Buffer.alloc(32, i + 1))]));
const members = [...keys].map(([id, { publicKey }]) => ({ id, publicKey }));
export const agreement = {
  cluster: 'trim',
  set: createValidatorSet(members),
  parameters: createParameters({ checkpointEvery: 2, timeoutMs: 200 }),
  partitions: 1,
};
const far = Number.MAX_SAFE_INTEGER;

/** Validators and learners on one log, in processes that come and go; no proposal has evidence, so each is rejected. */
export class Installation {
  readonly log: Log;
  readonly #running = new Map<string, RunningPipelines>();
  readonly #registry = new MemoryRegistry();
  readonly failures: string[] = [];
  proposed = 0;

  constructor(log: Log) {
    this.log = log;
  }

  get topics(): Topics {
    const [{ topics }] = this.#running.values();
    return topics;
  }

  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** A process with one of the validators and a learner. */
  async start(...started: readonly string[]): Promise<void> {
    for (const id of started) {
      const pair = keys.get(id);
      if (pair === undefined) throw new Error(`no validator ${id}`);
      const running = await startPipelines({
        log: this.log,
        registry: this.#registry,
        partitions: 1,
        pipelines: new Set(['consensus']),
        engine: null,
        validators: { agreement, signers: new Map([[id, ed25519Signer(pair)]]) },
        history: null,
        graph: null,
        observer: {
          taskState: (processor, _partition, state, error) => {
            // A learner is fenced where the next one takes its partition over; a validator has no reason to fail.
            if (state === 'failed' && processor === 'validators') this.failures.push(`${id}: ${String(error)}`);
          },
        },
        failed: (error) => this.failures.push(`${id}: ${String(error)}`),
      });
      this.#running.set(id, running);
    }
  }

  async stop(...stopped: readonly string[]): Promise<void> {
    for (const id of stopped) {
      await this.#running.get(id)?.close();
      this.#running.delete(id);
    }
  }

  /** One proposal after the other, each in a block of its own. */
  async decide(count: number): Promise<void> {
    const { topics } = this;
    const writer = await this.log.writer();
    for (let i = 0; i < count; i++) {
      const proposal = proposalOf({ id: `p${this.proposed++}` });
      const key = Buffer.from(cellKey(proposal.tenant, proposal.fleet, proposal.cell));
      const value = topics.proposals.codec.encode(proposal);
      await writer.write([{ topic: topics.proposals.name, partition: 0, key, value }]);
      await until(
        `${proposal.id} is decided; failures: ${this.failures.join('; ')}`,
        async () => (await this.decisions()).length >= this.proposed,
        30_000,
      );
    }
    await writer.close();
  }

  async decisions(): Promise<readonly Decision[]> {
    const { topics } = this;
    const records = await readAll(this.log, topics.decisions.name, 0);
    return records.map(({ value }) => topics.decisions.codec.decode(value ?? Buffer.alloc(0)));
  }

  async trim(without: readonly string[] = [], keptSinceMs = far): Promise<Trimmed> {
    const { log, topics } = this;
    const options = { log, topics, agreement, keptSinceMs, without: new Set(without), withinMs: 30_000 };
    const [trimmed] = await trimConsensus(options);
    return trimmed;
  }

  async savedThrough(id: string): Promise<number> {
    const expected = {
      instance: instanceName(agreement, 0),
      validators: new Map(members.map((member) => [member.id, member.publicKey])),
      scheme: ed25519(),
    };
    return (await readSaved(this.log, 0, expected, 30_000)).get(id)?.through ?? -1;
  }

  /** Every proposal was decided once, and every decision verifies. */
  async check(): Promise<void> {
    const decisions = await this.decisions();
    const proposals = Array.from({ length: this.proposed }, (_, i) => `p${i}`);
    expect(decisions.map(({ proposalId }) => proposalId).sort()).toEqual(proposals.sort());
    for (const decision of decisions) expect(verifyDecision(decision, members)).toMatchObject({ ok: true });
    expect(this.failures).toEqual([]);
  }
}

export function describeTrim(name: string, open: () => Promise<Log>): void {
  async function install(): Promise<Installation> {
    const installation = new Installation(await open());
    onTestFinished(async () => {
      await installation.stop(...installation.running);
      await installation.log.close();
    });
    await installation.start(...ids);
    return installation;
  }

  describe(`${name}: deleting old records of aura.consensus`, { timeout: 120_000 }, () => {
    test('what validators and learner have behind them goes; started anew, all take up and go on', async () => {
      const installation = await install();
      expect(await installation.trim()).toMatchObject({ deleted: 0, heldBy: 'v1, which has saved no state yet' });
      await installation.decide(7);
      expect(await installation.trim([], 0)).toMatchObject({
        deleted: 0,
        low: 0,
        heldBy: expect.stringContaining('age'),
      });
      let low = 0;
      for (let round = 0; round < 2; round++) {
        await until('something can be deleted', async () => (await installation.trim()).low > low, 30_000);
        ({ low } = await installation.trim());
        await installation.stop(...ids);
        await installation.start(...ids);
        await installation.decide(3);
      }
      expect((await installation.log.bounds('aura.consensus'))[0].low).toBe(low);
      await installation.check();
    });

    test('a validator that is down holds the deleting up, and finds what it needs when it comes back', async () => {
      const installation = await install();
      await installation.decide(5);
      await until('v4 has saved', async () => (await installation.savedThrough('v4')) >= 0);
      await installation.stop('v4');
      const needed = (await installation.savedThrough('v4')) + 1;
      await installation.decide(8);
      await until('all but v4 let go', async () => (await installation.trim()).heldBy.startsWith('v4, '), 30_000);
      expect(await installation.trim()).toMatchObject({ low: needed, deleted: 0 });
      await installation.start('v4');
      await installation.stop('v1');
      await installation.decide(3);
      await installation.check();
    });

    test('a validator that was not waited for takes the last stable checkpoint', async () => {
      const installation = await install();
      await installation.decide(5);
      await until('v4 has saved', async () => (await installation.savedThrough('v4')) >= 0);
      await installation.stop('v4');
      const needed = (await installation.savedThrough('v4')) + 1;
      await installation.decide(8);
      await until('its records are gone', async () => (await installation.trim(['v4'])).low > needed, 30_000);
      await installation.start('v4');
      await installation.stop('v1');
      await installation.decide(3);
      await installation.check();
    });
  });
}
