/**
 * What the log says, as HotStuff-2 reads it: a function of the records of aura.consensus in their order and of nothing else. All
 * validators and the learner run this same code over the same records, so they agree on every view, leader, certificate and
 * commit, and a replay gives the same state byte for byte.
 *
 * Malkhi and Nayak, "Extended Abstract: HotStuff-2: Optimal Two-Phase Responsive BFT" (2023), in the form without pipelining.
 * Differences that the log makes: votes are broadcast (the log is the broadcast), a certificate is the votes as they lie in the
 * log and travels by name, and a record of a view that is not open counts for nothing (an honest sender has read the record that
 * opened it, so its own comes later in the log).
 */
import { type Block, hashBlock, type Item, isCount, isWellFormedBlock } from '../block.ts';
import type { Certificate } from '../certificate.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import { ConsensusError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import {
  type CertificateRef,
  claimOf,
  isSigned,
  type Message,
  type Phase,
  type Proposal,
  says,
  senderOf,
  type Timeout,
  type Vote,
} from '../message.ts';
import type { CommittedBlock, Follower } from '../protocol.ts';
import type { Claim, SignatureScheme } from '../signature.ts';
import { DecidedWindow, shorten } from './decided-window.ts';
import { type Electorate, HOTSTUFF_VARIANT, type Variant } from './electorate.ts';
import type { AgreedParameters } from './parameters.ts';
import { createStanding, type Standing } from './reputation.ts';
import { RULES, type Rules } from './rules.ts';
import { empty, Tally } from './tally.ts';

export { PROTOCOL } from './electorate.ts';

export interface Lock {
  /** View of the PREPARE certificate. */
  readonly view: number;
  readonly blockHash: Hash;
  readonly block: Block;
}

export interface Proposed {
  readonly block: Block;
  readonly blockHash: Hash;
  /** Index of the leader that proposed it in this view. */
  readonly proposer: number;
}

export interface Head {
  readonly blockHash: Hash;
  /** View of its commit; 0 at the start. */
  readonly view: number;
  /** Null at the start only. */
  readonly certificate: Certificate | null;
}

/** Why a record counts for nothing. */
export type Refusal =
  | 'LATE'
  | 'COMPLETE'
  | 'COUNTED'
  | 'EARLY'
  | 'OTHER_INSTANCE'
  | 'UNKNOWN_VALIDATOR'
  | 'VOID_INCARNATION'
  | 'STALE_INCARNATION'
  | 'NOT_LEADER'
  | 'SECOND_PROPOSAL'
  | 'BAD_BLOCK'
  | 'BAD_JUSTIFY'
  | 'BREAKS_LOCK'
  | 'SETTLED_ITEM'
  | 'OTHER_BLOCK'
  | 'UNPREPARED'
  | 'UNKNOWN_HIGH'
  | 'BAD_SIGNATURE';

export type Transition =
  | {
      readonly type: 'refused';
      readonly code: Refusal;
      /** Happens to honest senders all the time; not worth a report. */
      readonly isOrdinary: boolean;
    }
  /** Counted, and nothing is complete yet; or of no concern to the ledger (a checkpoint). */
  | { readonly type: 'noted' }
  | { readonly type: 'incarnated'; readonly validator: number; readonly nonce: Uint8Array }
  | { readonly type: 'proposed' }
  | { readonly type: 'prepared' }
  | ({ readonly type: 'committed' } & CommittedBlock)
  /** `wasProposed`: its leader's block had come. */
  | {
      readonly type: 'viewFailed';
      readonly view: number;
      readonly wasProposed: boolean;
      readonly unprepared: Block | null;
    };

const NOTED: Transition = { type: 'noted' };

export interface LedgerConfig {
  readonly instance: Instance;
  readonly parameters: AgreedParameters;
  readonly scheme: SignatureScheme;
  readonly rules?: Rules;
  /** HotStuff unless given. */
  readonly variant?: Variant;
}

export class Ledger implements Follower {
  readonly instance: Instance;
  readonly parameters: AgreedParameters;
  readonly standings: Standing[];
  readonly decided: DecidedWindow;
  readonly electorate: Electorate;
  readonly #scheme: SignatureScheme;
  readonly #rules: Rules;

  /** Offset of the last record taken in; -1 before the first. */
  position = -1;
  view = 1;
  /** Views in a row that failed. */
  failedViews = 0;
  /** Height of the last committed block. */
  height = 0;
  head: Head;
  /** The block that was prepared at height + 1, if one was. */
  lock: Lock | null = null;
  /** The proposal of the open view. */
  proposal: Proposed | null = null;
  readonly prepares = new Tally();
  readonly commits = new Tally();
  /** Indexes of those that timed the open view out, in the order of the log. */
  readonly timeouts: number[] = [];
  /** Index of the leader of the open view. */
  leader = 0;

