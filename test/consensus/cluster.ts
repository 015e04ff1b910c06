/** Validators and a learner around one ordered log, in one process, without faults: for tests of what a user sees. */

import type { Decision } from '../../schemas/records.ts';
import { CheckpointTracker } from '../../src/consensus/checkpoint.ts';
import type { ProposalSummary } from '../../src/consensus/decision.ts';
import { sha256 } from '../../src/consensus/encoding.ts';
import { PROTOCOL } from '../../src/consensus/hotstuff/ledger.ts';
import { createParameters, type Parameters } from '../../src/consensus/hotstuff/parameters.ts';
import { HotStuffReplica } from '../../src/consensus/hotstuff/replica.ts';
import { createInstance, type Instance } from '../../src/consensus/instance.ts';
import { type KeyPair, keyPairFromSeed } from '../../src/consensus/keys.ts';
import { Learner } from '../../src/consensus/learner.ts';
import type { Message } from '../../src/consensus/message.ts';
import type { Check, Effect } from '../../src/consensus/protocol.ts';
import { ed25519, ed25519Signer, VerifiedSignatures } from '../../src/consensus/signature.ts';
import { createValidatorSet, type Validator } from '../../src/consensus/validator-set.ts';

export interface TestKeys {
  readonly validators: readonly Validator[];
  readonly pairs: readonly KeyPair[];
}

export function testKeys(n: number): TestKeys {
  const pairs = Array.from({ length: n }, (_, i) => keyPairFromSeed(new Uint8Array(32).fill(i + 1)));
  const validators = pairs.map(({ publicKey }, i) => ({ id: `v${i}`, publicKey }));
  return { validators, pairs };
}

export function testInstance(validators: readonly Validator[], name = 'test/aura.proposals/0'): Instance {
  return createInstance(PROTOCOL, name, createValidatorSet(validators));
}

export const APPROVE: Check = { verdict: 'approve', dryRun: false };

/** The proposals of these tests are JSON; in production they are Avro. */
export function proposalValue(id: string): Uint8Array {
  return Buffer.from(
    JSON.stringify({ id, tenant: 't', fleet: 'f', cell: 0, kind: 'THROTTLE', targets: ['a'], expiresMs: 9 }),
  );
}

export function summarize(value: Uint8Array): ProposalSummary {
  return JSON.parse(Buffer.from(value).toString()) as ProposalSummary;
}

export class Cluster {
  readonly keys: TestKeys;
  readonly instance: Instance;
  readonly parameters: Parameters;
  /** What each validator knows of signatures; all the same object where they share a process. */
  readonly schemes: readonly VerifiedSignatures[];
  readonly log: Message[] = [];
  readonly proposals: Uint8Array[] = [];
  readonly replicas: HotStuffReplica[] = [];
  readonly learner: Learner;
  readonly decisions: Decision[] = [];
  /** Effects other than sends and timers, by validator. */
  readonly seen: Effect[][] = [];
  readonly #checksRestOnDecisions: boolean;
  readonly #timers: Map<string, Extract<Effect, { readonly type: 'setTimer' }>>[] = [];
  #starts = 0;

  constructor(
    n: number,
    chosen: Partial<Parameters> = {},
    shared: VerifiedSignatures | null = new VerifiedSignatures(ed25519()),
    checksRestOnDecisions = false,
  ) {
    this.#checksRestOnDecisions = checksRestOnDecisions;
    this.keys = testKeys(n);
    this.instance = testInstance(this.keys.validators);
    this.parameters = createParameters(chosen);
    this.schemes = Array.from({ length: n + 1 }, () => shared ?? new VerifiedSignatures(ed25519()));
    const scheme = this.schemes[n];
    this.learner = new Learner({ instance: this.instance, parameters: this.parameters, scheme, summarize });
    for (let i = 0; i < n; i++) this.seen.push([]);
    for (let i = 0; i < n; i++) this.start(i);
    this.settle();
  }

  /** Starts validator `i`, or starts it again from what the log says. */
  start(i: number): void {
    const { id } = this.keys.validators[i];
    this.#timers[i] = new Map();
    const scheme = this.schemes[i];
    const tracker = new CheckpointTracker(this.instance, scheme, id);
    for (const [position, message] of this.log.entries()) tracker.observe(position, message);
    const replica = new HotStuffReplica({
      instance: this.instance,
      validator: id,
      signer: scheme.signer(ed25519Signer(this.keys.pairs[i])),
      scheme,
      parameters: this.parameters,
      logStart: 0,
      checkpoint: tracker.best(),
      checksRestOnDecisions: this.#checksRestOnDecisions,
    });
    this.replicas[i] = replica;
    this.#feed(i);
    for (let offset = replica.proposalsFrom; offset < this.proposals.length; offset++) this.#offer(i, offset, APPROVE);
    this.#carryOut(i, replica.step({ type: 'start', nonce: new Uint8Array(16).fill(++this.#starts) }));
  }

  /** Appends a proposal and offers it to all, without letting messages flow. */
  append(value: Uint8Array, checks: readonly Check[] = []): number {
    const offset = this.proposals.push(value) - 1;
    this.decisions.push(...this.learner.onProposal(offset, value));
    for (let i = 0; i < this.replicas.length; i++) this.#offer(i, offset, checks[i] ?? APPROVE);
    return offset;
  }

  /** Validator `i` has made its checks anew and found them the same. */
  checkAnew(i: number): void {
    this.#carryOut(i, this.replicas[i].step({ type: 'offeredTogether', offers: [] }));
  }

  /** Hands every record of the log to everyone, and lets timers run out, until nothing more is said; `except` read nothing. */
  settle(except: readonly number[] = []): void {
    const running = this.replicas.map((_, i) => i).filter((i) => !except.includes(i));
    for (let round = 0; round < 1000; round++) {
      const moved = running.filter((i) => this.#feed(i)).length > 0;
      if (!moved && running.filter((i) => this.#expire(i)).length === 0) break;
    }
    for (let at = this.learner.nextPosition; at < this.log.length; at++) {
      this.decisions.push(...this.learner.onMessage(at, this.log[at]));
    }
  }

  #offer(i: number, offset: number, check: Check): void {
    const proposal = { offset, digest: sha256(this.proposals[offset]), decidedMs: 1000 + offset };
    this.#carryOut(i, this.replicas[i].step({ type: 'offered', proposal, check }));
  }

  #feed(i: number): boolean {
    const replica = this.replicas[i];
    let moved = false;
    for (let at = replica.nextPosition; at < this.log.length; at++) {
      this.#carryOut(i, replica.step({ type: 'message', position: at, message: this.log[at] }));
      moved = true;
    }
    return moved;
  }

  #expire(i: number): boolean {
    const timers = [...this.#timers[i].values()];
    this.#timers[i].clear();
    for (const { timer, view } of timers) this.#carryOut(i, this.replicas[i].step({ type: 'timer', timer, view }));
    return timers.length > 0;
  }

  #carryOut(i: number, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'send') this.log.push(effect.message);
      else if (effect.type === 'setTimer') this.#timers[i].set(effect.timer, effect);
      else if (effect.type === 'clearTimer') this.#timers[i].delete(effect.timer);
      else this.seen[i].push(effect);
    }
  }
}
