/**
 * One process of Tendermint: Buchman, Kwon and Milosevic, "The latest gossip on BFT consensus" (arXiv 1807.04938, 2018). Here its parts are put
 * together and events go to the part they are for; algorithm.ts is its Algorithm 1. README.md has the states, messages and the argument.
 */
import { isCount } from '../block.ts';
import type { Check, Effect, Event, Machine, OfferedProposal } from '../core.ts';
import type { Hash } from '../encoding.ts';
import { Pool } from '../hotstuff/pool.ts';
import type { Instance } from '../instance.ts';
import { Outbox, type Refusal } from '../outbox.ts';
import type { Claim, SignatureScheme, Signer } from '../signature.ts';
import { Algorithm } from './algorithm.ts';
import { Author } from './author.ts';
import { CatchingUp } from './catching-up.ts';
import { Chain } from './chain.ts';
import { Claims } from './claims.ts';
import { Deciding } from './deciding.ts';
import { Early } from './early.ts';
import type { Judge } from './judge.ts';
import type { TendermintMessage, TendermintRecord, TendermintTimer, TendermintVocabulary } from './message.ts';
import type { TendermintParameters } from './parameters.ts';
import { ProofOfLock } from './proof-of-lock.ts';
import { Proposals } from './proposals.ts';
import { recover } from './recovery.ts';
import { RoundState, type Step } from './round-state.ts';
import { RULES, type Rules } from './rules.ts';
import { Timeouts } from './timeouts.ts';
import { Votes } from './votes.ts';

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

export class TendermintReplica implements Machine<TendermintVocabulary> {
  readonly #instance: Instance;
  readonly #rules: Rules;
  readonly #pool = new Pool();
  readonly #outbox: Outbox<TendermintVocabulary>;
  readonly #chain: Chain;
  readonly #rounds: RoundState;
  readonly #lock = new ProofOfLock();
  readonly #timeouts: Timeouts;
  readonly #early: Early;
  readonly #algorithm: Algorithm;
  readonly #proposals: Proposals;
  readonly #votes: Votes;
  readonly #claims: Claims;
  readonly #catchingUp: CatchingUp;
  #isActive = false;

  /** Takes up from what is on disk. */
  constructor({ instance, index: self, signer, scheme, parameters, records, rules = RULES }: TendermintConfig) {
    const judge: Judge = { instance, scheme, parameters, rules, quorum: rules.quorum(instance.set) };
    const author = new Author(instance, self, signer);
    const outbox = new Outbox<TendermintVocabulary>(rules);
    const pool = this.#pool;
    const lock = this.#lock;
    const chain = new Chain(instance, rules, parameters);
    const rounds = new RoundState(rules, judge.quorum);
    const timeouts = new Timeouts(parameters, rules, outbox);
    const early = new Early(judge, chain);
    const hear = (message: TendermintMessage): void => this.#onMessage(message);
    const deciding = new Deciding({ judge, chain, rounds, lock, timeouts, early, pool, outbox, hear });
    const catchingUp = new CatchingUp({ judge, self, chain, rounds, deciding, outbox });
    this.#instance = instance;
    this.#rules = rules;
    this.#outbox = outbox;
    this.#chain = chain;
    this.#rounds = rounds;
    this.#timeouts = timeouts;
    this.#early = early;
    this.#algorithm = new Algorithm({ judge, author, chain, rounds, lock, deciding, pool, outbox });
    this.#proposals = new Proposals({ judge, chain, rounds, lock });
    this.#votes = new Votes({ judge, rounds, catchingUp, outbox });
    this.#claims = new Claims(judge, chain, rounds);
    this.#catchingUp = catchingUp;
    recover(records, { instance, rounds, lock, deciding });
    timeouts.forget();
  }

  get height(): number {
    return this.#chain.height;
  }

  get view(): number {
    return this.#rounds.view;
  }

  get round(): number {
    return this.#rounds.round;
  }

  get currentStep(): Step {
    return this.#rounds.step;
  }

  /** Round of the lock, or -1. */
  get lockedRound(): number {
    return this.#lock.lockedRound;
  }

  /** Round of the proof-of-lock of the valid block, or -1. */
  get validRound(): number {
    return this.#lock.validRound;
  }

  /** Index of the process that proposes in a round of the height being decided. */
  proposerOf(round: number): number {
    return this.#chain.proposerOf(round);
  }

  get openProposals(): number {
    return this.#pool.size;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return this.#chain.isSettled(offset, digest);
  }

  inspect(): unknown {
    const { round, step, proposedIn } = this.#rounds;
    const { heardIn, rounds } = this.#rounds.inspect();
    const { ahead, messages } = this.#early.inspect();
    const { turns, decided } = this.#chain.inspect();
    return [
      [this.#isActive, this.height, round, step, proposedIn, ahead, this.#timeouts.patience],
      [...this.#timeouts.inspect(), heardIn],
      this.#lock.inspect(),
      turns,
      rounds,
      messages,
      this.#pool.inspect(),
      decided,
    ];
  }

  step(event: Event<TendermintVocabulary>): readonly Effect<TendermintVocabulary>[] {
    this.#outbox.begin();
    switch (event.type) {
      case 'start':
        this.#isActive = true;
        this.#outbox.push({ type: 'active' });
        break;
      case 'message':
        this.#onMessage(event.message);
        if (this.#rules.mayRestartTimer(false)) this.#timeouts.restart();
        break;
      case 'offered':
        this.#onOffered(event.proposal, event.check);
        break;
      case 'offeredTogether':
        for (const { proposal, check } of event.offers) this.#onOffered(proposal, check);
        break;
      case 'timer':
        if (this.#isActive) this.#onTimer(event.timer, event.view);
        break;
    }
    if (this.#isActive) {
      this.#algorithm.advance();
      this.#runTimers();
    }
    return this.#outbox.effects;
  }

  claims(messages: readonly TendermintMessage[]): readonly Claim[] {
    return this.#claims.of(messages);
  }

  #onOffered(proposal: OfferedProposal, check: Check): void {
    if (!this.isSettled(proposal.offset, proposal.digest)) this.#pool.offer(proposal, check);
  }

  #onMessage(message: TendermintMessage): void {
    const isKnown = this.#instance.set.validators[message.from] !== undefined;
    const code = isKnown ? this.#hear(message) : 'UNKNOWN_VALIDATOR';
    if (code !== null) this.#outbox.refuse(code);
  }

  #hear(message: TendermintMessage): Refusal {
    if (message.type === 'status') return this.#catchingUp.onStatus(message);
    if (message.type === 'decided') return this.#catchingUp.onDecided(message);
    if (message.type === 'locked') return this.#proposals.onLocked(message);
    const { height, round } = message;
    if (!isCount(height) || !isCount(round) || height <= this.height) return null;
    if (height > this.#chain.next) return this.#early.onAhead(message);
    return message.type === 'proposal' ? this.#proposals.onProposal(message) : this.#votes.onVote(message);
  }

  #onTimer(timer: TendermintTimer, number: number): void {
    if (timer === 'resend') {
      if (this.#timeouts.resends(this.height, this.#early.isBehind)) this.#catchingUp.ask();
    } else if (this.#timeouts.expires(number)) this.#algorithm.onTimeout(this.#rounds.awaited());
  }

  #runTimers(): void {
    const { round, step } = this.#rounds;
    this.#timeouts.run({
      height: this.height,
      round,
      awaited: this.#rounds.awaited(),
      isOpen: step !== 'idle' || this.#pool.size > 0 || this.#early.isBehind,
    });
  }
}