  constructor(config: LedgerConfig) {
    const { protocol, createElectorate } = config.variant ?? HOTSTUFF_VARIANT;
    if (config.instance.protocol !== protocol) {
      throw new ConsensusError('BAD_PARAMETER', 'protocol of the instance', config.instance.protocol, protocol);
    }
    this.instance = config.instance;
    this.parameters = config.parameters;
    this.#scheme = config.scheme;
    this.#rules = config.rules ?? RULES;
    this.standings = config.instance.set.validators.map(createStanding);
    this.electorate = createElectorate(config.instance.set, this.#rules, this.standings);
    this.decided = new DecidedWindow(config.parameters.decidedKept);
    this.head = { blockHash: config.instance.genesis, view: 0, certificate: null };
    this.openView();
  }

  /** Whether the open view has its PREPARE certificate. */
  get isPrepared(): boolean {
    return this.lock !== null && this.lock.view === this.view;
  }

  /** The highest certificate: of the lock, else of the last commit. */
  get high(): CertificateRef | null {
    if (this.lock !== null) return { view: this.lock.view, blockHash: this.lock.blockHash };
    return this.height === 0 ? null : { view: this.head.view, blockHash: this.head.blockHash };
  }

  /** What a block at height + 1 names as its parent. */
  get anchor(): Hash {
    return this.electorate.anchor(this.head.blockHash);
  }

  isSettled(offset: number, digest: Hash): boolean {
    return !this.#rules.mayDecide(this.decided.isSettled(offset, digest));
  }

  follow(position: number, message: Message): CommittedBlock | null {
    const transition = this.apply(position, message);
    return transition.type === 'committed' ? transition : null;
  }

  /** The signatures that taking in these records now would check, as far as a quorum takes: of the open view's block, votes and timeouts. */
  claims(messages: readonly Message[]): readonly Claim[] {
    const { instance, parameters, electorate } = this;
    const places = { PREPARE: [...this.prepares.places], COMMIT: [...this.commits.places] };
    const isDone = { PREPARE: this.isPrepared, COMMIT: false };
    let blockHash = this.isPrepared ? (this.lock?.blockHash ?? null) : (this.proposal?.blockHash ?? null);
    const claims: (Claim | null)[] = [];
    for (const message of messages) {
      const { validator, body } = message;
      const sender = instance.set.indexOf(validator);
      if (sender < 0 || body.type === 'checkpoint' || body.type === 'incarnation' || body.view !== this.view) continue;
      if (body.type === 'timeout') {
        if (!this.timeouts.includes(sender)) claims.push(claimOf(instance, message));
        continue;
      }
      const phase = body.type === 'proposal' ? 'PREPARE' : body.phase;
      if (body.type === 'proposal') {
        const isDue = blockHash === null && sender === this.leader;
        if (!isDue || !isWellFormedBlock(body.block, parameters.blockItemsMax)) continue;
        blockHash = hashBlock(instance, body.block);
        claims.push(claimOf(instance, message, blockHash));
      } else {
        const isOpen = !isDone[phase] && (phase === 'PREPARE' || isDone.PREPARE);
        if (!isOpen || places[phase].includes(sender) || blockHash === null) continue;
        if (!equalBytes(body.blockHash, blockHash)) continue;
        claims.push(claimOf(instance, message));
      }
      places[phase].push(sender);
      isDone[phase] = electorate.isQuorum(places[phase]);
    }
    return claims.filter((claim) => claim !== null);
  }

  /** What would be the open view's block if `message` were the next record of the log; null where it would not be. Changes nothing. */
  foresee(message: Message): Proposed | null {
    const { validator, incarnation, body } = message;
    if (body.type !== 'proposal' || body.view !== this.view || message.instance !== this.instance.name) return null;
    const sender = this.instance.set.indexOf(validator);
    if (sender < 0 || !this.#rules.mayCountIncarnation(this.standings[sender].incarnation, incarnation)) return null;
    const proposed = this.#examine(message, body, sender);
    return typeof proposed === 'string' ? null : proposed;
  }

  /** Takes in the record at `position`. Positions rise; a record at or below `this.position` changes nothing. Never throws for a hostile record. */
  apply(position: number, message: Message): Transition {
    if (position <= this.position) return LATE;
    this.position = position;
    if (message.instance !== this.instance.name) return refused('OTHER_INSTANCE');
    const sender = senderOf(this.instance, message);
    if (sender < 0) return refused('UNKNOWN_VALIDATOR');
    if (says(message, 'checkpoint')) return NOTED;
    const standing = this.standings[sender];
    if (says(message, 'incarnation')) {
      if (!isPositive(message.incarnation) || message.incarnation <= standing.incarnation)
        return refused('STALE_INCARNATION');
      if (!this.#isSigned(message)) return refused('BAD_SIGNATURE');
      standing.incarnation = message.incarnation;
      return { type: 'incarnated', validator: sender, nonce: message.body.nonce };
    }
    if (!this.#rules.mayCountIncarnation(standing.incarnation, message.incarnation)) return refused('VOID_INCARNATION');
    if (says(message, 'vote')) {
      const { body } = message;
      if (body.view !== this.view) return this.#outOfView(body.view);
      return body.phase === 'PREPARE' ? this.#onPrepare(message, body, sender) : this.#onCommit(message, body, sender);
    }
    if (says(message, 'proposal')) {
      const { body } = message;
      return body.view === this.view ? this.#onProposal(message, body, sender) : this.#outOfView(body.view);
    }
    if (says(message, 'timeout')) {
      const { body } = message;
      return body.view === this.view ? this.#onTimeout(message, body, sender) : this.#outOfView(body.view);
    }
    // Of no type that there is: of no concern either.
    return NOTED;
  }

  #outOfView(view: number): Transition {
    return view < this.view ? LATE : refused('EARLY');
  }

  #onProposal(message: Message, body: Proposal, sender: number): Transition {
    const proposed = this.#examine(message, body, sender);
    if (typeof proposed === 'string') return refused(proposed);
    this.proposal = proposed;
    this.prepares.clear();
    return this.#countPrepare(message, sender, proposed) ? { type: 'prepared' } : { type: 'proposed' };
  }

  /** The open view's block as `message` proposes it, or why it does not. */
  #examine(message: Message, body: Proposal, sender: number): Proposed | Refusal {
    if (sender !== this.leader) return 'NOT_LEADER';
    if (!this.#rules.mayPropose(this.proposal !== null)) return 'SECOND_PROPOSAL';
    const { block } = body;
    if (!isWellFormedBlock(block, this.parameters.blockItemsMax)) return 'BAD_BLOCK';
    if (block.height !== this.height + 1 || !equalBytes(block.parent, this.anchor)) return 'BAD_BLOCK';
    if (!sameRef(body.justify, this.high)) return 'BAD_JUSTIFY';
    const refusal = this.#checkItems(block.items);
    if (refusal !== null) return refusal;
    if (block.view < 1 || block.view > this.view) return 'BAD_BLOCK';
    const blockHash = hashBlock(this.instance, block);
    if (!this.#rules.extendsLock(this.lock, blockHash)) return 'BREAKS_LOCK';
    const isAgain = this.lock !== null && equalBytes(this.lock.blockHash, blockHash);
    if (!isAgain && block.view !== this.view) return 'BAD_BLOCK';
    if (!this.#isSigned(message, blockHash)) return 'BAD_SIGNATURE';
    return { block, blockHash, proposer: sender };
  }

  #checkItems(items: readonly Item[]): Refusal | null {
    let rises = true;
    let previous = -1;
    for (const { offset, digest } of items) {
      if (this.isSettled(offset, digest)) return 'SETTLED_ITEM';
      rises &&= offset > previous;
      previous = offset;
    }
    if (items.length === 1) return null;
    // Offsets that rise, as they nearly always do, are not repeated.
    const offsets = rises ? items.length : new Set(items.map(({ offset }) => offset)).size;
    const repeated = offsets < items.length || !areDifferent(items);
    return this.#rules.mayDecide(repeated) ? null : 'BAD_BLOCK';
  }

  #onPrepare(message: Message, body: Vote, sender: number): Transition {
    const { proposal } = this;
    if (proposal === null || !equalBytes(body.blockHash, proposal.blockHash)) return refused('OTHER_BLOCK');
    if (this.isPrepared) return COMPLETE;
    if (!this.#rules.mayCount(this.prepares.has(sender))) return COUNTED;
    if (!this.#isSigned(message)) return refused('BAD_SIGNATURE');
    return this.#countPrepare(message, sender, proposal) ? { type: 'prepared' } : NOTED;
  }

  #countPrepare(message: Message, sender: number, { block, blockHash }: Proposed): boolean {
    this.#count(this.prepares, message, sender);
    if (!this.electorate.isQuorum(this.prepares.places)) return false;
    this.lock = { view: this.view, blockHash, block };
    return true;
  }

  #onCommit(message: Message, body: Vote, sender: number): Transition {
    const { lock } = this;
    if (lock === null || lock.view !== this.view) return refused('UNPREPARED');
    if (!equalBytes(body.blockHash, lock.blockHash)) return refused('OTHER_BLOCK');
    if (!this.#rules.mayCount(this.commits.has(sender))) return COUNTED;
    if (!this.#isSigned(message)) return refused('BAD_SIGNATURE');
    this.#count(this.commits, message, sender);
    return this.electorate.isQuorum(this.commits.places) ? this.#commit(lock) : NOTED;
  }

  #commit({ block, blockHash }: Lock): Transition {
    const certificate = this.#certificate('COMMIT', blockHash, this.commits);
    this.height = block.height;
    for (const tally of [this.prepares, this.commits]) {
      for (const place of tally.places) this.standings[place % this.standings.length].signedHeight = this.height;
    }
    this.electorate.onCommit(this.height, this.leader, this.commits.places);
    this.head = { blockHash, view: this.view, certificate };
    this.decided.add(block.items);
    this.lock = null;
    this.failedViews = 0;
    this.view++;
    this.openView();
    return { type: 'committed', block, blockHash, certificate };
  }

  #onTimeout(message: Message, body: Timeout, sender: number): Transition {
    if (this.timeouts.includes(sender)) return COUNTED;
    const { high } = body;
    if (high !== null && !(isCount(high.view) && high.view <= (this.high?.view ?? 0))) return refused('UNKNOWN_HIGH');
    if (!this.#isSigned(message)) return refused('BAD_SIGNATURE');
    this.timeouts.push(sender);
    if (!this.electorate.isQuorum(this.timeouts)) return NOTED;
    // 2f + 1 timeouts are the timeout certificate: none of the votes of this view that are still to come can complete anything.
    const wasProposed = this.proposal !== null;
    const unprepared = this.proposal !== null && !this.isPrepared ? this.proposal.block : null;
    const failed = this.view;
    this.electorate.onFailure(this.height + 1, this.leader);
    this.failedViews++;
    this.view++;
    this.openView();
    return { type: 'viewFailed', view: failed, wasProposed, unprepared };
  }

  /** Clears what belonged to the view before. Also brings `leader` up to date after a restore. */
  openView(): void {
    this.proposal = null;
    this.prepares.clear();
    this.commits.clear();
    empty(this.timeouts);
    this.leader = this.electorate.leaderOf(this.view, this.height + 1);
  }

  #count(tally: Tally, message: Message, sender: number): void {
    const { validator, incarnation, signature } = message;
    // With the rules as they are, a sender is new here; under a broken `mayCount` each of its votes takes a place of its own.
    let place = sender;
    while (tally.has(place)) place += this.standings.length;
    tally.add(place, { validator, incarnation, signature });
  }

  #certificate(phase: Phase, blockHash: Hash, tally: Tally): Certificate {
    const signatures = tally.votes.slice();
    const endorsement = this.electorate.endorse(this.head.blockHash);
    return endorsement === undefined
      ? { phase, view: this.view, blockHash, signatures }
      : { phase, view: this.view, blockHash, signatures, endorsement };
  }

  #isSigned(message: Message, blockHash?: Hash): boolean {
    return this.#rules.mayBelieve(isSigned(this.instance, this.#scheme, message, blockHash));
  }
}

const ORDINARY: ReadonlySet<Refusal> = new Set(['LATE', 'COMPLETE', 'COUNTED']);
const LATE = refused('LATE');
const COMPLETE = refused('COMPLETE');
const COUNTED = refused('COUNTED');

function refused(code: Refusal): Transition {
  return { type: 'refused', code, isOrdinary: ORDINARY.has(code) };
}

/** Items whose digests are compared one by one. */
const FEW = 4;

/** Whether no two are of the same digest. */
function areDifferent(items: readonly Item[]): boolean {
  if (items.length > FEW) return new Set(items.map(({ digest }) => shorten(digest))).size === items.length;
  for (let i = 1; i < items.length; i++) {
    const text = shorten(items[i].digest);
    for (let j = 0; j < i; j++) if (shorten(items[j].digest) === text) return false;
  }
  return true;
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function sameRef(a: CertificateRef | null, b: CertificateRef | null): boolean {
  if (a === null || b === null) return a === b;
  return a.view === b.view && equalBytes(a.blockHash, b.blockHash);
}
