/**
 * One replica of PBFT: Castro and Liskov, "Practical Byzantine Fault Tolerance" (OSDI 1999), with signatures in place of MACs. The
 * state machine that is replicated is the list of decided proposals. README.md here has the states, messages and the argument.
 */
import {
  areBallotsSigned,
  type BallotCertificate,
  type BallotEquivocation,
  type BallotSignature,
  checkBallots,
  claimsOf,
  isBallotSigned,
  signBallot,
} from '../ballot.ts';
import { type Block, hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import type { Check, Effect, Event, Machine, OfferedProposal } from '../core.ts';
import { equalBytes, type Hash, sha256 } from '../encoding.ts';
import { DecidedWindow } from '../hotstuff/decided-window.ts';
import { Pool } from '../hotstuff/pool.ts';
import type { Instance } from '../instance.ts';
import type { Claim, SignatureScheme, Signer } from '../signature.ts';
import {
  CHECKPOINT,
  type CheckpointVote,
  type Decided,
  type Held,
  type NewView,
  newViewStatement,
  type PbftMessage,
  type PbftRecord,
  type PbftTimer,
  type PbftVocabulary,
  type Phase,
  type PrePrepare,
  type Prepared,
  type StableProof,
  type State,
  type Status,
  type ViewChange,
  type Vote,
  viewChangeStatement,
} from './message.ts';
import { callFor, isStableProved, isValidViewChange, type Judge } from './new-view.ts';
import type { PbftParameters } from './parameters.ts';
import { RULES, type Rules } from './rules.ts';
import { type Heard, Slot, type Tally } from './slot.ts';
import { decodeState, encodeState } from './state.ts';

export interface PbftConfig {
  readonly instance: Instance;
  /** Index in instance.set.validators; the signer's key is that one's. */
  readonly index: number;
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  readonly parameters: PbftParameters;
  /** What reached the disk before; empty at the first start. */
  readonly records: readonly PbftRecord[];
  readonly rules?: Rules;
}

type Effects = Effect<PbftVocabulary>[];

/** Why a message counts for nothing; null where it counts, or is of no concern. */
type Refusal = string | null;

/** Votes that are about to be heard, by phase and height. */
type Coming = Map<string, readonly BallotSignature[]>;

/** Blocks that one status is answered with. */
const DECIDED_SENT = 16;

export class PbftReplica implements Machine<PbftVocabulary> {
  readonly #config: PbftConfig;
  readonly #judge: Judge;
  readonly #rules: Rules;
  readonly #quorum: number;
  readonly #pool = new Pool();
  #isActive = false;
  #view = 0;
  /** It has asked to leave the view before `view`, and has not entered `view`. */
  #isChanging = false;
  #newView: NewView | null = null;
  /** Latest of each replica. */
  readonly #viewChanges: (ViewChange | undefined)[] = [];
  #height = 0;
  #head: Hash;
  #decided: DecidedWindow;
  readonly #slots = new Map<number, Slot>();
  /** The last stable checkpoint: its proof and the state. Null: the beginning. */
  #stable: { readonly proof: StableProof; readonly state: Uint8Array } | null = null;
  /** States after the heights at which a checkpoint was taken and is not stable yet. */
  readonly #states = new Map<number, { readonly state: Uint8Array; readonly digest: Hash }>();
  readonly #checkpoints = new Map<number, (CheckpointVote | undefined)[]>();
  /** Height of a stable checkpoint that others have and this replica has not reached. */
  #missing = 0;
  /** Highest height that this replica proposed, or must not propose again. */
  #proposedThrough = 0;
  /** View changes since the last commit. */
  #failures = 0;
  /** What the progress timer runs for; empty when it does not. */
  #timerFor = '';
  #timerNumber = 0;
  #isResending = false;
  /** Height at which it was when that timer was set. */
  #resendsFrom = 0;
  #effects: Effects = [];

  /** Takes up from what is on disk. */
  constructor(config: PbftConfig) {
    const { instance, scheme, parameters } = config;
    this.#config = config;
    this.#rules = config.rules ?? RULES;
    this.#quorum = this.#rules.quorum(instance.set);
    this.#judge = { instance, scheme, parameters, rules: this.#rules, quorum: this.#quorum };
    this.#head = instance.genesis;
    this.#decided = new DecidedWindow(parameters.decidedKept);
    this.#recover(config.records);
  }

  get height(): number {
    return this.#height;
  }

  get view(): number {
    return this.#view;
  }

  get isChanging(): boolean {
    return this.#isChanging;
  }

  get openProposals(): number {
    return this.#pool.size;
  }

  /** Height of the last stable checkpoint: the low watermark. */
  get low(): number {
    return this.#stable?.proof.height ?? 0;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return !this.#rules.mayDecide(this.#decided.isSettled(offset, digest));
  }

  inspect(): unknown {
    return [
      [this.#isActive, this.#view, this.#isChanging, this.#height, this.#proposedThrough, this.#failures],
      [this.#timerFor, this.#isResending, this.#resendsFrom, this.#missing],
      this.#newView,
      this.#viewChanges,
      [...this.#slots.values()],
      this.#stable,
      this.#checkpoints,
      this.#pool.inspect(),
      this.#decided.entries(),
    ];
  }

  step(event: Event<PbftVocabulary>): readonly Effect<PbftVocabulary>[] {
    this.#effects = [];
    switch (event.type) {
      case 'start':
        this.#isActive = true;
        this.#effects.push({ type: 'active' });
        break;
      case 'message':
        this.#onMessage(event.message);
        if (this.#rules.mayRestartTimer(false)) this.#timerFor = '';
        break;
      case 'offered':
        this.#onOffered(event.proposal, event.check);
        break;
      case 'offeredTogether':
        for (const { proposal, check } of event.offers) this.#onOffered(proposal, check);
        break;
      case 'timer':
        this.#onTimer(event.timer, event.view);
        break;
    }
    if (this.#isActive) this.#advance();
    return this.#effects;
  }

  claims(messages: readonly PbftMessage[]): readonly Claim[] {
    const coming: Coming = new Map();
    return this.#isChanging ? [] : messages.flatMap((message) => this.#claimsOf(message, coming));
  }

  #claimsOf(message: PbftMessage, coming: Coming): readonly Claim[] {
    const { instance, parameters } = this.#config;
    const view = this.#view;
    if (message.type === 'prePrepare') {
      const { from, block, signature } = message;
      const isDue = message.view === view && from === this.#primaryOf(view);
      if (!isDue || !isWellFormedBlock(block, parameters.blockItemsMax)) return [];
      if (this.#slots.get(block.height)?.accepted?.prePrepare.view === view) return [];
      const ballot = { phase: 'PREPARE', height: block.height, view, blockHash: hashBlock(instance, block) };
      return claimsOf(instance, ballot, [{ voter: from, signature }]);
    }
    if (message.type !== 'vote' || message.view !== view) return [];
    const { from: voter, phase, height, blockHash, signature } = message;
    const slot = this.#slots.get(height);
    const accepted = slot?.accepted ?? null;
    if (slot === undefined || accepted === null || !equalBytes(accepted.blockHash, blockHash)) return [];
    const isDone = phase === 'PREPARE' ? slot.preparedIn >= view : slot.decided !== null;
    if (isDone || slot.tallies[phase].votes[voter] !== undefined) return [];
    // The vote that could complete the quorum brings all that wait for it.
    const place = `${phase} ${height}`;
    const others = [...(coming.get(place) ?? []), { voter, signature }];
    coming.set(place, others);
    const tally = slot.tallies[phase];
    if (tally.count(view, blockHash) + others.length !== this.#quorum) return [];
    const waiting = [...tally.unchecked(view, blockHash, this.#quorum), ...others];
    return claimsOf(instance, { phase, height, view, blockHash }, waiting);
  }

  #onOffered(proposal: OfferedProposal, check: Check): void {
    if (!this.isSettled(proposal.offset, proposal.digest)) this.#pool.offer(proposal, check);
  }

  #onMessage(message: PbftMessage): void {
    const isKnown = this.#config.instance.set.validators[message.from] !== undefined;
    const code = isKnown ? this.#hear(message) : 'UNKNOWN_VALIDATOR';
    if (code !== null) this.#effects.push({ type: 'refused', code });
  }

  #hear(message: PbftMessage): Refusal {
    switch (message.type) {
      case 'prePrepare':
        return this.#onPrePrepare(message);
      case 'vote':
        return this.#onVote(message);
      case 'checkpoint':
        return this.#onCheckpoint(message);
      case 'viewChange':
        return this.#onViewChange(message);
      case 'newView':
        return this.#onNewView(message);
      case 'status':
        return this.#onStatus(message);
      case 'decided':
        return this.#onDecided(message);
      case 'state':
        return this.#onState(message);
    }
  }

  #advance(): void {
    for (const slot of this.#slots.values()) this.#progress(slot);
    this.#execute();
    this.#propose();
    this.#runTimers();
  }

  // ---- normal case (4.2)

  #primaryOf(view: number): number {
    return view % this.#config.instance.set.size;
  }

  /** A primary with something to propose gives it the next height; blocks follow each other without waiting, up to inFlightMax. */
  #propose(): void {
    const { instance, index, parameters } = this.#config;
    if (this.#isChanging || this.#primaryOf(this.#view) !== index || this.#missing > this.#height) return;
    if (!this.#pool.hasReady) return;
    for (;;) {
      const height = Math.max(this.#height, this.#proposedThrough) + 1;
      if (height > this.#height + parameters.inFlightMax || height > this.low + parameters.window) return;
      const taken = this.#underWay();
      const items = this.#pool.pick(parameters.blockItemsMax, this.#decided.overdue, (offset) => taken.has(offset));
      if (items.length === 0) return;
      const block = { height, parent: instance.genesis, view: this.#view, items };
      const message = this.#signPrePrepare(this.#view, block);
      this.#proposedThrough = height;
      this.#accept(this.#slotAt(height), message, hashBlock(instance, block), false);
      this.#say(message);
    }
  }

  /** Offsets in blocks that are accepted in this view and not executed. What an abandoned view left behind is free again. */
  #underWay(): Set<number> {
    const taken = new Set<number>();
    for (const { height, accepted } of this.#slots.values()) {
      if (height <= this.#height || accepted?.prePrepare.view !== this.#view) continue;
      for (const { offset } of accepted.prePrepare.block.items) taken.add(offset);
    }
    return taken;
  }

  #onPrePrepare(message: PrePrepare): Refusal {
    const { instance, parameters } = this.#config;
    const { from, view, block } = message;
    if (view !== this.#view || this.#isChanging || from !== this.#primaryOf(view)) return null;
    if (!isWellFormedBlock(block, parameters.blockItemsMax) || block.view !== view) return 'BAD_BLOCK';
    if (!equalBytes(block.parent, instance.genesis) || !this.#isInWindow(block.height)) return null;
    const slot = this.#slotAt(block.height);
    const blockHash = hashBlock(instance, block);
    const known = slot.accepted;
    if (known !== null && known.prePrepare.view === view) {
      if (equalBytes(known.blockHash, blockHash)) return null;
      this.#accuse(message, 'PREPARE', block.height, known.blockHash, known.prePrepare.signature, blockHash);
      if (!this.#rules.mayAccept(true)) return null;
    }
    if (!this.#isSigned('PREPARE', block.height, view, blockHash, message)) return 'BAD_SIGNATURE';
    this.#accept(slot, message, blockHash, false);
    return null;
  }

  #accept(slot: Slot, prePrepare: PrePrepare, blockHash: Hash, isCalledFor: boolean): void {
    slot.accepted = { prePrepare, blockHash, isCalledFor };
    const { from, view, signature } = prePrepare;
    slot.tallies.PREPARE.votes[from] = { view, blockHash, signature, isChecked: true };
    // No vote for it yet: it is the first of its view.
    slot.votedIn = Math.min(slot.votedIn, view - 1);
    if (from !== this.#config.index) return;
    // The primary's pre-prepare is its PREPARE vote.
    slot.votedIn = view;
    this.#persist({ type: 'accepted', prePrepare });
  }

  /**
   * Keeps a vote. Its signature is looked at when it could complete a quorum (`#hasQuorum`), and before that only where two votes of one voter
   * stand in each other's way: a forged vote must neither hide nor displace a real one.
   */
  #onVote(message: Vote): Refusal {
    const { from, phase, height, view, blockHash, signature } = message;
    if (view < this.#view || !this.#isInWindow(height) || blockHash.length !== 32 || !isCount(view)) return null;
    if (phase !== 'PREPARE' && phase !== 'COMMIT') return null;
    const slot = this.#slotAt(height);
    const tally = slot.tallies[phase];
    const known = this.#inTheWay(tally, message);
    if (known !== undefined && known.view >= view) {
      if (known.view !== view) return null;
      if (!equalBytes(known.blockHash, blockHash)) {
        if (tally.accusedIn[from] === view) return null;
        if (this.#accuse(message, phase, height, known.blockHash, known.signature, blockHash))
          tally.accusedIn[from] = view;
      } else if (this.#rules.mayCount(true)) tally.repeats++;
      return null;
    }
    // More than a quorum is not worth keeping.
    if (phase === 'PREPARE' ? slot.preparedIn >= view : slot.decided !== null) return null;
    const isChecked =
      !this.#rules.mayKeepUnchecked(from === this.#config.index) || (known !== undefined && known.view >= this.#view);
    if (isChecked && !this.#isSigned(phase, height, view, blockHash, message)) return 'BAD_SIGNATURE';
    tally.votes[from] = { view, blockHash, signature, isChecked };
    return null;
  }

  /** The voter's vote that is kept; one that is not the very same is checked first, and forgotten when it is forged. */
  #inTheWay(tally: Tally, { from, phase, height, view, blockHash, signature }: Vote): Heard | undefined {
    const known = tally.votes[from];
    if (known === undefined || this.#rules.mayHide(known.isChecked) || known.view < this.#view) return known;
    const isSame =
      known.view === view && equalBytes(known.blockHash, blockHash) && equalBytes(known.signature, signature);
    if (isSame) return known;
    const isSigned = this.#isSigned(phase, height, known.view, known.blockHash, { from, ...known });
    this.#checked(tally, from, known, isSigned);
    return tally.votes[from];
  }

  #checked(tally: Tally, voter: number, vote: Heard, isSigned: boolean): void {
    tally.votes[voter] = isSigned ? { ...vote, isChecked: true } : undefined;
    if (!isSigned) this.#effects.push({ type: 'refused', code: 'BAD_SIGNATURE' });
  }

  /** Whether a quorum voted for the block in this view. So many signatures as that takes are checked, all at once, and no more. */
  #hasQuorum({ height, tallies }: Slot, phase: Phase, blockHash: Hash): boolean {
    const { instance, scheme } = this.#config;
    const view = this.#view;
    const tally = tallies[phase];
    while (tally.count(view, blockHash) >= this.#quorum) {
      const missing = this.#quorum - tally.countChecked(view, blockHash);
      if (missing <= 0) return true;
      const unchecked = tally.unchecked(view, blockHash, missing);
      const answers = areBallotsSigned(instance, scheme, { phase, height, view, blockHash }, unchecked);
      for (const [i, { voter, signature }] of unchecked.entries()) {
        const vote = { view, blockHash, signature, isChecked: false };
        this.#checked(tally, voter, vote, this.#rules.mayBelieve(answers[i]));
      }
    }
    return false;
  }

  /** Does what is due at a height: vote PREPARE, vote COMMIT, decide. */
  #progress(slot: Slot): void {
    const { accepted } = slot;
    const view = this.#view;
    if (this.#isChanging || accepted === null || accepted.prePrepare.view !== view) return;
    const { blockHash, prePrepare } = accepted;
    if (slot.votedIn < view && this.#rules.mayApprove(accepted.isCalledFor || this.#agrees(prePrepare.block))) {
      slot.votedIn = view;
      this.#persist({ type: 'accepted', prePrepare });
      this.#vote(slot, 'PREPARE', blockHash);
    }
    if (slot.preparedIn < view && this.#hasQuorum(slot, 'PREPARE', blockHash)) {
      const certificate = this.#certify(slot, 'PREPARE', blockHash);
      slot.prepared = { block: prePrepare.block, certificate };
      this.#persist({ type: 'prepared', ...slot.prepared });
      this.#vote(slot, 'COMMIT', blockHash);
    }
    if (slot.decided === null && slot.preparedIn === view && this.#hasQuorum(slot, 'COMMIT', blockHash)) {
      slot.decided = { block: prePrepare.block, certificate: this.#certify(slot, 'COMMIT', blockHash) };
    }
  }

  /** External validity. Items that are decided already will count for nothing, so nobody need agree on them. */
  #agrees(block: Block): boolean {
    const items = block.items.filter(({ offset, digest }) => !this.#decided.isSettled(offset, digest));
    return this.#pool.compare({ ...block, items }) === 'agree';
  }

  #vote(slot: Slot, phase: Phase, blockHash: Hash): void {
    const { instance, signer, index } = this.#config;
    const { height } = slot;
    const view = this.#view;
    const signature = signBallot(instance, signer, { phase, height, view, blockHash });
    slot.tallies[phase].votes[index] = { view, blockHash, signature, isChecked: true };
    this.#say({ type: 'vote', from: index, phase, height, view, blockHash, signature });
  }

  #certify({ height, tallies }: Slot, phase: Phase, blockHash: Hash): BallotCertificate {
    const signatures = tallies[phase].signatures(this.#view, blockHash, this.#quorum);
    return { phase, height, view: this.#view, blockHash, signatures };
  }

  /** Blocks are executed in the order of their heights, however they were decided. */
  #execute(): void {
    for (;;) {
      const decided = this.#slots.get(this.#height + 1)?.decided;
      if (!decided) return;
      const { block, certificate } = decided;
      const repeats = this.#apply(block);
      this.#pool.settle(block.items);
      this.#failures = 0;
      this.#persist({ type: 'committed', block, certificate });
      const told = { type: 'committed', block, certificate } as const;
      this.#effects.push(repeats.length === 0 ? told : { ...told, repeats });
      for (const proposal of this.#pool.dropThrough(this.#decided.floor))
        this.#effects.push({ type: 'dropped', proposal });
      if (this.#height % this.#config.parameters.checkpointEvery === 0) this.#takeCheckpoint();
    }
  }

  /** Takes a block into the state; answers which of its items count for nothing. */
  #apply(block: Block): number[] {
    const repeats: number[] = [];
    for (const [i, item] of block.items.entries()) {
      if (this.isSettled(item.offset, item.digest)) repeats.push(i);
      else this.#decided.add([item]);
    }
    this.#height = block.height;
    this.#head = hashBlock(this.#config.instance, block);
    return repeats;
  }

  // ---- checkpoints (4.3)

  #takeCheckpoint(): void {
    const { instance, signer, index } = this.#config;
    const height = this.#height;
    const state = encodeState({ height, head: this.#head, decided: this.#decided });
    const digest = sha256(state);
    this.#states.set(height, { state, digest });
    const signature = signBallot(instance, signer, { phase: CHECKPOINT, height, view: 0, blockHash: digest });
    const vote: CheckpointVote = { type: 'checkpoint', from: index, height, digest, signature };
    this.#say(vote);
    this.#countCheckpoint(vote);
  }

  #onCheckpoint(message: CheckpointVote): Refusal {
    const { from, height, digest } = message;
    const { checkpointEvery, window } = this.#config.parameters;
    if (!isCount(height) || height <= this.low || height % checkpointEvery !== 0 || digest.length !== 32) return null;
    // One far ahead is remembered by nothing but a status: whoever is there has the proof and the state.
    if (height > this.low + 2 * window || this.#checkpoints.get(height)?.[from] !== undefined) return null;
    if (!this.#isSigned(CHECKPOINT, height, 0, digest, message)) return 'BAD_SIGNATURE';
    this.#countCheckpoint(message);
    return null;
  }

  #countCheckpoint(vote: CheckpointVote): void {
    const { height, digest, from } = vote;
    let votes = this.#checkpoints.get(height);
    if (votes === undefined) {
      votes = [];
      this.#checkpoints.set(height, votes);
    }
    votes[from] = vote;
    const alike = votes.flatMap((other) =>
      other !== undefined && equalBytes(other.digest, digest)
        ? [{ voter: other.from, signature: other.signature }]
        : [],
    );
    if (alike.length < this.#quorum && !this.#rules.mayTrustState(false)) return;
    this.#onStable({ height, digest, signatures: alike });
  }

  /** A quorum has this state. Without it, this replica must be told: by blocks, or by the state itself. */
  #onStable(proof: StableProof): void {
    if (proof.height <= this.low) return;
    const own = this.#states.get(proof.height);
    if (own === undefined || !equalBytes(own.digest, proof.digest)) {
      if (this.#height < proof.height) this.#missing = Math.max(this.#missing, proof.height);
      return;
    }
    this.#keepStable(proof, own.state);
  }

  #keepStable(proof: StableProof, state: Uint8Array): void {
    this.#stable = { proof, state };
    this.#persist({ type: 'stable', proof, state });
    for (const map of [this.#slots, this.#states, this.#checkpoints]) {
      for (const height of map.keys()) if (height <= proof.height) map.delete(height);
    }
  }

  #onState({ proof, state }: State): Refusal {
    if (!isCount(proof.height) || proof.height <= this.low || proof.digest.length !== 32) return null;
    if (!equalBytes(sha256(state), proof.digest) || !isStableProved(this.#judge, proof)) return 'UNPROVED';
    if (proof.height <= this.#height) {
      this.#onStable(proof);
      return null;
    }
    this.#restore(state);
    this.#pool.settleWhere((offset, digest) => this.isSettled(offset, digest));
    this.#failures = 0;
    this.#keepStable(proof, state);
    this.#effects.push({ type: 'restored', height: this.#height, head: this.#head });
    for (const proposal of this.#pool.dropThrough(this.#decided.floor))
      this.#effects.push({ type: 'dropped', proposal });
    return null;
  }

  #restore(state: Uint8Array): void {
    const { height, head, decided } = decodeState(state, this.#config.parameters.decidedKept);
    this.#height = height;
    this.#head = head;
    this.#decided = decided;
  }

  // ---- view changes (4.4, 4.5.2)

  #startViewChange(view: number): void {
    const { instance, signer, index } = this.#config;
    for (const { height, accepted, preparedIn } of this.#slots.values()) {
      if (accepted === null || height <= this.#height || preparedIn >= accepted.prePrepare.view) continue;
      this.#pool.contest(accepted.prePrepare.block, this.#decided.count);
    }
    this.#view = view;
    this.#isChanging = true;
    this.#newView = null;
    this.#failures++;
    this.#persist({ type: 'view', view });
    const prepared: Prepared[] = [];
    if (this.#rules.tellsPrepared()) {
      for (const slot of this.#slots.values()) if (slot.prepared !== null) prepared.push(slot.prepared);
      prepared.sort((a, b) => a.certificate.height - b.certificate.height);
    }
    const told = { type: 'viewChange', from: index, view, stable: this.#stable?.proof ?? null, prepared } as const;
    const message: ViewChange = { ...told, signature: signer.sign(viewChangeStatement(instance, { ...told })) };
    this.#viewChanges[index] = message;
    this.#say(message);
    this.#tryNewView();
  }

  #onViewChange(message: ViewChange): Refusal {
    const { from, view } = message;
    if (view < this.#view || (view === this.#view && !this.#isChanging)) return null;
    if ((this.#viewChanges[from]?.view ?? -1) >= view) return null;
    if (!isValidViewChange(this.#judge, message)) return 'BAD_VIEW_CHANGE';
    this.#viewChanges[from] = message;
    if (message.stable !== null) this.#onStable(message.stable);
    // Liveness (4.5.2): f + 1 that want to leave include an honest one; join the least of their views.
    const ahead = this.#viewChanges.flatMap((one) => (one !== undefined && one.view > this.#view ? [one.view] : []));
    if (ahead.length > this.#config.instance.set.faulty) this.#startViewChange(Math.min(...ahead));
    else this.#tryNewView();
    return null;
  }

  /** Those that ask for the very view. */
  #asking(): readonly ViewChange[] {
    return this.#viewChanges.flatMap((one) => (one !== undefined && one.view === this.#view ? [one] : []));
  }

  #tryNewView(): void {
    const { instance, signer, index } = this.#config;
    const view = this.#view;
    if (!this.#isChanging || this.#primaryOf(view) !== index) return;
    const viewChanges = this.#asking();
    if (viewChanges.length < this.#quorum) return;
    const { stable, blocks } = callFor(this.#judge, view, viewChanges);
    const prePrepares = blocks.map((block) => this.#signPrePrepare(view, block));
    const told = { type: 'newView', from: index, view, viewChanges, prePrepares } as const;
    const message: NewView = { ...told, signature: signer.sign(newViewStatement(instance, told)) };
    this.#enter(message, stable);
    this.#say(message);
  }

  #onNewView(message: NewView): Refusal {
    const { instance, scheme } = this.#config;
    const { from, view, viewChanges, prePrepares, signature } = message;
    if (!isCount(view) || view < this.#view || (view === this.#view && !this.#isChanging)) return null;
    if (from !== this.#primaryOf(view)) return 'NOT_PRIMARY';
    const { publicKey } = instance.set.validators[from];
    const isSigned = scheme.verify(publicKey, newViewStatement(instance, message), signature);
    if (!this.#rules.mayBelieve(isSigned)) return 'BAD_SIGNATURE';
    const senders = new Set(viewChanges.map((change) => change.from));
    const isQuorum = senders.size >= this.#quorum && senders.size === viewChanges.length;
    const isProved = isQuorum && viewChanges.every((one) => one.view === view && isValidViewChange(this.#judge, one));
    const called = callFor(this.#judge, view, isProved ? viewChanges : []);
    const isCalledFor =
      isProved &&
      called.blocks.length === prePrepares.length &&
      called.blocks.every((block, i) => this.#isSame(block, prePrepares[i].block));
    if (!this.#rules.mayEnter(isCalledFor)) return 'BAD_NEW_VIEW';
    for (const { block, signature: own } of prePrepares) {
      const blockHash = hashBlock(instance, block);
      if (!this.#isSigned('PREPARE', block.height, view, blockHash, { from, signature: own })) return 'BAD_SIGNATURE';
    }
    this.#enter(message, called.stable);
    return null;
  }

  #isSame(block: Block, other: Block): boolean {
    const { instance } = this.#config;
    if (other.height !== block.height || other.view !== block.view || other.items.length !== block.items.length)
      return false;
    if (other.items.length > 0 && !isWellFormedBlock(other, this.#config.parameters.blockItemsMax)) return false;
    return equalBytes(other.parent, block.parent) && equalBytes(hashBlock(instance, block), hashBlock(instance, other));
  }

  #enter(message: NewView, stable: StableProof | null): void {
    this.#view = message.view;
    this.#isChanging = false;
    this.#newView = message;
    this.#timerFor = '';
    this.#persist({ type: 'newView', newView: message });
    if (stable !== null) this.#onStable(stable);
    this.#takeCalled(message);
  }

  #takeCalled(message: NewView): void {
    this.#proposedThrough = reach(message);
    for (const prePrepare of message.prePrepares) {
      const { height } = prePrepare.block;
      if (height <= this.low) continue;
      this.#accept(this.#slotAt(height), prePrepare, hashBlock(this.#config.instance, prePrepare.block), true);
    }
  }

  // ---- what was missed

  #onStatus({ from, view, isChanging, height, low, held }: Status): Refusal {
    if (from === this.#config.index) return null;
    if (held.length > this.#config.parameters.window) return 'BAD_STATUS';
    if (this.#stable !== null && low < this.low) {
      const { proof, state } = this.#stable;
      this.#tell(from, { type: 'state', from: this.#config.index, proof, state });
    }
    let sent = 0;
    for (let next = Math.max(height, this.low) + 1; next <= this.#height && sent < DECIDED_SENT; next++, sent++) {
      const decided = this.#slots.get(next)?.decided;
      if (decided) this.#tell(from, { type: 'decided', from: this.#config.index, ...decided });
    }
    if (this.#isChanging ? view <= this.#view : view < this.#view || (view === this.#view && isChanging)) {
      const own = this.#viewChanges[this.#config.index];
      if (this.#isChanging && own !== undefined) this.#tell(from, own);
      else if (this.#newView !== null) this.#tell(from, this.#newView);
    }
    if (view === this.#view && !isChanging && !this.#isChanging) this.#repeatVotes(from, height, held);
    this.#repeatCheckpoints(from, height);
    return null;
  }

  /** Its own votes, and the block, as far as the other one has not heard of them. */
  #repeatVotes(to: number, above: number, held: readonly Held[]): void {
    const { index } = this.#config;
    const view = this.#view;
    const known = new Map(held.map((one) => [one.height, one]));
    for (const { height, accepted, tallies } of this.#slots.values()) {
      if (height <= above || accepted === null || accepted.prePrepare.view !== view) continue;
      const there = known.get(height);
      if (there === undefined && !accepted.isCalledFor) this.#tell(to, accepted.prePrepare);
      for (const phase of ['PREPARE', 'COMMIT'] as const) {
        const own = tallies[phase].votes[index];
        if (own === undefined || own.view !== view) continue;
        // Whoever has voted COMMIT needs no PREPARE.
        const isHeard = there?.commits.includes(phase === 'PREPARE' ? to : index) === true;
        if (isHeard || (phase === 'PREPARE' && there?.prepares.includes(index) === true)) continue;
        const { blockHash, signature } = own;
        this.#tell(to, { type: 'vote', from: index, phase, height, view, blockHash, signature });
      }
    }
  }

  #held(): Held[] {
    const view = this.#view;
    const held: Held[] = [];
    for (const { height, accepted, tallies } of this.#slots.values()) {
      if (height <= this.#height || accepted === null || accepted.prePrepare.view !== view) continue;
      const { blockHash } = accepted;
      const prepares = tallies.PREPARE.voters(view, blockHash);
      held.push({ height, prepares, commits: tallies.COMMIT.voters(view, blockHash) });
    }
    return held;
  }

  #repeatCheckpoints(to: number, height: number): void {
    for (const votes of this.#checkpoints.values()) {
      const own = votes[this.#config.index];
      if (own !== undefined && own.height + this.#config.parameters.window > height) this.#tell(to, own);
    }
  }

  #onDecided({ block, certificate }: Decided): Refusal {
    const { instance, scheme, parameters } = this.#config;
    if (block.height <= this.#height || !this.#isInWindow(block.height)) return null;
    const isEmpty = block.items.length === 0 && isCount(block.view);
    if (!isEmpty && !isWellFormedBlock(block, parameters.blockItemsMax)) return 'BAD_BLOCK';
    const slot = this.#slotAt(block.height);
    if (slot.decided !== null || !equalBytes(block.parent, instance.genesis)) return null;
    const { phase, height, blockHash } = certificate;
    const isFitting = phase === 'COMMIT' && height === block.height && blockHash !== null;
    const isProved =
      isFitting &&
      equalBytes(hashBlock(instance, block), blockHash) &&
      checkBallots(instance, scheme, certificate, { quorum: this.#quorum, mayCount: this.#rules.mayCount }) === null;
    if (!this.#rules.mayTrustState(isProved)) return 'UNPROVED';
    slot.decided = { block, certificate };
    return null;
  }

  // ---- timers

  /** Something is under way or waits to be: an idle replica is silent. */
  #isOpen(): boolean {
    if (this.#pool.hasReady || this.#missing > this.#height) return true;
    for (const { height, accepted, decided } of this.#slots.values()) {
      if (height > this.#height && (accepted !== null || decided !== null)) return true;
    }
    return false;
  }

  #runTimers(): void {
    const { timeoutMs, timeoutDoublings, resendMs } = this.#config.parameters;
    const isOpen = this.#isOpen();
    // While it waits for others to leave the old view too, it does not run on to the next (4.5.2). Those that are on their way to a
    // later view count: they will not come back, and nobody would ever move if they did not.
    const gone = this.#viewChanges.filter((one) => one !== undefined && one.view >= this.#view).length;
    const runs = isOpen && (!this.#isChanging || gone >= this.#quorum);
    const isPrepared = this.#slots.get(this.#height + 1)?.preparedIn === this.#view;
    const timerFor = runs ? `${this.#view} ${this.#height} ${this.#isChanging ? 'changing' : isPrepared}` : '';
    if (timerFor !== this.#timerFor) {
      this.#timerFor = timerFor;
      this.#timerNumber++;
      const ms = timeoutMs * 2 ** Math.min(this.#rules.doublings(this.#failures), timeoutDoublings);
      if (runs) this.#effects.push({ type: 'setTimer', timer: 'progress', view: this.#timerNumber, ms });
      else this.#effects.push({ type: 'clearTimer', timer: 'progress' });
    }
    const resends = isOpen || this.#pool.size > 0;
    if (resends && !this.#isResending) {
      this.#resendsFrom = this.#height;
      this.#effects.push({ type: 'setTimer', timer: 'resend', view: 0, ms: resendMs });
    } else if (!resends && this.#isResending) this.#effects.push({ type: 'clearTimer', timer: 'resend' });
    this.#isResending = resends;
  }

  #onTimer(timer: PbftTimer, number: number): void {
    if (!this.#isActive) return;
    if (timer === 'resend') {
      this.#isResending = false;
      // It goes on: what is under way is late, not lost.
      if (this.#height > this.#resendsFrom && this.#missing <= this.#height) return;
      const { index } = this.#config;
      const isChanging = this.#isChanging;
      const stands = { view: this.#view, isChanging, height: this.#height, low: this.low, held: this.#held() };
      this.#say({ type: 'status', from: index, ...stands });
      const own = this.#viewChanges[index];
      if (isChanging && own !== undefined) this.#say(own);
    } else if (number === this.#timerNumber && this.#timerFor !== '') {
      this.#timerFor = '';
      this.#startViewChange(this.#view + 1);
    }
  }

  // ---- recovery

  #recover(records: readonly PbftRecord[]): void {
    const committed = new Map<number, Decided['block']>();
    for (const record of records) {
      switch (record.type) {
        case 'view':
          this.#view = record.view;
          this.#isChanging = true;
          this.#newView = null;
          break;
        case 'newView':
          this.#view = record.newView.view;
          this.#isChanging = false;
          this.#newView = record.newView;
          for (const prePrepare of record.newView.prePrepares) this.#recoverAccepted(prePrepare, true);
          break;
        case 'accepted':
          this.#recoverAccepted(record.prePrepare, false);
          break;
        case 'prepared':
          this.#recoverPrepared(record);
          break;
        case 'committed':
          this.#slotAt(record.block.height).decided = { block: record.block, certificate: record.certificate };
          committed.set(record.block.height, record.block);
          break;
        case 'stable':
          this.#stable = { proof: record.proof, state: record.state };
          break;
      }
    }
    if (this.#stable !== null) this.#restore(this.#stable.state);
    for (;;) {
      const block = committed.get(this.#height + 1);
      if (block === undefined) break;
      this.#apply(block);
      if (this.#height % this.#config.parameters.checkpointEvery === 0) this.#takeCheckpoint();
    }
    for (const height of this.#slots.keys()) if (height <= this.low) this.#slots.delete(height);
    this.#proposedThrough = this.#newView === null ? 0 : reach(this.#newView);
    for (const { height, accepted } of this.#slots.values()) {
      if (accepted?.prePrepare.view === this.#view) this.#proposedThrough = Math.max(this.#proposedThrough, height);
    }
    if (this.#isChanging) this.#startViewChange(this.#view);
    this.#failures = 0;
    this.#effects = [];
  }

  #recoverAccepted(prePrepare: PrePrepare, isCalledFor: boolean): void {
    const { instance, index, signer } = this.#config;
    const { block, view, from, signature } = prePrepare;
    const slot = this.#slotAt(block.height);
    const blockHash = hashBlock(instance, block);
    const wasCalledFor = slot.accepted?.isCalledFor === true && slot.accepted.prePrepare.view === view;
    slot.accepted = { prePrepare, blockHash, isCalledFor: isCalledFor || wasCalledFor };
    slot.tallies.PREPARE.votes[from] = { view, blockHash, signature, isChecked: true };
    if (isCalledFor && from !== index) return;
    // Its vote may have been sent: it stands.
    slot.votedIn = view;
    const own = signBallot(instance, signer, { phase: 'PREPARE', height: block.height, view, blockHash });
    slot.tallies.PREPARE.votes[index] = { view, blockHash, signature: own, isChecked: true };
  }

  #recoverPrepared({ block, certificate }: Prepared): void {
    const { instance, index, signer } = this.#config;
    const { height, view, blockHash } = certificate;
    const slot = this.#slotAt(height);
    slot.prepared = { block, certificate };
    if (blockHash === null) return;
    const signature = signBallot(instance, signer, { phase: 'COMMIT', height, view, blockHash });
    slot.tallies.COMMIT.votes[index] = { view, blockHash, signature, isChecked: true };
  }

  // ---- small things

  #slotAt(height: number): Slot {
    let slot = this.#slots.get(height);
    if (slot === undefined) {
      slot = new Slot(height);
      this.#slots.set(height, slot);
    }
    return slot;
  }

  #isInWindow(height: number): boolean {
    return isCount(height) && height > this.low && height <= this.low + this.#config.parameters.window;
  }

  #signPrePrepare(view: number, block: Block): PrePrepare {
    const { instance, signer, index } = this.#config;
    const blockHash = hashBlock(instance, block);
    const signature = signBallot(instance, signer, { phase: 'PREPARE', height: block.height, view, blockHash });
    return { type: 'prePrepare', from: index, view, block, signature };
  }

  #isSigned(
    phase: string,
    height: number,
    view: number,
    blockHash: Hash,
    { from, signature }: { readonly from: number; readonly signature: Uint8Array },
  ): boolean {
    const { instance, scheme } = this.#config;
    const ballot = { phase, height, view, blockHash };
    return this.#rules.mayBelieve(isBallotSigned(instance, scheme, ballot, { voter: from, signature }));
  }

  /** Two ballots for one place, the second of them in `message`. False where that one is forged. */
  #accuse(
    message: PrePrepare | Vote,
    phase: Phase,
    height: number,
    known: Hash,
    knownSignature: Uint8Array,
    blockHash: Hash,
  ): boolean {
    const { from: voter, view, signature } = message;
    if (!this.#isSigned(phase, height, view, blockHash, message)) return false;
    const evidence: BallotEquivocation = {
      instance: this.#config.instance.name,
      voter,
      signature: knownSignature,
      otherSignature: signature,
      ballots: [
        { phase, height, view, blockHash: known },
        { phase, height, view, blockHash },
      ],
    };
    this.#effects.push({ type: 'equivocation', evidence });
    return true;
  }

  #persist(record: PbftRecord): void {
    const isVote = record.type === 'accepted' || record.type === 'prepared' || record.type === 'view';
    if (!isVote || this.#rules.isDurable()) this.#effects.push({ type: 'persist', records: [record] });
  }

  #say(message: PbftMessage): void {
    this.#effects.push({ type: 'send', message });
  }

  #tell(to: number, message: PbftMessage): void {
    this.#effects.push({ type: 'send', to, message });
  }
}

/** Highest height that a new view proposes or knows to be stable: its primary goes on above. */
function reach({ prePrepares, viewChanges }: NewView): number {
  const stable = viewChanges.map((change) => change.stable?.height ?? 0);
  return Math.max(0, ...stable, ...prePrepares.map(({ block }) => block.height));
}
