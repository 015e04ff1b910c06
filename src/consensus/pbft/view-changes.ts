/** View changes (4.4, 4.5.2): leaves a view, joins f + 1 others, enters the next. What these must prove is in new-view.ts. */
import { hashBlock, isCount } from '../block.ts';
import type { Outbox, Refusal } from '../outbox.ts';
import type { Author } from './author.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Judge } from './judge.ts';
import type { Log } from './log.ts';
import type { NewView, PbftVocabulary, StableProof, ViewChange } from './message.ts';
import { callFor, isValidViewChange, proveNewView } from './new-view.ts';
import type { NormalCase } from './normal-case.ts';
import type { Timers } from './timers.ts';
import type { View } from './view.ts';

export interface ViewChangesParts {
  readonly judge: Judge;
  readonly author: Author;
  readonly view: View;
  readonly log: Pick<Log, 'prepared'>;
  readonly checkpoints: Pick<Checkpoints, 'stable' | 'learn'>;
  readonly normalCase: Pick<NormalCase, 'abandon' | 'takeCalled'>;
  readonly timers: Pick<Timers, 'onFailure' | 'restart'>;
  readonly outbox: Outbox<PbftVocabulary>;
}

export class ViewChanges {
  readonly #parts: ViewChangesParts;
  /** Latest of each replica. */
  readonly #latest: (ViewChange | undefined)[] = [];

  constructor(parts: ViewChangesParts) {
    this.#parts = parts;
  }

  /** The latest that this replica has made. */
  get own(): ViewChange | undefined {
    return this.#latest[this.#parts.author.index];
  }

  inspect(): unknown {
    return this.#latest;
  }

  /**
   * Whether a quorum has left the views before the current one. Those that are on their way to a later view count: they will not come back, and
   * nobody would ever move if they did not.
   */
  get isJoined(): boolean {
    const { judge, view } = this.#parts;
    const gone = this.#latest.filter((one) => one !== undefined && one.view >= view.number).length;
    return gone >= judge.quorum;
  }

  /** Asks for `view`, and votes no more below it. */
  start(view: number): void {
    const { judge, author, log, checkpoints, normalCase, timers, outbox } = this.#parts;
    normalCase.abandon();
    this.#parts.view.leaveFor(view);
    timers.onFailure();
    outbox.persistVote({ type: 'view', view });
    const prepared = judge.rules.tellsPrepared() ? log.prepared() : [];
    const message = author.viewChange(view, checkpoints.stable?.proof ?? null, prepared);
    this.#latest[author.index] = message;
    outbox.say(message);
    this.#tryNewView();
  }

  onViewChange(message: ViewChange): Refusal {
    const { judge, view: current, checkpoints } = this.#parts;
    const { from, view } = message;
    if (view < current.number || (view === current.number && !current.isChanging)) return null;
    if ((this.#latest[from]?.view ?? -1) >= view) return null;
    if (!isValidViewChange(judge, message)) return 'BAD_VIEW_CHANGE';
    this.#latest[from] = message;
    if (message.stable !== null) checkpoints.learn(message.stable);
    // Liveness (4.5.2): f + 1 that want to leave include an honest one; join the least of their views.
    const ahead = this.#latest.flatMap((one) => (one !== undefined && one.view > current.number ? [one.view] : []));
    if (ahead.length > judge.instance.set.faulty) this.start(Math.min(...ahead));
    else this.#tryNewView();
    return null;
  }

  onNewView(message: NewView): Refusal {
    const { judge, view: current } = this.#parts;
    const { from, view } = message;
    if (!isCount(view) || view < current.number || (view === current.number && !current.isChanging)) return null;
    if (from !== current.primaryOf(view)) return 'NOT_PRIMARY';
    const { refusal, stable } = proveNewView(judge, message);
    if (refusal === null) this.#enter(message, stable);
    return refusal;
  }

  /** As the primary of the view that a quorum asks for. */
  #tryNewView(): void {
    const { judge, author, view: current, outbox } = this.#parts;
    const view = current.number;
    if (!current.isChanging || current.primaryOf(view) !== author.index) return;
    // Those that ask for the very view.
    const viewChanges = this.#latest.flatMap((one) => (one !== undefined && one.view === view ? [one] : []));
    if (viewChanges.length < judge.quorum) return;
    const { stable, blocks } = callFor(judge, view, viewChanges);
    const prePrepares = blocks.map((block) => author.prePrepare(view, block, hashBlock(judge.instance, block)));
    const message = author.newView(view, viewChanges, prePrepares);
    this.#enter(message, stable);
    outbox.say(message);
  }

  #enter(message: NewView, stable: StableProof | null): void {
    const { view, checkpoints, normalCase, timers, outbox } = this.#parts;
    view.enter(message);
    timers.restart();
    outbox.persist({ type: 'newView', newView: message });
    if (stable !== null) checkpoints.learn(stable);
    normalCase.takeCalled(message);
  }
}
