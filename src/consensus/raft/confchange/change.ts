/**
 * Changes of membership as pure functions (Raft paper, section 6; thesis, chapter 4): one voter at a time directly, more by way of a
 * joint state. What was given stays as it was; the answer is a new configuration and the progress of everybody in it.
 */
import { RaftError } from '../errors.ts';
import { type Index, type NodeId, sortedIds } from '../ids.ts';
import { Inflights } from '../tracker/inflights.ts';
import { Progress } from '../tracker/progress.ts';
import { type Configuration, checkConfiguration, describeConfiguration, isJoint } from './configuration.ts';

/** `update` changes nothing here: it carries what a user attaches through the log. */
export type ChangeKind = 'addVoter' | 'addLearner' | 'remove' | 'update';

export interface Change {
  readonly kind: ChangeKind;
  readonly node: NodeId;
}

export interface Membership {
  readonly configuration: Configuration;
  /** By member. */
  readonly progress: ReadonlyMap<NodeId, Progress>;
}

export interface ChangeContext {
  /** Last index of the leader's log: a new member is probed from there. */
  readonly lastIndex: Index;
  /** Size of a new member's window. */
  readonly inflightMessagesMax: number;
}

/**
 * Changes at most one voter, without a joint state.
 * @throws RaftError CONFIGURATION_REFUSED
 */
export function changeSimple(membership: Membership, changes: readonly Change[], context: ChangeContext): Membership {
  if (isJoint(membership.configuration))
    refuse("can't apply simple config change in joint config", membership, 'a configuration that is not joint');
  const draft = new Draft(membership);
  draft.apply(changes, context);
  if (draft.votersChanged() > 1)
    refuse('more than one voter changed without entering joint config', membership, 'changes of one voter at most');
  return draft.finish();
}

/**
 * Copies the voters to the outgoing set and applies the changes to the incoming one: from now on both must agree.
 * @throws RaftError CONFIGURATION_REFUSED
 */
export function enterJoint(
  membership: Membership,
  changes: readonly Change[],
  autoLeave: boolean,
  context: ChangeContext,
): Membership {
  if (isJoint(membership.configuration))
    refuse('config is already joint', membership, 'a configuration that is not joint');
  if (membership.configuration.voters.incoming.length === 0)
    refuse("can't make a zero-voter config joint", membership, 'at least one voter');
  const draft = new Draft(membership);
  draft.outgoing = new Set(draft.incoming);
  draft.autoLeave = autoLeave;
  draft.apply(changes, context);
  return draft.finish();
}

/**
 * Drops the outgoing set.
 * @throws RaftError CONFIGURATION_REFUSED
 */
export function leaveJoint(membership: Membership): Membership {
  if (!isJoint(membership.configuration))
    refuse("can't leave a non-joint config", membership, 'a configuration that is joint');
  const draft = new Draft(membership);
  for (const id of draft.learnersNext) {
    draft.learners.add(id);
    draft.setLearner(id, true);
  }
  draft.learnersNext.clear();
  for (const id of draft.outgoing) if (!draft.incoming.has(id) && !draft.learners.has(id)) draft.progress.delete(id);
  draft.outgoing.clear();
  draft.autoLeave = false;
  return draft.finish();
}

/** A change under way: the only mutable thing here, and it does not leave this file. */
class Draft {
  readonly incoming: Set<NodeId>;
  outgoing: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly learnersNext: Set<NodeId>;
  autoLeave: boolean;
  readonly progress: Map<NodeId, Progress>;
  readonly #before: Membership;

  constructor(membership: Membership) {
    const { voters, learners, learnersNext, autoLeave } = membership.configuration;
    this.incoming = new Set(voters.incoming);
    this.outgoing = new Set(voters.outgoing);
    this.learners = new Set(learners);
    this.learnersNext = new Set(learnersNext);
    this.autoLeave = autoLeave;
    this.progress = new Map([...membership.progress].map(([id, progress]) => [id, progress.clone()]));
    this.#before = membership;
  }

  apply(changes: readonly Change[], context: ChangeContext): void {
    for (const { kind, node } of changes) {
      // Node 0 stands for a change that its proposer thought better of.
      if (node === 0) continue;
      if (kind === 'addVoter') this.#makeVoter(node, context);
      else if (kind === 'addLearner') this.#makeLearner(node, context);
      else if (kind === 'remove') this.#remove(node);
    }
    if (this.incoming.size === 0) refuse('removed all voters', this.#before, 'at least one voter');
  }

  /** How many are in one of the old and new incoming sets and not in the other. */
  votersChanged(): number {
    const before = this.#before.configuration.voters.incoming;
    const kept = before.filter((id) => this.incoming.has(id)).length;
    return before.length + this.incoming.size - 2 * kept;
  }

  setLearner(node: NodeId, isLearner: boolean): void {
    const progress = this.progress.get(node);
    if (progress !== undefined) progress.isLearner = isLearner;
  }

  finish(): Membership {
    const configuration: Configuration = {
      voters: { incoming: sortedIds(this.incoming), outgoing: sortedIds(this.outgoing) },
      learners: sortedIds(this.learners),
      learnersNext: sortedIds(this.learnersNext),
      autoLeave: this.autoLeave,
    };
    checkConfiguration(configuration);
    return { configuration, progress: this.progress };
  }

  #makeVoter(node: NodeId, context: ChangeContext): void {
    if (!this.progress.has(node)) this.#track(node, false, context);
    this.setLearner(node, false);
    this.learners.delete(node);
    this.learnersNext.delete(node);
    this.incoming.add(node);
  }

  #makeLearner(node: NodeId, context: ChangeContext): void {
    const progress = this.progress.get(node);
    if (progress === undefined) {
      this.#track(node, true, context);
      this.learners.add(node);
      return;
    }
    if (progress.isLearner) return;
    this.#remove(node);
    this.progress.set(node, progress);
    // One who still votes in the outgoing set cannot be a learner at the same time.
    if (this.outgoing.has(node)) this.learnersNext.add(node);
    else {
      progress.isLearner = true;
      this.learners.add(node);
    }
  }

  #remove(node: NodeId): void {
    if (!this.progress.has(node)) return;
    this.incoming.delete(node);
    this.learners.delete(node);
    this.learnersNext.delete(node);
    if (!this.outgoing.has(node)) this.progress.delete(node);
  }

  #track(node: NodeId, isLearner: boolean, { lastIndex, inflightMessagesMax }: ChangeContext): void {
    const progress = new Progress(Math.max(lastIndex, 1), new Inflights(inflightMessagesMax), isLearner);
    // Else a leader that checks its quorum would count a new member as silent before it could answer.
    progress.recentActive = true;
    this.progress.set(node, progress);
  }
}

function refuse(reason: string, { configuration }: Membership, valid: string): never {
  throw new RaftError('CONFIGURATION_REFUSED', reason, describeConfiguration(configuration), valid);
}
