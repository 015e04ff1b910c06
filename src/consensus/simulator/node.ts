/** One process of the simulated cluster: a replica, its timers, and how far it has read. It may crash, be cut off, or lie. */
import { CheckpointTracker } from '../checkpoint.ts';
import { HotStuffReplica } from '../hotstuff/replica.ts';
import type { Message } from '../message.ts';
import type { Check, Effect, Event, OfferedProposal } from '../protocol.ts';
import type { Signer } from '../signature.ts';
import type { Lie } from './liars.ts';
import type { Simulation } from './simulation.ts';

export interface NodeConfig {
  readonly validator: string;
  readonly signer: Signer;
  readonly isHonest: boolean;
  /** Twins draw the same one, so that both take the same record for their own. */
  readonly nonceSeed: number;
  readonly lie?: Lie;
}

export class SimulatedNode {
  readonly config: NodeConfig;
  readonly #run: Simulation;
  replica: HotStuffReplica | null = null;
  /** Until then it neither reads nor writes. */
  cutOffUntilMs = 0;
  height = 0;
  #starts = 0;
  #readThrough = -1;
  readonly #timers = new Map<string, number>();
  #timerCount = 0;

  constructor(run: Simulation, config: NodeConfig) {
    this.#run = run;
    this.config = config;
  }

  start(): void {
    const { log, instance, scheme, parameters, rules } = this.#run;
    const { validator, signer, nonceSeed } = this.config;
    const tracker = new CheckpointTracker(instance, scheme, validator);
    for (const [position, message] of log.entries()) tracker.observe(position, message);
    const checkpoint = tracker.best();
    this.replica = new HotStuffReplica({
      instance,
      validator,
      signer,
      scheme,
      parameters,
      rules,
      checkpoint,
      logStart: this.#run.random.chance(0.5) ? Math.max(0, (checkpoint?.through ?? -1) + 1) : 0,
    });
    this.height = checkpoint?.height ?? 0;
    this.#readThrough = this.replica.proposalsFrom - 1;
    const nonce = new Uint8Array(16).fill(nonceSeed);
    nonce[0] = ++this.#starts;
    const early = this.#run.random.chance(0.5);
    // The announcement may come before or after reading what is there; both must work.
    if (early) this.#step({ type: 'start', nonce });
    this.readLog(log.length - 1);
    this.readProposals(this.#run.proposals.length - 1);
    if (!early) this.#step({ type: 'start', nonce });
  }

  crash(): void {
    this.replica = null;
    this.#timers.clear();
  }

  readLog(through: number): void {
    const { log } = this.#run;
    while (this.replica !== null && this.replica.status !== 'fenced' && this.replica.nextPosition <= through) {
      const position = this.replica.nextPosition;
      this.#step({ type: 'message', position, message: log[position] });
    }
  }

  readProposals(through: number): void {
    while (this.replica !== null && this.#readThrough < through) {
      this.#readThrough++;
      this.offer(this.#readThrough);
    }
  }

  /** Offers a proposal it has read, with what its check says now. */
  offer(offset: number): void {
    if (this.replica === null || offset > this.#readThrough) return;
    const proposal = this.#run.proposals[offset].proposal;
    if (this.replica.isSettled(offset, proposal.digest)) return;
    this.#step({ type: 'offered', proposal, check: this.#check(proposal) });
  }

  #check(proposal: OfferedProposal): Check {
    return this.#run.checkOf(this, proposal.offset);
  }

  #step(event: Event): void {
    if (this.replica === null) return;
    try {
      for (const effect of this.replica.step(event)) {
        this.#carryOut(effect);
        if (effect.type === 'send' && this.#run.crashesNow(this)) return;
      }
    } catch (error) {
      this.#run.checkers.onThrown(error);
      this.crash();
    }
  }

  #carryOut(effect: Effect): void {
    const { checkers } = this.#run;
    switch (effect.type) {
      case 'send':
        for (const message of this.#spoken(effect.message)) {
          checkers.onSaid(this.config.validator, message);
          this.#run.send(this, message);
        }
        break;
      case 'setTimer': {
        const id = ++this.#timerCount;
        const { timer, view } = effect;
        this.#timers.set(timer, id);
        this.#run.queue.after(effect.ms, () => {
          if (this.#timers.get(timer) !== id) return;
          this.#timers.delete(timer);
          this.#step({ type: 'timer', timer, view });
        });
        break;
      }
      case 'clearTimer':
        this.#timers.delete(effect.timer);
        break;
      case 'committed':
        if (this.config.isHonest) {
          checkers.onCommitted(this.config.validator, this.height, effect.block, effect.certificate);
        }
        this.height = effect.block.height;
        break;
      case 'equivocation':
        if (this.config.isHonest) checkers.onEvidence(effect.evidence);
        break;
      case 'fenced':
        checkers.require(
          !this.config.isHonest,
          `${this.config.validator} was fenced by ${effect.by}, which it never said`,
        );
        break;
      case 'dropped':
        checkers.require(false, `offset ${effect.proposal.offset} was dropped`);
        break;
      case 'active':
      case 'refused':
        break;
    }
  }

  #spoken(message: Message): readonly Message[] {
    const { lie, validator, signer } = this.config;
    if (lie === undefined || this.replica === null) return [message];
    const { random, instance, log } = this.#run;
    return lie(message, { random, instance, validator, signer, ledger: this.replica.ledger, log });
  }
}
