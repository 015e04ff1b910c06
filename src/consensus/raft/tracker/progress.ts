/**
 * What the leader knows of one member's log (nextIndex and matchIndex of the Raft paper, 5.3) and how fast it sends to it:
 *
 *   probe      nothing is known for sure: one message at a time, until an answer says where the logs part
 *   replicate  they agree up to `match`: messages follow each other without waiting, as far as the window goes
 *   snapshot   the entries it needs are compacted away: nothing is sent until it has the snapshot
 *
 *   probe ──accepted──► replicate ──rejected, unreachable──► probe ──too far behind──► snapshot ──caught up──► replicate
 */
import type { Index } from '../ids.ts';
import type { Inflights } from './inflights.ts';

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

export class Progress {
  /** Its log equals ours up to here, on its stable storage. */
  match: Index = 0;
  /** The next entry to send. Above match. */
  next: Index;
  state: ProgressState = 'probe';
  /** In state snapshot: what the snapshot that was sent covers. */
  pendingSnapshot: Index = 0;
  /** It has been heard of since the last check of the quorum. */
  recentActive = false;
  /** Nothing is sent until it answers, or until a heartbeat's answer shows that it lives. */
  flowPaused = false;
  isLearner: boolean;
  readonly inflights: Inflights;
  /** The highest commit index on its way to it. */
  #sentCommit: Index = 0;

  constructor(next: Index, inflights: Inflights, isLearner: boolean) {
    this.next = next;
    this.inflights = inflights;
    this.isLearner = isLearner;
  }

  clone(): Progress {
    const copy = new Progress(this.next, this.inflights.clone(), this.isLearner);
    copy.match = this.match;
    copy.state = this.state;
    copy.pendingSnapshot = this.pendingSnapshot;
    copy.recentActive = this.recentActive;
    copy.flowPaused = this.flowPaused;
    copy.#sentCommit = this.#sentCommit;
    return copy;
  }

  get isPaused(): boolean {
    return this.state === 'snapshot' || this.flowPaused;
  }

  becomeProbe(): void {
    // A snapshot that arrived covers more than match, which the member has not told yet.
    const start = this.state === 'snapshot' ? Math.max(this.match, this.pendingSnapshot) : this.match;
    this.#enter('probe');
    this.next = start + 1;
    this.#regressSentCommit();
  }

  becomeReplicate(): void {
    this.#enter('replicate');
    this.next = this.match + 1;
  }

  becomeSnapshot(index: Index): void {
    this.#enter('snapshot');
    this.pendingSnapshot = index;
    this.next = index + 1;
    this.#sentCommit = index;
  }

  /** A message with this many entries, from `next` on, was sent. */
  sentEntries(count: number): void {
    if (this.state === 'replicate') {
      if (count > 0) {
        this.next += count;
        this.inflights.add(this.next - 1);
      }
      this.flowPaused = this.inflights.isFull;
    } else if (count > 0) this.flowPaused = true;
  }

  sentCommit(index: Index): void {
    this.#sentCommit = index;
  }

  /** Whether a message would tell it of a higher commit index, and it could make use of it. */
  canUseCommit(index: Index): boolean {
    return index > this.#sentCommit && this.#sentCommit < this.next - 1;
  }

  /** It has stored everything up to `index`. False where that is no news. */
  accepted(index: Index): boolean {
    if (index <= this.match) return false;
    this.match = index;
    this.next = Math.max(this.next, index + 1);
    this.flowPaused = false;
    return true;
  }

  /**
   * It refused entries after `refused`, and its log may equal ours up to `hint`. False where the refusal is an old one: it answers a
   * message before the ones that were accepted since.
   */
  rejected(refused: Index, hint: Index): boolean {
    if (this.state === 'replicate') {
      if (refused <= this.match) return false;
      this.next = this.match + 1;
    } else {
      if (this.next - 1 !== refused) return false;
      this.next = Math.max(Math.min(refused, hint + 1), this.match + 1);
      this.flowPaused = false;
    }
    this.#regressSentCommit();
    return true;
  }

  #enter(state: ProgressState): void {
    this.state = state;
    this.flowPaused = false;
    this.pendingSnapshot = 0;
    this.inflights.reset();
  }

  #regressSentCommit(): void {
    this.#sentCommit = Math.min(this.#sentCommit, this.next - 1);
  }
}

const stateNames: Readonly<Record<ProgressState, string>> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
};

/** As in etcd's vectors: StateReplicate match=14 next=17 paused inflight=2[full] */
export function describeProgress(progress: Progress): string {
  const { state, match, next, isLearner, isPaused, pendingSnapshot, recentActive, inflights } = progress;
  const parts = [`${stateNames[state]} match=${match} next=${next}`];
  if (isLearner) parts.push('learner');
  if (isPaused) parts.push('paused');
  if (pendingSnapshot > 0) parts.push(`pendingSnap=${pendingSnapshot}`);
  if (!recentActive) parts.push('inactive');
  if (inflights.count > 0) parts.push(`inflight=${inflights.count}${inflights.isFull ? '[full]' : ''}`);
  return parts.join(' ');
}
