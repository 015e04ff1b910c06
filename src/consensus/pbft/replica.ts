/**
 * One replica of PBFT: Castro and Liskov, "Practical Byzantine Fault Tolerance" (OSDI 1999), with signatures in place of MACs. The
 * state machine that is replicated is the list of decided proposals. Here its parts are put together and events go to the part they are for;
 * README.md has the states, messages and the argument, and says which part is which section of the paper.
 */
import type { Check, Effect, Event, Machine, OfferedProposal } from '../core.ts';
import type { Hash } from '../encoding.ts';
import { Pool } from '../hotstuff/pool.ts';
import type { Instance } from '../instance.ts';
import { Outbox, type Refusal } from '../outbox.ts';
import type { Claim, SignatureScheme, Signer } from '../signature.ts';
import { Author } from './author.ts';
import { CatchingUp } from './catching-up.ts';
import { Checkpoints } from './checkpoints.ts';
import { Claims } from './claims.ts';
import { Execution } from './execution.ts';
import type { Judge } from './judge.ts';
import { Log } from './log.ts';
import type { PbftMessage, PbftRecord, PbftTimer, PbftVocabulary } from './message.ts';
import { NormalCase } from './normal-case.ts';
import type { PbftParameters } from './parameters.ts';
import { recover } from './recovery.ts';
import { RULES, type Rules } from './rules.ts';
import { StateMachine } from './state.ts';
import { Timers } from './timers.ts';
import { View } from './view.ts';
import { ViewChanges } from './view-changes.ts';
import { Votes } from './votes.ts';

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

export class PbftReplica implements Machine<PbftVocabulary> {
  readonly #instance: Instance;
  readonly #rules: Rules;
  readonly #pool = new Pool();
  readonly #outbox: Outbox<PbftVocabulary>;
  readonly #view: View;
  readonly #log: Log;
  readonly #state: StateMachine;
  readonly #timers: Timers;
  readonly #votes: Votes;
  readonly #claims: Claims;
  readonly #checkpoints: Checkpoints;
  readonly #execution: Execution;
  readonly #normalCase: NormalCase;
  readonly #viewChanges: ViewChanges;
  readonly #catchingUp: CatchingUp;
  #isActive = false;

  /** Takes up from what is on disk. */
  constructor({ instance, index: self, signer, scheme, parameters, records, rules = RULES }: PbftConfig) {
    const judge: Judge = { instance, scheme, parameters, rules, quorum: rules.quorum(instance.set) };
    const author = new Author(instance, self, signer);
    const outbox = new Outbox<PbftVocabulary>(rules);
    const pool = this.#pool;
    const view = new View(instance.set.size);
    const log = new Log(parameters.window);
    const state = new StateMachine(instance, rules, parameters.decidedKept);
    const timers = new Timers(parameters, rules, outbox);
    const votes = new Votes({ judge, self, view, log, outbox });
    const checkpoints = new Checkpoints({ judge, author, log, state, outbox });
    const execution = new Execution({ log, state, checkpoints, pool, timers, outbox });
    const normalCase = new NormalCase({ judge, author, view, log, votes, state, checkpoints, pool, outbox });
    const viewChanges = new ViewChanges({ judge, author, view, log, checkpoints, normalCase, timers, outbox });
    this.#instance = instance;
    this.#rules = rules;
    this.#outbox = outbox;
    this.#view = view;
    this.#log = log;
    this.#state = state;
    this.#timers = timers;
    this.#votes = votes;
    this.#claims = new Claims(judge, view, log);
    this.#checkpoints = checkpoints;
    this.#execution = execution;
    this.#normalCase = normalCase;
    this.#viewChanges = viewChanges;
    this.#catchingUp = new CatchingUp({
      judge,
      self,
      view,
      log,
      state,
      checkpoints,
      viewChanges,
      execution,
      outbox,
    });
    recover(records, { instance, author, view, log, state, checkpoints, normalCase, viewChanges });
    timers.onProgress();
  }

  get height(): number {
    return this.#state.height;
  }

  get view(): number {
    return this.#view.number;
  }

  get isChanging(): boolean {
    return this.#view.isChanging;
  }

  get openProposals(): number {
    return this.#pool.size;
  }

  /** Height of the last stable checkpoint: the low watermark. */
  get low(): number {
    return this.#log.low;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return this.#state.isSettled(offset, digest);
  }

  inspect(): unknown {
    const { number: view, isChanging, newView } = this.#view;
    const { missing, stable, votes: checkpoints } = this.#checkpoints.inspect();
    return [
      [this.#isActive, view, isChanging, this.height, this.#normalCase.proposedThrough, this.#timers.failures],
      [...this.#timers.inspect(), missing],
      newView,
      this.#viewChanges.inspect(),
      [...this.#log.slots()],
      stable,
      checkpoints,
      this.#pool.inspect(),
      this.#state.decided.entries(),
    ];
  }

  step(event: Event<PbftVocabulary>): readonly Effect<PbftVocabulary>[] {
    this.#outbox.begin();
    switch (event.type) {
      case 'start':
        this.#isActive = true;
        this.#outbox.push({ type: 'active' });
        break;
      case 'message':
        this.#onMessage(event.message);
        if (this.#rules.mayRestartTimer(false)) this.#timers.restart();
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
    if (this.#isActive) this.#advance();
    return this.#outbox.effects;
  }

  claims(messages: readonly PbftMessage[]): readonly Claim[] {
    return this.#claims.of(messages);
  }

  #onOffered(proposal: OfferedProposal, check: Check): void {
    if (!this.isSettled(proposal.offset, proposal.digest)) this.#pool.offer(proposal, check);
  }

  #onMessage(message: PbftMessage): void {
    const isKnown = this.#instance.set.validators[message.from] !== undefined;
    const code = isKnown ? this.#hear(message) : 'UNKNOWN_VALIDATOR';
    if (code !== null) this.#outbox.refuse(code);
  }

  #hear(message: PbftMessage): Refusal {
    switch (message.type) {
      case 'prePrepare':
        return this.#normalCase.onPrePrepare(message);
      case 'vote':
        return this.#votes.onVote(message);
      case 'checkpoint':
        return this.#checkpoints.onCheckpoint(message);
      case 'viewChange':
        return this.#viewChanges.onViewChange(message);
      case 'newView':
        return this.#viewChanges.onNewView(message);
      case 'status':
        return this.#catchingUp.onStatus(message);
      case 'decided':
        return this.#catchingUp.onDecided(message);
      case 'state':
        return this.#catchingUp.onState(message);
    }
  }

  #onTimer(timer: PbftTimer, number: number): void {
    if (timer === 'resend') {
      if (this.#timers.resends(this.height, this.#checkpoints.isBehind)) this.#catchingUp.ask();
    } else if (this.#timers.expires(number)) this.#viewChanges.start(this.view + 1);
  }

  #advance(): void {
    this.#normalCase.progress();
    this.#execution.run();
    this.#normalCase.propose();
    this.#runTimers();
  }

  #runTimers(): void {
    const { height, view, isChanging } = this;
    this.#timers.run({
      isOpen: this.#pool.hasReady || this.#checkpoints.isBehind || this.#log.hasBlockAbove(height),
      hasProposals: this.#pool.size > 0,
      view,
      isChanging,
      isJoined: isChanging && this.#viewChanges.isJoined,
      height,
      isNextPrepared: this.#log.find(height + 1)?.preparedIn === view,
    });
  }
}
