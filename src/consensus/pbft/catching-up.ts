/**
 * What was missed (TOCS 5.2, 5.3): a replica that stands still says where, and is told what it lacks of the others' words, of the decided
 * blocks, or of the state itself.
 */
import { hashBlock, isCount, isWellFormedBlock } from '../block.ts';
import { equalBytes, sha256 } from '../encoding.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Execution } from './execution.ts';
import { isCertified, isStableProved, type Judge } from './judge.ts';
import type { Log } from './log.ts';
import type { Decided, Held, PbftVocabulary, State, Status } from './message.ts';
import type { StateMachine } from './state.ts';
import type { CurrentView } from './view.ts';
import type { ViewChanges } from './view-changes.ts';

/** Blocks that one status is answered with. */
const DECIDED_SENT = 16;

export interface CatchingUpParts {
  readonly judge: Judge;
  /** Index of this replica. */
  readonly self: number;
  readonly view: CurrentView;
  readonly log: Log;
  readonly state: Pick<StateMachine, 'height'>;
  readonly checkpoints: Pick<Checkpoints, 'stable' | 'learn' | 'ownFor'>;
  readonly viewChanges: Pick<ViewChanges, 'own'>;
  readonly execution: Pick<Execution, 'takeOver'>;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class CatchingUp {
  readonly #parts: CatchingUpParts;

  constructor(parts: CatchingUpParts) {
    this.#parts = parts;
  }

  /** Says where this replica stands. */
  ask(): void {
    const { self: from, view, log, state, viewChanges, outbox } = this.#parts;
    const { number, isChanging } = view;
    const { height } = state;
    outbox.say({ type: 'status', from, view: number, isChanging, height, low: log.low, held: this.#held() });
    if (isChanging && viewChanges.own !== undefined) outbox.say(viewChanges.own);
  }

  onStatus({ from, view, isChanging, height, low, held }: Status): Refusal {
    const { judge, self, view: current, log, checkpoints, outbox } = this.#parts;
    if (from === self) return null;
    if (held.length > judge.parameters.window) return 'BAD_STATUS';
    const { stable } = checkpoints;
    if (stable !== null && low < log.low) outbox.tell(from, { type: 'state', from: self, ...stable });
    this.#tellDecided(from, height);
    const here = current.number;
    if (current.isChanging ? view <= here : view < here || (view === here && isChanging)) this.#tellView(from);
    if (view === here && !isChanging && !current.isChanging) this.#repeatVotes(from, height, held);
    for (const vote of checkpoints.ownFor(height)) outbox.tell(from, vote);
    return null;
  }

  onDecided({ block, certificate }: Decided): Refusal {
    const { judge, log, state } = this.#parts;
    const { instance, parameters, rules } = judge;
    if (block.height <= state.height || !log.isInWindow(block.height)) return null;
    const isEmpty = block.items.length === 0 && isCount(block.view);
    if (!isEmpty && !isWellFormedBlock(block, parameters.blockItemsMax)) return 'BAD_BLOCK';
    const slot = log.at(block.height);
    if (slot.decided !== null || !equalBytes(block.parent, instance.genesis)) return null;
    const { phase, height, blockHash } = certificate;
    const isFitting = phase === 'COMMIT' && height === block.height && blockHash !== null;
    const isProved = isFitting && equalBytes(hashBlock(instance, block), blockHash) && isCertified(judge, certificate);
    if (!rules.mayTrustState(isProved)) return 'UNPROVED';
    slot.decided = { block, certificate };
    return null;
  }

  onState({ proof, state: bytes }: State): Refusal {
    const { judge, log, state, checkpoints, execution } = this.#parts;
    if (!isCount(proof.height) || proof.height <= log.low || proof.digest.length !== 32) return null;
    if (!equalBytes(sha256(bytes), proof.digest) || !isStableProved(judge, proof)) return 'UNPROVED';
    if (proof.height <= state.height) checkpoints.learn(proof);
    else execution.takeOver({ proof, state: bytes });
    return null;
  }

  /** Blocks above `height`. */
  #tellDecided(to: number, height: number): void {
    const { self: from, log, state, outbox } = this.#parts;
    let sent = 0;
    for (let next = Math.max(height, log.low) + 1; next <= state.height && sent < DECIDED_SENT; next++, sent++) {
      const decided = log.find(next)?.decided;
      if (decided) outbox.tell(to, { type: 'decided', from, ...decided });
    }
  }

  /** What brought this replica where it is, or is on its way to. */
  #tellView(to: number): void {
    const { view, viewChanges, outbox } = this.#parts;
    if (view.isChanging && viewChanges.own !== undefined) outbox.tell(to, viewChanges.own);
    else if (view.newView !== null) outbox.tell(to, view.newView);
  }

  /** Its own votes, and the block, as far as the other one has not heard of them. */
  #repeatVotes(to: number, above: number, held: readonly Held[]): void {
    const { self, view, log, outbox } = this.#parts;
    const known = new Map(held.map((one) => [one.height, one]));
    for (const [{ height, tallies }, accepted] of log.acceptedIn(view.number, above)) {
      const there = known.get(height);
      if (there === undefined && !accepted.isCalledFor) outbox.tell(to, accepted.prePrepare);
      for (const phase of ['PREPARE', 'COMMIT'] as const) {
        const own = tallies[phase].votes[self];
        if (own === undefined || own.view !== view.number) continue;
        // Whoever has voted COMMIT needs no PREPARE.
        const isHeard = there?.commits.includes(phase === 'PREPARE' ? to : self) === true;
        if (isHeard || (phase === 'PREPARE' && there?.prepares.includes(self) === true)) continue;
        const { blockHash, signature } = own;
        outbox.tell(to, { type: 'vote', from: self, phase, height, view: own.view, blockHash, signature });
      }
    }
  }

  /** Whose votes this replica has. */
  #held(): Held[] {
    const { view, log, state } = this.#parts;
    return Array.from(log.acceptedIn(view.number, state.height), ([{ height, tallies }, { blockHash }]) => ({
      height,
      prepares: tallies.PREPARE.voters(view.number, blockHash),
      commits: tallies.COMMIT.voters(view.number, blockHash),
    }));
  }
}
