/**
 * One process of Tendermint: Buchman, Kwon and Milosevic, "The latest gossip on BFT consensus" (arXiv 1807.04938, 2018). Line numbers
 * are those of its Algorithm 1. README.md here has the states, messages and the argument.
 */
import {
  type BallotCertificate,
  type BallotEquivocation,
  checkBallots,
  claimsOf,
  isBallotSigned,
  sameHash,
  signBallot,
} from '../ballot.ts';
import { type Block, hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import type { Check, Effect, Event, Machine, OfferedProposal } from '../core.ts';
import { equalBytes, type Hash } from '../encoding.ts';
import { DecidedWindow, shorten } from '../hotstuff/decided-window.ts';
import { Pool } from '../hotstuff/pool.ts';
import type { Instance } from '../instance.ts';
import type { Claim, SignatureScheme, Signer } from '../signature.ts';
import {
  type Decided,
  type Held,
  type Locked,
  type Phase,
  type Proposal,
  parentOf,
  proposalStatement,
  type Status,
  type TendermintMessage,
  type TendermintRecord,
  type TendermintTimer,
  type TendermintVocabulary,
  type Vote,
} from './message.ts';
import type { TendermintParameters } from './parameters.ts';
import { Round } from './round.ts';
import { RULES, type Rules } from './rules.ts';
import { Turns } from './turns.ts';

export interface TendermintConfig {
  readonly instance: Instance;
  /** Index in instance.set.validators; the signer's key is that one's. */
  readonly index: number;
  readonly signer: Signer;
  readonly scheme: SignatureScheme;
  readonly parameters: TendermintParameters;
  /** What reached the disk before; empty at the first start. */
  readonly records: readonly TendermintRecord[];
  readonly rules?: Rules;
}

/** `idle`: the height is not open, no timer runs, nothing is said. */
export type Step = 'idle' | 'propose' | 'prevote' | 'precommit';

/** A block with its proof-of-lock. */
interface Valid {
  readonly round: number;
  readonly block: Block;
  readonly last: BallotCertificate | null;
  readonly blockHash: Hash;
  readonly proof: BallotCertificate;
}

type ValidRecord = Extract<TendermintRecord, { readonly type: 'valid' }>;

/** Why a message counts for nothing; null where it counts, or is of no concern. */
type Refusal = string | null;

const NOTHING = { proposal: null, prevotes: [], precommits: [] } as const;
/** Blocks that one status is answered with. */
const DECIDED_SENT = 16;
/** Rounds ahead of its own of which a process keeps votes. */
const ROUNDS_AHEAD = 8;
/** Messages of the next height that are kept, by sender. */
const EARLY_KEPT = 8;

export class TendermintReplica implements Machine<TendermintVocabulary> {
  readonly #config: TendermintConfig;
  readonly #rules: Rules;
  readonly #quorum: number;
  readonly #pool = new Pool();
  readonly #decided: DecidedWindow;
  readonly #turns: Turns;
  #isActive = false;
  /** Last decided height; `#height + 1` is being decided (h_p). */
  #height = 0;
  #head: Hash;
  /** What decided the head here; null below height 1. Others may have decided it in another round. */
  #last: BallotCertificate | null = null;
  /** What a new block of this process names as its parent. */
  #parent: Hash;
  #round = 0;
  #step: Step = 'idle';
  #locked: { readonly round: number; readonly blockHash: Hash } | null = null;
  #valid: Valid | null = null;
  #rounds = new Map<number, Round>();
  /** Highest round that each process was heard in. */
  #heardIn: number[] = [];
  /** Latest round in which this process proposed; -1 before. */
  #proposedIn = -1;
  /** Messages of the height after the one being decided, by sender. */
  #early = new Map<number, (Proposal | Vote)[]>();
  /** A height that others were heard at. */
  #ahead = 0;
  readonly #blocks = new Map<number, Omit<Decided, 'type' | 'from'>>();
  /** Rounds that the latest heights took beyond their first: where timeouts begin, so that far-apart validators do not learn it anew. */
  #patience = 0;
  #view = 0;
  #timerFor = '';
  #timerNumber = 0;
  #isResending = false;
  /** Height at which it was when that timer was set. */
  #resendsFrom = 0;
  #effects: Effect<TendermintVocabulary>[] = [];

  /** Takes up from what is on disk. */
  constructor(config: TendermintConfig) {
    this.#config = config;
    this.#rules = config.rules ?? RULES;
    this.#quorum = this.#rules.quorum(config.instance.set);
    this.#head = config.instance.genesis;
    this.#parent = config.instance.genesis;
    this.#decided = new DecidedWindow(config.parameters.decidedKept);
    this.#turns = new Turns(config.instance.set, config.parameters.benchHeights, this.#rules);
    this.#recover(config.records);
  }

  get height(): number {
    return this.#height;
  }

  get view(): number {
    return this.#view;
  }

  get round(): number {
    return this.#round;
  }

  get currentStep(): Step {
    return this.#step;
  }

  /** Round of the lock, or -1. */
  get lockedRound(): number {
    return this.#locked?.round ?? -1;
  }

  /** Round of the proof-of-lock of the valid block, or -1. */
  get validRound(): number {
    return this.#valid?.round ?? -1;
  }

  /** Index of the process that proposes in a round of the height being decided. */
  proposerOf(round: number): number {
    return this.#turns.proposerOf(this.#height + 1, round);
  }

  get openProposals(): number {
    return this.#pool.size;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return !this.#rules.mayDecide(this.#decided.isSettled(offset, digest));
  }

  inspect(): unknown {
    return [
      [this.#isActive, this.#height, this.#round, this.#step, this.#proposedIn, this.#ahead, this.#patience],
      [this.#timerFor, this.#isResending, this.#resendsFrom, this.#heardIn],
      [this.#locked, this.#valid],
      this.#turns.inspect(),
      Array.from(this.#rounds.values(), ({ number, proposal, votes, isValidSeen }) => [
        [number, proposal, isValidSeen],
        [votes.PREVOTE.inspect(), votes.PRECOMMIT.inspect()],
      ]),
      [...this.#early],
      this.#pool.inspect(),
      this.#decided.entries(),
    ];
  }

  step(event: Event<TendermintVocabulary>): readonly Effect<TendermintVocabulary>[] {
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

  claims(messages: readonly TendermintMessage[]): readonly Claim[] {
    const coming = new Map<string, number>();
    return messages.flatMap((message) => this.#claimsOf(message, coming));
  }

  /** `coming`: votes that are about to be heard, by phase, round and block. */
  #claimsOf(message: TendermintMessage, coming: Map<string, number>): readonly Claim[] {
    const { instance, parameters } = this.#config;
    if (message.type !== 'vote' && message.type !== 'proposal') return [];
    const { from, height, round, signature } = message;
    const validator = instance.set.validators[from];
    const at = this.#rounds.get(round);
    if (validator === undefined || height !== this.#height + 1 || !isCount(round)) return [];
    const { publicKey } = validator;
    if (message.type === 'vote') {
      const { phase, blockHash } = message;
      const votes = at?.votes[phase];
      if (votes?.get(from) !== undefined || this.#isSpare(at, phase, blockHash)) return [];
      const place = `${phase} ${round} ${blockHash === null ? 'nil' : shorten(blockHash)}`;
      const others = coming.get(place) ?? 0;
      // A quorum before it: then it is spare, or of a height that is decided.
      if ((votes?.count(blockHash) ?? 0) + others >= this.#quorum) return [];
      coming.set(place, others + 1);
      return claimsOf(instance, { phase, height, view: round, blockHash }, [{ voter: from, signature }]);
    }
    const isDue = from === this.#turns.proposerOf(height, round) && (at?.proposal ?? null) === null;
    if (!isDue || !isWellFormedBlock(message.block, parameters.blockItemsMax)) return [];
    const { validRound } = message;
    if (validRound !== -1 && !isCount(validRound)) return [];
    return [
      { publicKey, message: proposalStatement(instance, message, hashBlock(instance, message.block)), signature },
    ];
  }

  /** It has its proof-of-lock: more prevotes than a quorum are not worth checking. */
  #isSpare(at: Round | undefined, phase: Phase, blockHash: Hash | null): boolean {
    return phase === 'PREVOTE' && at?.isValidSeen === true && sameHash(at.proposal?.blockHash ?? null, blockHash);
  }

  #onOffered(proposal: OfferedProposal, check: Check): void {
    if (!this.isSettled(proposal.offset, proposal.digest)) this.#pool.offer(proposal, check);
  }

  // ---- what is heard

  #onMessage(message: TendermintMessage): void {
    const isKnown = this.#config.instance.set.validators[message.from] !== undefined;
    const code = isKnown ? this.#hear(message) : 'UNKNOWN_VALIDATOR';
    if (code !== null) this.#effects.push({ type: 'refused', code });
  }

  #hear(message: TendermintMessage): Refusal {
    if (message.type === 'status') return this.#onStatus(message);
    if (message.type === 'decided') return this.#onDecided(message);
    if (message.type === 'locked') return this.#onLocked(message);
    const { height, round } = message;
    if (!isCount(height) || !isCount(round) || height <= this.#height) return null;
    if (height > this.#height + 1) return this.#onAhead(message);
    return message.type === 'proposal' ? this.#onProposal(message) : this.#onVote(message);
  }

  /** From somebody who decides a later height: this process has missed something. */
  #onAhead(message: Proposal | Vote): Refusal {
    const { from, height } = message;
    if (height <= this.#ahead && height > this.#height + 2) return null;
    const isSigned = message.type === 'proposal' ? this.#isProposalSigned(message) : this.#isVoteSigned(message);
    if (!isSigned) return 'BAD_SIGNATURE';
    this.#ahead = Math.max(this.#ahead, height - 1);
    if (height > this.#height + 2) return null;
    const early = this.#early.get(from) ?? [];
    if (early.length < EARLY_KEPT) this.#early.set(from, [...early, message]);
    return null;
  }

  #onProposal(message: Proposal): Refusal {
    const { from, height, round, block } = message;
    if (from !== this.#turns.proposerOf(height, round)) return 'NOT_PROPOSER';
    if (round > this.#round + ROUNDS_AHEAD) return null;
    if (!this.#isFitting(message)) return 'BAD_BLOCK';
    const at = this.#roundAt(round);
    const blockHash = hashBlock(this.#config.instance, block);
    if (at.proposal !== null && (sameHash(at.proposal.blockHash, blockHash) || !this.#isWanted(at, blockHash)))
      return null;
    if (!this.#isProposalSigned(message)) return 'BAD_SIGNATURE';
    if (message.proof !== null && !this.#rules.mayBelieveLock(this.#isProved(message.proof, 'PREVOTE')))
      return 'UNPROVED';
    if (!this.#isLastProved(message.last)) return 'UNPROVED';
    this.#heardFrom(from, round);
    at.proposal = { message, blockHash };
    return null;
  }

  /** Structure: the block fits on the last decided one, and the proof-of-lock is about it. Not whether it is proved. */
  #isFitting({
    height,
    round,
    block,
    last,
    validRound,
    proof,
  }: Omit<Proposal, 'type' | 'from' | 'signature'>): boolean {
    const { instance, parameters } = this.#config;
    if (!isWellFormedBlock(block, parameters.blockItemsMax) || block.height !== height) return false;
    if (!this.#isOnHead(block, last) || !this.#isUndecided(block)) return false;
    if (proof === null) return validRound === -1 && block.view === round;
    if (!isCount(validRound) || validRound >= round || block.view > validRound) return false;
    const { phase, blockHash } = proof;
    const isAbout = phase === 'PREVOTE' && proof.height === height && proof.view === validRound;
    return isAbout && sameHash(blockHash, hashBlock(instance, block));
  }

  #isOnHead({ parent }: Block, last: BallotCertificate | null): boolean {
    if (last === null || this.#height === 0) return last === null && equalBytes(parent, this.#parent);
    const { phase, height, view, blockHash } = last;
    if (phase !== 'PRECOMMIT' || height !== this.#height || !isCount(view) || !sameHash(blockHash, this.#head))
      return false;
    return equalBytes(parent, view === this.#last?.view ? this.#parent : parentOf(this.#head, view));
  }

  /** That the head was decided in the same round here is proof enough. */
  #isLastProved(last: BallotCertificate | null): boolean {
    return last === null || last.view === this.#last?.view || this.#isProved(last, 'PRECOMMIT');
  }

  #isUndecided({ items }: Block): boolean {
    const digests = new Set(items.map(({ digest }) => shorten(digest)));
    const offsets = new Set(items.map(({ offset }) => offset));
    const isOnce = digests.size === items.length && offsets.size === items.length;
    return this.#rules.mayDecide(!isOnce) && !items.some(({ offset, digest }) => this.isSettled(offset, digest));
  }

  #onVote(message: Vote): Refusal {
    const { from, phase, round, blockHash } = message;
    if (phase !== 'PREVOTE' && phase !== 'PRECOMMIT') return null;
    if (round > this.#round + ROUNDS_AHEAD) {
      if (round > (this.#heardIn[from] ?? -1) && this.#isVoteSigned(message)) this.#heardFrom(from, round);
      return null;
    }
    const at = this.#roundAt(round);
    const votes = at.votes[phase];
    const known = votes.get(from);
    if (known !== undefined) {
      if (sameHash(known.blockHash, blockHash)) votes.repeat();
      else this.#accuse(known, message);
      return null;
    }
    if (this.#isSpare(at, phase, blockHash)) return null;
    if (!this.#isVoteSigned(message)) return 'BAD_SIGNATURE';
    this.#heardFrom(from, round);
    votes.add(message);
    if (phase === 'PRECOMMIT' && blockHash !== null) this.#ask(at, blockHash);
    return null;
  }

  /** An honest process voted for this block, and so knows the proposal. */
  #isWanted({ votes }: Round, blockHash: Hash): boolean {
    const { faulty } = this.#config.instance.set;
    return votes.PREVOTE.count(blockHash) > faulty || votes.PRECOMMIT.count(blockHash) > faulty;
  }

  /** A proposer showed its block to some alone: those who precommitted it are asked at once, before the wait for it ends. */
  #ask(at: Round, blockHash: Hash): void {
    const { instance, index } = this.#config;
    const isHeard = at.proposal !== null && sameHash(at.proposal.blockHash, blockHash);
    const votes = at.votes.PRECOMMIT;
    const { faulty } = instance.set;
    if (isHeard || faulty === 0 || votes.count(blockHash) !== faulty + 1) return;
    const status: Status = {
      type: 'status',
      from: index,
      height: this.#height + 1,
      round: at.number,
      held: this.#held(),
    };
    for (const vote of votes.all()) if (sameHash(vote.blockHash, blockHash)) this.#tell(vote.from, status);
  }

  #heardFrom(from: number, round: number): void {
    this.#heardIn[from] = Math.max(this.#heardIn[from] ?? -1, round);
  }

  // ---- Algorithm 1

  /** Carries out every rule whose condition holds, until none does. */
  #advance(): void {
    if (this.#step === 'idle' && this.#hasReason()) this.#startRound(0);
    while (this.#decide() || this.#skip() || this.#actInRound());
    this.#runTimers();
  }

  /** A height opens when there is something to propose or somebody else has begun. */
  #hasReason(): boolean {
    return this.#pool.hasReady || this.#rounds.size > 0;
  }

  /** Line 11. */
  #startRound(round: number): void {
    const left = this.#rounds.get(this.#round)?.proposal;
    if (this.#step !== 'idle' && left && this.#valid?.round !== this.#round)
      this.#pool.contest(left.message.block, this.#decided.count);
    this.#round = round;
    this.#step = 'propose';
    this.#view++;
  }

  /** Line 55. */
  #skip(): boolean {
    const needed = this.#rules.skipQuorum(this.#config.instance.set);
    const ahead = this.#heardIn.filter((round) => round > this.#round).sort((a, b) => b - a);
    if (ahead.length < needed) return false;
    this.#startRound(ahead[needed - 1]);
    return true;
  }

  /** What is to be done in the current round; true when something was done. */
  #actInRound(): boolean {
    if (this.#step === 'idle') return false;
    const at = this.#roundAt(this.#round);
    if (this.#step === 'propose') return this.#propose(at) || this.#prevoteProposal(at);
    const { proposal, votes } = at;
    if (proposal !== null && !at.isValidSeen && votes.PREVOTE.count(proposal.blockHash) >= this.#quorum) {
      this.#onProofOfLock(at, proposal.message, proposal.blockHash);
      return true;
    }
    if (this.#step === 'prevote' && votes.PREVOTE.count(null) >= this.#quorum) {
      // Line 44.
      this.#vote('PRECOMMIT', null);
      return true;
    }
    return false;
  }

  /** Lines 14 to 19. A proposer that has nothing to propose yet may come to it while the step lasts. */
  #propose(at: Round): boolean {
    const { instance, index, signer, parameters } = this.#config;
    const height = this.#height + 1;
    const round = at.number;
    if (this.#turns.proposerOf(height, round) !== index || this.#proposedIn >= round || at.proposal !== null)
      return false;
    const valid = this.#rules.proposesValid() ? this.#valid : null;
    const block = valid?.block ?? this.#freshBlock(height, round, parameters.blockItemsMax);
    if (block === null) return false;
    const blockHash = valid?.blockHash ?? hashBlock(instance, block);
    const validRound = valid?.round ?? -1;
    const signature = signer.sign(proposalStatement(instance, { height, round, validRound }, blockHash));
    const proof = valid?.proof ?? null;
    const last = valid === null ? this.#last : valid.last;
    const where = { type: 'proposal', from: index, height, round } as const;
    const message: Proposal = { ...where, block, last, validRound, proof, signature };
    this.#proposedIn = round;
    at.proposal = { message, blockHash };
    this.#heardFrom(index, round);
    this.#persist([{ type: 'proposed', proposal: message }]);
    this.#say(message);
    return true;
  }

  #freshBlock(height: number, round: number, itemsMax: number): Block | null {
    const items = this.#pool.hasReady ? this.#pool.pick(itemsMax, this.#decided.overdue) : [];
    return items.length === 0 ? null : { height, parent: this.#parent, view: round, items };
  }

  /** Lines 22 to 33. While this process' own check waits, so does its prevote. */
  #prevoteProposal({ proposal }: Round): boolean {
    if (proposal === null) return false;
    const { message, blockHash } = proposal;
    const locked = this.#locked;
    const isLockedOnIt = locked !== null && equalBytes(locked.blockHash, blockHash);
    const isFree = locked === null || isLockedOnIt || (message.proof !== null && message.validRound >= locked.round);
    // A block that a quorum prevoted was found valid by honest checks; asking again could strand it when a check has changed since.
    const isKnownValid = message.proof !== null || isLockedOnIt;
    const agreement = isKnownValid ? 'agree' : this.#pool.compare(message.block);
    if (this.#rules.mayPrevote(isFree) && this.#rules.mayApprove(agreement === 'agree'))
      this.#vote('PREVOTE', blockHash);
    else if (!isFree || agreement === 'disagree') this.#vote('PREVOTE', null);
    else return false;
    return true;
  }

  /** Line 36. */
  #onProofOfLock(at: Round, { block, last }: Proposal, blockHash: Hash): void {
    at.isValidSeen = true;
    const proof = this.#certify(at, 'PREVOTE', blockHash);
    this.#valid = { round: at.number, block, last, blockHash, proof };
    const isLocked = this.#step === 'prevote' && this.#rules.locks();
    if (isLocked) this.#locked = { round: at.number, blockHash };
    this.#persist([{ type: 'valid', block, last, proof, isLocked }]);
    if (this.#step === 'prevote') this.#vote('PRECOMMIT', blockHash);
  }

  /** Line 49, for the rounds that anything was heard of. */
  #decide(): boolean {
    for (const at of this.#rounds.values()) {
      const { proposal, votes } = at;
      if (proposal === null || votes.PRECOMMIT.total < this.#quorum) continue;
      if (votes.PRECOMMIT.count(proposal.blockHash) < this.#quorum) continue;
      const { block, last } = proposal.message;
      this.#commit({
        block,
        lastRound: last?.view ?? 0,
        certificate: this.#certify(at, 'PRECOMMIT', proposal.blockHash),
      });
      return true;
    }
    return false;
  }

  #commit(decided: Omit<Decided, 'type' | 'from'>): void {
    const { block, certificate, lastRound } = decided;
    const blamed = this.#turns.blame(this.#rules.blamedRound(lastRound, this.#round));
    this.#persist([{ type: 'decided', block, certificate, lastRound, blamed }]);
    this.#apply(decided, blamed);
    this.#effects.push({ type: 'committed', block, certificate });
    this.#pool.settle(block.items);
    for (const proposal of this.#pool.dropThrough(this.#decided.floor))
      this.#effects.push({ type: 'dropped', proposal });
    const early = [...this.#early.values()].flat();
    this.#early = new Map();
    for (const message of early) this.#onMessage(message);
    if (this.#hasReason()) this.#startRound(0);
  }

  #apply({ block, certificate, lastRound }: Omit<Decided, 'type' | 'from'>, blamed: number | null): void {
    const { view: round } = certificate;
    this.#turns.record(block.height, blamed);
    this.#patience = round === 0 ? Math.max(0, this.#patience - 1) : this.#patience + round;
    this.#height = block.height;
    this.#head = hashBlock(this.#config.instance, block);
    this.#last = certificate;
    this.#parent = parentOf(this.#head, round);
    this.#decided.add(block.items);
    this.#blocks.set(block.height, { block, certificate, lastRound });
    this.#blocks.delete(block.height - this.#config.parameters.blocksKept);
    this.#round = 0;
    this.#step = 'idle';
    this.#locked = null;
    this.#valid = null;
    this.#rounds = new Map();
    this.#heardIn = [];
    this.#proposedIn = -1;
  }

  #vote(phase: Phase, blockHash: Hash | null): void {
    const { instance, index, signer } = this.#config;
    const height = this.#height + 1;
    const round = this.#round;
    const signature = signBallot(instance, signer, { phase, height, view: round, blockHash });
    const vote: Vote = { type: 'vote', from: index, phase, height, round, blockHash, signature };
    this.#step = phase === 'PREVOTE' ? 'prevote' : 'precommit';
    this.#roundAt(round).votes[phase].add(vote);
    this.#heardFrom(index, round);
    if (this.#rules.isDurable()) this.#persist([{ type: 'voted', vote }]);
    this.#say(vote);
    if (phase === 'PREVOTE' && blockHash === null && this.#locked !== null && this.#valid !== null) {
      const { block, last, proof } = this.#valid;
      this.#say({ type: 'locked', from: index, block, last, proof });
    }
  }

  // ---- timers

  /**
   * One timer runs at a time: for the proposal (line 21); for the prevotes, once a quorum of any was heard (line 34); and for the
   * precommits likewise (line 47), in any step.
   */
  #runTimers(): void {
    const { timeoutMs, timeoutDeltaMs, resendMs } = this.#config.parameters;
    const timerFor = this.#awaited();
    const key = timerFor === null ? '' : `${this.#height} ${this.#round} ${timerFor}`;
    if (key !== this.#timerFor) {
      this.#timerFor = key;
      this.#timerNumber++;
      const ms = timeoutMs + timeoutDeltaMs * this.#rules.growth(this.#round + this.#patience);
      if (timerFor !== null) this.#effects.push({ type: 'setTimer', timer: 'step', view: this.#timerNumber, ms });
      else this.#effects.push({ type: 'clearTimer', timer: 'step' });
    }
    const resends = this.#step !== 'idle' || this.#pool.size > 0 || this.#ahead > this.#height;
    if (resends && !this.#isResending) {
      this.#resendsFrom = this.#height;
      this.#effects.push({ type: 'setTimer', timer: 'resend', view: 0, ms: resendMs });
    } else if (!resends && this.#isResending) this.#effects.push({ type: 'clearTimer', timer: 'resend' });
    this.#isResending = resends;
  }

  #awaited(): 'PROPOSAL' | 'PREVOTE' | 'PRECOMMIT' | null {
    if (this.#step === 'idle') return null;
    const { votes } = this.#roundAt(this.#round);
    if (votes.PRECOMMIT.total >= this.#quorum) return 'PRECOMMIT';
    if (this.#step === 'propose') return 'PROPOSAL';
    return this.#step === 'prevote' && votes.PREVOTE.total >= this.#quorum ? 'PREVOTE' : null;
  }

  #onTimer(timer: TendermintTimer, number: number): void {
    if (!this.#isActive) return;
    if (timer === 'resend') {
      this.#isResending = false;
      // It goes on: what is under way is late, not lost.
      if (this.#height > this.#resendsFrom && this.#ahead <= this.#height) return;
      const stands = { height: this.#height + 1, round: this.#round, held: this.#held() };
      this.#say({ type: 'status', from: this.#config.index, ...stands });
      return;
    }
    if (number !== this.#timerNumber || this.#timerFor === '') return;
    const awaited = this.#awaited();
    this.#timerFor = '';
    // Lines 57, 61 and 65.
    if (awaited === 'PROPOSAL') this.#vote('PREVOTE', null);
    else if (awaited === 'PREVOTE') this.#vote('PRECOMMIT', null);
    else if (awaited === 'PRECOMMIT') this.#startRound(this.#round + 1);
  }

  // ---- what was missed

  #onStatus({ from, height, round, held }: Status): Refusal {
    const { index } = this.#config;
    if (from === index || !isCount(height) || !isCount(round)) return null;
    for (let next = height, sent = 0; next <= this.#height && sent < DECIDED_SENT; next++, sent++) {
      const decided = this.#blocks.get(next);
      if (decided === undefined) return 'TOO_FAR_BEHIND';
      this.#tell(from, { type: 'decided', from: index, ...decided });
    }
    if (height !== this.#height + 1 || round > this.#round) return null;
    for (const number of new Set([round, this.#round])) {
      const at = this.#rounds.get(number);
      const there = held.find((one) => one.round === number);
      if (at !== undefined) this.#tellRound(from, at, there ?? { round: number, ...NOTHING });
    }
    return null;
  }

  /** What the other one does not have of a round. */
  #tellRound(to: number, { number, proposal, votes }: Round, there: Held): void {
    const { index } = this.#config;
    if (proposal !== null && !sameHash(there.proposal, proposal.blockHash)) this.#tell(to, proposal.message);
    for (const phase of ['PREVOTE', 'PRECOMMIT'] as const) {
      const known = new Set(phase === 'PREVOTE' ? there.prevotes : there.precommits);
      for (const vote of votes[phase].all()) {
        // Of a round that this process has left, everybody's: a liar may have told it alone what made it leave, and the paper's gossip
        // brings whatever one correct process has received to all of them.
        if (!known.has(vote.from) && (number < this.#round || vote.from === index)) this.#tell(to, vote);
      }
    }
  }

  #held(): Held[] {
    return Array.from(this.#rounds.values(), ({ number: round, proposal, votes }) => ({
      round,
      proposal: proposal?.blockHash ?? null,
      prevotes: votes.PREVOTE.voters(),
      precommits: votes.PRECOMMIT.voters(),
    }));
  }

  #onDecided({ block, certificate, lastRound }: Decided): Refusal {
    const { instance, parameters } = this.#config;
    if (block.height !== this.#height + 1) return null;
    if (!isWellFormedBlock(block, parameters.blockItemsMax)) return 'BAD_BLOCK';
    const { phase, height, blockHash } = certificate;
    const isAbout = phase === 'PRECOMMIT' && height === block.height && sameHash(blockHash, hashBlock(instance, block));
    if (!this.#rules.mayBelieveDecided(isAbout && this.#isProved(certificate, 'PRECOMMIT'))) return 'UNPROVED';
    // The hash that was signed covers it.
    if (
      !isCount(lastRound) ||
      !equalBytes(block.parent, this.#height === 0 ? this.#parent : parentOf(this.#head, lastRound))
    )
      return 'BAD_BLOCK';
    this.#commit({ block, certificate, lastRound });
    return null;
  }

  /** Whoever proposes next shall propose that block; otherwise all would wait for the turn of the one that is locked. */
  #onLocked({ block, last, proof }: Locked): Refusal {
    const { height, view: round, blockHash } = proof;
    if (height !== this.#height + 1 || blockHash === null || round <= this.validRound) return null;
    // As if it were proposed in the round after its proof.
    if (!this.#isFitting({ height, round: round + 1, block, last, validRound: round, proof })) return 'BAD_BLOCK';
    if (!this.#rules.mayBelieveLock(this.#isProved(proof, 'PREVOTE')) || !this.#isLastProved(last)) return 'UNPROVED';
    this.#valid = { round, block, last, blockHash, proof };
    return null;
  }

  // ---- recovery

  #recover(records: readonly TendermintRecord[]): void {
    for (const record of records) {
      switch (record.type) {
        case 'decided':
          this.#apply(record, record.blamed);
          break;
        case 'proposed':
          this.#recoverProposal(record.proposal);
          break;
        case 'voted':
          this.#recoverVote(record.vote);
          break;
        case 'valid':
          this.#recoverValid(record);
          break;
      }
    }
    this.#patience = 0;
  }

  #recoverProposal(message: Proposal): void {
    this.#proposedIn = message.round;
    this.#round = message.round;
    this.#step = 'propose';
    const blockHash = hashBlock(this.#config.instance, message.block);
    this.#roundAt(message.round).proposal = { message, blockHash };
  }

  #recoverVote(vote: Vote): void {
    this.#round = vote.round;
    this.#step = vote.phase === 'PREVOTE' ? 'prevote' : 'precommit';
    this.#roundAt(vote.round).votes[vote.phase].add(vote);
  }

  #recoverValid({ block, last, proof, isLocked }: ValidRecord): void {
    const { view: round, blockHash } = proof;
    if (blockHash === null) return;
    this.#valid = { round, block, last, blockHash, proof };
    if (isLocked) this.#locked = { round, blockHash };
  }

  // ---- small things

  #roundAt(number: number): Round {
    let round = this.#rounds.get(number);
    if (round === undefined) {
      round = new Round(number, this.#rules);
      this.#rounds.set(number, round);
    }
    return round;
  }

  #certify(at: Round, phase: Phase, blockHash: Hash): BallotCertificate {
    const signatures = at.votes[phase].signatures(blockHash, this.#quorum);
    return { phase, height: this.#height + 1, view: at.number, blockHash, signatures };
  }

  #isProved(certificate: BallotCertificate, phase: Phase): boolean {
    const { instance, scheme } = this.#config;
    const rules = { quorum: this.#quorum, mayCount: this.#rules.mayCount };
    return certificate.phase === phase && checkBallots(instance, scheme, certificate, rules) === null;
  }

  #isVoteSigned({ from, phase, height, round, blockHash, signature }: Vote): boolean {
    const { instance, scheme } = this.#config;
    const ballot = { phase, height, view: round, blockHash };
    return this.#rules.mayBelieve(isBallotSigned(instance, scheme, ballot, { voter: from, signature }));
  }

  #isProposalSigned(message: Proposal): boolean {
    const { instance, scheme, parameters } = this.#config;
    const { from, block, validRound, signature } = message;
    if (validRound !== -1 && !isCount(validRound)) return false;
    if (!isWellFormedBlock(block, parameters.blockItemsMax)) return false;
    const { publicKey } = instance.set.validators[from];
    const signed = proposalStatement(instance, message, hashBlock(instance, block));
    return this.#rules.mayBelieve(scheme.verify(publicKey, signed, signature));
  }

  #accuse(known: Vote, other: Vote): void {
    if (!this.#isVoteSigned(other)) return;
    const { phase, height, round: view } = known;
    const evidence: BallotEquivocation = {
      instance: this.#config.instance.name,
      voter: known.from,
      signature: known.signature,
      otherSignature: other.signature,
      ballots: [
        { phase, height, view, blockHash: known.blockHash },
        { phase, height, view, blockHash: other.blockHash },
      ],
    };
    this.#effects.push({ type: 'equivocation', evidence });
  }

  #persist(records: readonly TendermintRecord[]): void {
    this.#effects.push({ type: 'persist', records });
  }

  #say(message: TendermintMessage): void {
    this.#effects.push({ type: 'send', message });
  }

  #tell(to: number, message: TendermintMessage): void {
    this.#effects.push({ type: 'send', to, message });
  }
}
