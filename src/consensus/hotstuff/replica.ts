/**
 * One validator: the ledger, its own checks, and what it does about them. After every event it looks at where the ledger stands
 * and does whatever is due and not yet done, so nothing depends on which event came first.
 */
import { type Block, hashBlock, isCount, isReason, isWellFormedBlock, REASON_PATTERN } from '../block.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import { EquivocationWatch } from '../equivocation.ts';
import { ConsensusError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import {
  type Body,
  type Message,
  type MessageOf,
  NONCE_BYTES,
  type Phase,
  says,
  senderOf,
  signMessage,
  type TimeoutCause,
} from '../message.ts';
import type { Check, Effect, Event, OfferedProposal, Replica, ReplicaStatus, TimerName } from '../protocol.ts';
import type { Claim, SignatureScheme, Signer } from '../signature.ts';
import { HOTSTUFF_VARIANT, type Variant } from './electorate.ts';
import { Ledger } from './ledger.ts';
import { decodeLedger, encodeLedger } from './ledger-state.ts';
import type { Parameters } from './parameters.ts';
import { Patience } from './patience.ts';
import { type Agreement, Pool } from './pool.ts';
import { RULES, type Rules } from './rules.ts';

export interface ReplicaConfig {
  readonly instance: Instance;
  /** Which member of the set this is. Its key must be the signer's. */
  readonly validator: string;
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  readonly parameters: Parameters;
  /** Earliest offset that the log still holds. */
  readonly logStart: number;
  /** Where to take up; from CheckpointTracker.best(). Without one the log must reach back to its beginning. */
  readonly checkpoint?: {
    readonly through: number;
    readonly state: Uint8Array;
    readonly proposalsFrom: number | null;
  } | null;
  /**
   * What a check says depends on what was decided before. After each block nothing is proposed or found valid until an `offeredTogether`, of none where
   * none has changed, says that all were made anew.
   */
  readonly checksRestOnDecisions?: boolean;
  readonly rules?: Rules;
  /** HotStuff unless given. */
  readonly variant?: Variant;
}

const NO_EFFECTS: readonly Effect[] = Object.freeze([]);

/**
 * Share of the view timeout that a leader waits before it tries again what failed twice. Validators' clocks may run at different rates: were
 * it half, one whose clock runs twice as fast would have given up the view by then, each time, and where every vote is needed nothing
 * would be decided. At an eighth, clocks may differ by a factor of four and half of the shortest timeout is left for the votes.
 */
const RETRY_AFTER = 1 / 8;

export class HotStuffReplica implements Replica {
  readonly ledger: Ledger;
  readonly #config: ReplicaConfig;
  readonly #rules: Rules;
  readonly #self: number;
  readonly #pool = new Pool();
  readonly #watch: EquivocationWatch;
  readonly #patience: Patience;
  #status: ReplicaStatus = 'idle';
  #nonce: Uint8Array = new Uint8Array(0);
  #incarnation = 0;
  /** Lowest offset of aura.proposals not offered yet, as far as known. */
  #offeredThrough: number;
  // The latest views in which this incarnation did each thing; a view is done once.
  #proposedIn = 0;
  #preparedIn = 0;
  #committedIn = 0;
  #timedOutIn = 0;
  #retriedIn = 0;
  /** A block was decided since the checks were made; see ReplicaConfig. */
  #checksAreStale = false;
  /** Views that the two timers run for; 0 when they don't. */
  #viewTimer = 0;
  #retryTimer = 0;
  /** Of the step under way; one for all steps without any. */
  #effects: Effect[] | null = null;

  /**
   * @throws ConsensusError UNKNOWN_VALIDATOR, BAD_KEY; HISTORY_MISSING when the log does not reach back to the checkpoint (or to
   * its own beginning without one): voting without knowing what one voted before is not safe.
   */
  constructor(config: ReplicaConfig) {
    const { instance, validator, signer, checkpoint } = config;
    this.#config = config;
    this.#rules = config.rules ?? RULES;
    this.#self = instance.set.indexOf(validator);
    if (this.#self < 0) {
      const ids = instance.set.validators.map(({ id }) => id).join(', ');
      throw new ConsensusError('UNKNOWN_VALIDATOR', 'not in the validator set', validator, ids);
    }
    if (!equalBytes(instance.set.validators[this.#self].publicKey, signer.publicKey)) {
      throw new ConsensusError(
        'BAD_KEY',
        `the key is not that of ${validator}`,
        'another public key',
        'the key in the validator set',
      );
    }
    const { parameters, scheme, variant = HOTSTUFF_VARIANT } = config;
    const ledgerConfig = { instance, parameters, scheme, rules: this.#rules, variant };
    this.ledger = checkpoint ? decodeLedger(ledgerConfig, checkpoint.state) : new Ledger(ledgerConfig);
    if (config.logStart > this.ledger.position + 1) {
      throw new ConsensusError(
        'HISTORY_MISSING',
        'the log begins after what is known of it',
        config.logStart,
        `a log that still holds offset ${this.ledger.position + 1}, or a checkpoint nearer to its start`,
      );
    }
    this.#watch = new EquivocationWatch(instance, config.scheme);
    this.#patience = new Patience(parameters.timeoutDoublings);
    this.#offeredThrough = Math.max(this.ledger.decided.floor, (checkpoint?.proposalsFrom ?? 0) - 1);
  }

  get status(): ReplicaStatus {
    return this.#status;
  }

  get nextPosition(): number {
    return this.ledger.position + 1;
  }

  get proposalsFrom(): number {
    return this.#pool.lowest ?? Math.max(this.#offeredThrough, this.ledger.decided.floor) + 1;
  }

  get openProposals(): number {
    return this.#pool.size;
  }

  get height(): number {
    return this.ledger.height;
  }

  get view(): number {
    return this.ledger.view;
  }

  inspect(): unknown {
    const did = [this.#proposedIn, this.#preparedIn, this.#committedIn, this.#timedOutIn, this.#retriedIn];
    const timers = [this.#viewTimer, this.#retryTimer];
    return [
      this.#status,
      this.#incarnation,
      this.#offeredThrough,
      this.#checksAreStale,
      did,
      timers,
      this.#patience.inspect(),
      this.#pool.inspect(),
      encodeLedger(this.ledger),
    ];
  }

  isSettled(offset: number, digest: Hash): boolean {
    return this.ledger.isSettled(offset, digest);
  }

  step(event: Event): readonly Effect[] {
    if (this.#status === 'fenced') return NO_EFFECTS;
    this.#effects = null;
    let isChanged = true;
    switch (event.type) {
      case 'start':
        this.#start(event.nonce);
        break;
      case 'message':
        isChanged = this.#onMessage(event.position, event.message);
        break;
      case 'offered':
        isChanged = this.#onOffered(event.proposal, event.check);
        break;
      case 'offeredTogether':
        this.#checksAreStale = false;
        for (const { proposal, check } of event.offers) this.#onOffered(proposal, check);
        break;
      case 'overheard':
        this.#onOverheard(event.message);
        isChanged = false;
        break;
      case 'timer':
        this.#onTimer(event.timer, event.view);
        break;
    }
    // What was due after the last event is done.
    if (isChanged) this.#advance();
    return this.#effects ?? NO_EFFECTS;
  }

  claims(messages: readonly Message[]): readonly Claim[] {
    return this.ledger.claims(messages);
  }

  #start(nonce: Uint8Array): void {
    if (this.#status !== 'idle')
      throw new ConsensusError('BAD_PARAMETER', 'started twice', this.#status, 'one start a replica');
    if (nonce.length !== NONCE_BYTES)
      throw new ConsensusError('BAD_PARAMETER', 'nonce length', nonce.length, '16 bytes');
    this.#nonce = nonce;
    this.#status = 'recovering';
    this.#announce();
  }

  /** Also again when the log did not take the first, or an earlier start had claimed its number. */
  #announce(): void {
    this.#incarnation = this.ledger.standings[this.#self].incarnation + 1;
    this.#send({ type: 'incarnation', nonce: this.#nonce });
    this.#setTimer('start', 0, this.#config.parameters.timeoutMs);
    if (this.#rules.mayActivate(false)) this.#activate();
  }

  /** Whether anything changed that what is due may rest on. */
  #onMessage(position: number, message: Message): boolean {
    if (position <= this.ledger.position) return false;
    this.#watchVotes(message);
    const transition = this.ledger.apply(position, message);
    switch (transition.type) {
      case 'refused':
        if (!transition.isOrdinary) this.#emit({ type: 'refused', position, code: transition.code });
        if (transition.code !== 'STALE_INCARNATION' || !this.#isLatestAnnouncement(message)) return false;
        this.#announce();
        break;
      case 'incarnated':
        if (transition.validator !== this.#self) break;
        if (equalBytes(transition.nonce, this.#nonce)) {
          // An announcement repeated for want of an answer may come in late and count after all.
          this.#incarnation = message.incarnation;
          this.#activate();
        } else if (this.#status === 'active') this.#fence(message.incarnation);
        break;
      case 'noted':
        // A vote that completes nothing makes nothing due; a timeout may be the one to join.
        return says(message, 'timeout');
      case 'viewFailed':
        this.#patience.onViewFailed(transition.view, transition.wasProposed);
        if (transition.unprepared !== null) this.#pool.contest(transition.unprepared, this.ledger.decided.count);
        break;
      case 'committed': {
        const { block, certificate } = transition;
        this.#emit({ type: 'committed', block, certificate, position });
        this.#checksAreStale = this.#config.checksRestOnDecisions === true;
        this.#patience.onCommitted();
        this.#pool.settle(block.items);
        for (const proposal of this.#pool.dropThrough(this.ledger.decided.floor)) {
          this.#emit({ type: 'dropped', proposal });
        }
        if (this.#status === 'active' && block.height % this.#config.parameters.checkpointEvery === 0)
          this.#writeCheckpoint();
        break;
      }
    }
    return true;
  }

  /** Whether another start, earlier in the log, has claimed the number that this one asked for. */
  #isLatestAnnouncement({ validator, incarnation, body }: Message): boolean {
    if (this.#status !== 'recovering' || body.type !== 'incarnation') return false;
    return (
      validator === this.#config.validator && incarnation === this.#incarnation && equalBytes(body.nonce, this.#nonce)
    );
  }

  #activate(): void {
    if (this.#status !== 'recovering') return;
    this.#status = 'active';
    this.#clearTimer('start');
    // What earlier incarnations said in the open view stands.
    const { ledger } = this;
    if (ledger.prepares.has(this.#self)) this.#preparedIn = ledger.view;
    if (ledger.proposal?.proposer === this.#self) this.#proposedIn = ledger.view;
    if (ledger.commits.has(this.#self)) this.#committedIn = ledger.view;
    if (ledger.timeouts.includes(this.#self)) this.#timedOutIn = ledger.view;
    this.#emit({ type: 'active', incarnation: this.#incarnation });
  }

  #fence(by: number): void {
    this.#status = 'fenced';
    for (const timer of ['start', 'view', 'retry'] as const) this.#clearTimer(timer);
    this.#emit({ type: 'fenced', by });
  }

  #watchVotes(message: Message): void {
    if (says(message, 'vote')) this.#observe(message, message.body.phase, message.body.blockHash);
    else if (says(message, 'proposal')) {
      const { ledger } = this;
      const { view, block } = message.body;
      // The proposal at hand is hashed once, by the ledger; any other in the same view is what to look at.
      if (ledger.proposal === null || view !== ledger.view) return;
      if (!isWellFormedBlock(block, this.#config.parameters.blockItemsMax)) return;
      this.#noteProposal();
      this.#observe(message, 'PREPARE', hashBlock(this.#config.instance, block));
    }
  }

  #observe(message: MessageOf<'vote' | 'proposal'>, phase: Phase, blockHash: Hash): void {
    const { ledger } = this;
    const { incarnation, body, signature } = message;
    const index = senderOf(this.#config.instance, message);
    if (index < 0 || ledger.standings[index].incarnation !== incarnation) return;
    const evidence = this.#watch.observe(ledger.view, index, incarnation, phase, body.view, blockHash, signature);
    if (evidence !== null) this.#emit({ type: 'equivocation', evidence });
  }

  /** Shows the watch the vote inside the open view's proposal. */
  #noteProposal(): void {
    const { proposal, view } = this.ledger;
    const vote = proposal === null ? undefined : this.ledger.prepares.get(proposal.proposer);
    if (proposal === null || vote === undefined) return;
    const { incarnation, signature } = vote;
    const { blockHash, proposer } = proposal;
    this.#watch.observe(view, proposer, incarnation, 'PREPARE', view, blockHash, signature);
  }

  #onOffered(proposal: OfferedProposal, check: Check): boolean {
    const reasonOk = check.verdict !== 'reject' || isReason(check.reason);
    if (!isCount(proposal.offset) || !isCount(proposal.decidedMs) || proposal.digest.length !== 32 || !reasonOk) {
      const value = JSON.stringify({ offset: proposal.offset, decidedMs: proposal.decidedMs, check });
      throw new ConsensusError(
        'BAD_PARAMETER',
        'malformed offer',
        value,
        `counts, a sha256, a reason like ${REASON_PATTERN}`,
      );
    }
    this.#offeredThrough = Math.max(this.#offeredThrough, proposal.offset);
    if (this.isSettled(proposal.offset, proposal.digest)) return false;
    this.#pool.offer(proposal, check);
    return true;
  }

  #onTimer(timer: TimerName, view: number): void {
    if (timer === 'start') {
      if (this.#status === 'recovering') this.#announce();
    } else if (timer === 'retry') {
      if (this.#retryTimer === view) this.#retryTimer = 0;
      if (this.ledger.view === view) this.#retriedIn = view;
    } else if (this.#status === 'active' && this.#viewTimer === view && this.ledger.view === view) {
      this.#viewTimer = 0;
      this.#patience.onRanOut(view);
      this.#sendTimeout('TIMER');
    }
  }

  /** Does what is due. */
  #advance(): void {
    if (this.#status !== 'active') return;
    const { ledger } = this;
    const { view } = ledger;
    this.#runViewTimer();
    if (this.#timedOutIn < view && ledger.timeouts.length > this.#config.instance.set.faulty)
      this.#sendTimeout('JOINED');
    if (this.#timedOutIn < view && ledger.proposal === null && ledger.leader === this.#self && this.#proposedIn < view)
      this.#propose();
    if (ledger.proposal !== null && !ledger.isPrepared) this.#prepare(ledger.proposal.block, ledger.proposal.blockHash);
    if (ledger.lock !== null && ledger.isPrepared && this.#rules.mayVote(view, this.#committedIn, this.#timedOutIn)) {
      this.#committedIn = view;
      this.#send({ type: 'vote', phase: 'COMMIT', view, blockHash: ledger.lock.blockHash });
    }
  }

  /** A view is open, and its timer runs, while something is undecided; an idle validator writes nothing. */
  #runViewTimer(): void {
    const { ledger } = this;
    // Not for timeouts of others: f liars could have every idle view run out, and each honest leader benched for nothing.
    const isOpen = ledger.proposal !== null || ledger.lock !== null || this.#pool.hasReady;
    if (!isOpen) {
      if (this.#viewTimer !== 0) this.#clearTimer('view');
      this.#viewTimer = 0;
    } else if (this.#viewTimer !== ledger.view) {
      this.#viewTimer = ledger.view;
      this.#setTimer('view', ledger.view, this.#timeoutMs());
    }
  }

  #timeoutMs(): number {
    const { electorate, leader, view, failedViews } = this.ledger;
    const doublings = this.#patience.doublings(view, failedViews);
    return Math.ceil(this.#config.parameters.timeoutMs * electorate.patience(leader) * 2 ** doublings);
  }

  #propose(): void {
    const { ledger } = this;
    const block = ledger.lock?.block ?? this.#freshBlock();
    if (block === null) return;
    const blockHash = ledger.lock?.blockHash ?? hashBlock(this.#config.instance, block);
    this.#proposedIn = ledger.view;
    this.#preparedIn = ledger.view;
    this.#send({ type: 'proposal', view: ledger.view, block, justify: ledger.high }, blockHash);
  }

  #freshBlock(): Block | null {
    const { ledger } = this;
    if (!this.#pool.hasReady || this.#checksAreStale) return null;
    // What failed twice is tried again only some way into the view, so that a dispute is not argued at the speed of the log,
    // and a proposal that comes meanwhile goes first.
    if (!this.#pool.hasFresh && this.#pool.leastFailures() > 1 && this.#retriedIn < ledger.view) {
      if (this.#retryTimer !== ledger.view) {
        this.#retryTimer = ledger.view;
        this.#setTimer('retry', ledger.view, Math.ceil(this.#timeoutMs() * RETRY_AFTER));
      }
      return null;
    }
    const items = this.#pool.pick(this.#config.parameters.blockItemsMax, ledger.decided.overdue);
    return { height: ledger.height + 1, parent: ledger.anchor, view: ledger.view, items };
  }

  #prepare(block: Block, blockHash: Hash): void {
    if (this.#voteFor(block, blockHash) === 'disagree') this.#sendTimeout('REFUSED');
  }

  /** The block is on its way to the log ahead of whatever this validator says, so its vote may be written together with it. */
  #onOverheard(message: Message): void {
    if (this.#status !== 'active') return;
    const proposed = this.ledger.foresee(message);
    if (proposed !== null) this.#voteFor(proposed.block, proposed.blockHash);
  }

  /** Votes PREPARE where it may and its own checks agree. Says what they do; 'wait' also where it may not vote. */
  #voteFor(block: Block, blockHash: Hash): Agreement {
    const { ledger } = this;
    if (!this.#rules.mayVote(ledger.view, this.#preparedIn, this.#timedOutIn)) return 'wait';
    // A locked block was found valid by a quorum already; asking again could strand it when a check has changed since.
    const agreement = ledger.lock === null ? this.#compare(block) : 'agree';
    if (!this.#rules.mayApprove(agreement === 'agree')) return agreement;
    this.#preparedIn = ledger.view;
    this.#send({ type: 'vote', phase: 'PREPARE', view: ledger.view, blockHash });
    return 'agree';
  }

  #compare(block: Block): Agreement {
    return this.#checksAreStale ? 'wait' : this.#pool.compare(block);
  }

  /** Said again each time the timer runs out, in case the log did not take it. */
  #sendTimeout(cause: TimeoutCause): void {
    const { ledger } = this;
    this.#timedOutIn = ledger.view;
    this.#send({ type: 'timeout', view: ledger.view, high: ledger.high, cause });
  }

  #writeCheckpoint(): void {
    const { ledger, proposalsFrom } = this;
    const { certificate, blockHash, view } = ledger.head;
    if (certificate === null) return;
    const { position: through, height } = ledger;
    this.#send({
      type: 'checkpoint',
      through,
      height,
      view,
      blockHash,
      certificate,
      proposalsFrom,
      state: encodeLedger(ledger),
    });
  }

  #emit(effect: Effect): void {
    if (this.#effects === null) this.#effects = [effect];
    else this.#effects.push(effect);
  }

  #send(body: Body, blockHash?: Hash): void {
    const { instance, signer, validator } = this.#config;
    const message = signMessage(instance, signer, validator, this.#incarnation, body, blockHash);
    this.#emit({ type: 'send', message });
  }

  #setTimer(timer: TimerName, view: number, ms: number): void {
    this.#emit({ type: 'setTimer', timer, view, ms });
  }

  #clearTimer(timer: TimerName): void {
    this.#emit({ type: 'clearTimer', timer });
  }
}
