/** One validator of one partition: the protocol's replica, its own ledger of what was decided, and its check of each open proposal. */

import { HotStuffReplica, type ReplicaConfig } from '../../src/consensus/hotstuff/replica.ts';
import type { Check, Effect, Event, Offer } from '../../src/consensus/protocol.ts';
import type { Signer } from '../../src/consensus/signature.ts';
import { cellKey } from '../../src/fleet/ids.ts';
import type { Decided } from '../../src/interventions/decided.ts';
import { DecisionLedger } from '../../src/interventions/ledger.ts';
import { type Judgement, validateProposal } from '../../src/interventions/validation.ts';
import type { Policies } from '../policies.ts';
import type { Evidence } from './evidence.ts';
import type { OpenProposal, OpenProposals } from './open-proposals.ts';
import type { SavedState } from './saved-state.ts';

/** What the validators of a process share: their own reading of the log. */
export interface SharedView {
  readonly policies: Policies;
  readonly evidence: Evidence;
  readonly open: OpenProposals;
}

/**
 * A proposal is written after the snapshot that it rests on. Where snapshots were read that were appended so much later than the proposal, in ms, its own
 * does not exist. The margin is for brokers whose clocks differ.
 */
const overdueMs = 10_000;

type Committed = Extract<Effect, { readonly type: 'committed' }>;

export class HostedValidator {
  readonly id: string;
  readonly signer: Signer;
  readonly replica: HotStuffReplica;
  readonly #shared: SharedView;
  readonly #undecided = new Set<number>();
  /** The check that the replica was last told, by offset. */
  readonly #told = new Map<number, string>();
  #ledger: DecisionLedger;
  /** Decided items whose proposal has not been read yet hold up those behind them: a ledger is kept in commit order. */
  readonly #unread: Committed['block']['items'][number][] = [];
  #height: number;

  constructor(config: ReplicaConfig, shared: SharedView, saved: SavedState | null) {
    this.id = config.validator;
    this.signer = config.signer;
    // Budgets, cooldowns and blast radius are counted from what was decided.
    this.replica = new HotStuffReplica({ ...config, checksRestOnDecisions: true });
    this.#shared = shared;
    this.#ledger = saved === null ? new DecisionLedger() : DecisionLedger.decode(saved.ledger);
    this.#height = saved?.height ?? 0;
  }

  get undecided(): number {
    return this.#undecided.size;
  }

  step(event: Event): readonly Effect[] {
    const effects = this.replica.step(event);
    for (const effect of effects) {
      if (effect.type === 'committed') this.#committed(effect);
      else if (effect.type === 'dropped') {
        this.#undecided.delete(effect.proposal.offset);
        this.#told.delete(effect.proposal.offset);
      }
    }
    return effects;
  }

  /** A proposal was read. */
  noteProposal({ offset, digest }: OpenProposal): void {
    if (!this.replica.isSettled(offset, digest)) this.#undecided.add(offset);
    this.#drainUnread();
  }

  /** Whether this validator will not ask again what the proposal says: it is decided, or can no longer be, and is in the ledger. */
  isDoneWith({ offset, digest }: OpenProposal): boolean {
    return this.replica.isSettled(offset, digest) && this.#unread.every((item) => item.offset !== offset);
  }

  /** Something is decided whose proposal is still to be read. */
  get isBehind(): boolean {
    return this.#unread.length > 0;
  }

  /**
   * Checks every open proposal, each as if those before it had been decided, and tells the replica where a check has changed, or that none has. Not while
   * the ledger lacks what is decided: the replica then goes on waiting for checks made after its last block.
   */
  judge(): readonly Effect[] {
    this.#drainUnread();
    if (this.isBehind) return [];
    const offers: Offer[] = [];
    const ledger = this.#ledger.fork();
    for (const offset of this.#undecided) {
      const open = this.#shared.open.get(offset);
      if (open === undefined || this.replica.isSettled(offset, open.digest)) {
        this.#undecided.delete(offset);
        this.#told.delete(offset);
        continue;
      }
      const judgement = this.#check(open, ledger);
      if (judgement.verdict === 'approve') ledger.record(decided(open, 'APPROVED', judgement.dryRun));
      const word =
        judgement.verdict === 'wait'
          ? 'wait'
          : `${judgement.verdict === 'reject' ? judgement.code : 'approve'} ${judgement.dryRun}`;
      if (this.#told.get(offset) === word) continue;
      this.#told.set(offset, word);
      // A time before 1970 is rejected like any other nonsense, but is no time that can be agreed on.
      const proposal = { offset, digest: open.digest, decidedMs: Math.max(0, open.proposal.createdMs) };
      offers.push({ proposal, check: toCheck(judgement) });
    }
    return this.step({ type: 'offeredTogether', offers });
  }

  /** What to keep for the next start, at the height of a checkpoint; null while the ledger is behind it. */
  save(through: number, height: number, proposalsFrom: number, state: Uint8Array, instance: string): SavedState | null {
    this.#drainUnread();
    if (this.#unread.length > 0 || this.#height !== height) return null;
    const snapshotsFrom = this.#shared.evidence.lowestOffset ?? 0;
    return {
      instance,
      validator: this.id,
      through,
      height,
      proposalsFrom,
      snapshotsFrom,
      state,
      ledger: this.#ledger.encode(),
    };
  }

  #check({ proposal, problem, appendMs }: OpenProposal, ledger: DecisionLedger): Judgement {
    const { policies, evidence } = this.#shared;
    const key = cellKey(proposal.tenant, proposal.fleet, proposal.cell);
    const view = {
      policy: policies.of(proposal.tenant),
      ledger,
      snapshot: evidence.find(key, proposal.evidence.windowEndMs),
      cellReachedMs: evidence.reachedMs(key),
      snapshotOverdue: evidence.appendedMs !== null && evidence.appendedMs >= appendMs + overdueMs,
    };
    return validateProposal(proposal, view, problem);
  }

  #committed({ block }: Committed): void {
    if (block.height <= this.#height) return;
    this.#height = block.height;
    for (const item of block.items) {
      this.#undecided.delete(item.offset);
      this.#told.delete(item.offset);
      this.#unread.push(item);
    }
    this.#drainUnread();
  }

  #drainUnread(): void {
    for (let item = this.#unread[0]; item !== undefined; item = this.#unread[0]) {
      const open = this.#shared.open.get(item.offset);
      // What is gone from the topic, or cannot be read, is not waited for: the ledger would stand still, and count no approval after it.
      if (open === undefined && item.offset >= this.#shared.open.next) return;
      if (open !== undefined && isRemembered(open, item.verdict))
        this.#ledger.record(decided(open, item.verdict, item.dryRun));
      this.#unread.shift();
    }
  }
}

/** An id that does not follow from what the proposal says may be of any length, and somebody else's. */
function isRemembered({ problem }: OpenProposal, verdict: Decided['verdict']): boolean {
  return verdict === 'APPROVED' || problem === null;
}

function decided({ proposal }: OpenProposal, verdict: Decided['verdict'], dryRun: boolean): Decided {
  const { id, tenant, fleet, cell, kind, targets, createdMs, expiresMs } = proposal;
  return { proposalId: id, tenant, fleet, cell, kind, targets, verdict, dryRun, decidedMs: createdMs, expiresMs };
}

function toCheck(judgement: Judgement): Check {
  switch (judgement.verdict) {
    case 'approve':
      return { verdict: 'approve', dryRun: judgement.dryRun };
    case 'reject':
      return { verdict: 'reject', dryRun: judgement.dryRun, reason: judgement.code };
    case 'wait':
      return { verdict: 'wait' };
  }
}
