/**
 * The properties of the Raft paper's figure 3, judged from outside: sees everything that is said, lost messages included, and keeps every
 * entry that ever was in any log as a tree, in which an entry's parent is the one before it. A log is then a path in it, named by its last
 * entry (Log Matching).
 */
import type { EntryId, Index, NodeId, Term } from './ids.ts';
import type { Entry } from './log/entry.ts';
import type { Message, MessageOf } from './message.ts';

export class RaftProperties {
  readonly #report: (violation: string) => void;
  readonly #leaders = new Map<Term, NodeId>();
  /** By entry: its content and its parent's term. */
  readonly #entries = new Map<string, { readonly content: string; readonly parent: Term }>();
  /** What each leader has shown of its own log, by term and index. */
  readonly #shown = new Map<string, Term>();
  /** Known to be committed, by index; with the term of the leader that said so. */
  readonly #committed = new Map<Index, { readonly term: Term; readonly by: Term }>();
  #highest: Index = 0;

  constructor(report: (violation: string) => void) {
    this.#report = report;
  }

  onSaid(message: Message): void {
    if (message.type === 'appendEntries') this.#onAppendEntries(message);
    else if (message.type === 'heartbeat' || message.type === 'installSnapshot') this.#electionSafety(message);
  }

  /** At most one leader can be elected in a given term. */
  #electionSafety({ from, term }: Message): void {
    const known = this.#leaders.get(term);
    if (known === undefined) this.#leaders.set(term, from);
    else if (known !== from) this.#report(`Election Safety: ${known} and ${from} both lead in term ${term}`);
  }

  #onAppendEntries(message: MessageOf<'appendEntries'>): void {
    const { term, previous, entries, commit } = message;
    this.#electionSafety(message);
    let before: EntryId = previous;
    this.#leaderAppendOnly(term, previous);
    for (const entry of entries) {
      this.#logMatching(entry, before);
      this.#leaderAppendOnly(term, entry);
      before = entry;
    }
    this.#leaderCompleteness(term, before);
    this.#noteCommitted(term, before, commit);
  }

  /** A leader never overwrites or deletes entries in its log; it only appends new entries. */
  #leaderAppendOnly(term: Term, { index, term: of }: EntryId): void {
    const key = `${term}/${index}`;
    const known = this.#shown.get(key);
    if (known === undefined) this.#shown.set(key, of);
    else if (known !== of) this.#report(`Leader Append-Only: the leader of term ${term} replaced entry ${index}`);
  }

  /** If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index. */
  #logMatching(entry: Entry, before: EntryId): void {
    if (before.index !== entry.index - 1) this.#report(`Log Matching: entry ${entry.index} follows ${before.index}`);
    const content = entry.type === 'normal' ? Buffer.from(entry.data).toString('latin1') : JSON.stringify(entry.change);
    const key = `${entry.term}/${entry.index}`;
    const known = this.#entries.get(key);
    if (known === undefined) this.#entries.set(key, { content, parent: before.term });
    else if (known.content !== content || known.parent !== before.term)
      this.#report(`Log Matching: there are two entries ${entry.index} of term ${entry.term}`);
  }

  /** If a log entry is committed in a given term, then that entry will be present in the logs of the leaders for all higher-numbered terms. */
  #leaderCompleteness(term: Term, last: EntryId): void {
    const committed = this.#committed.get(Math.min(this.#highest, last.index));
    if (committed === undefined || committed.by >= term) return;
    const index = Math.min(this.#highest, last.index);
    const own = this.#termAt(last, index);
    if (own !== null && own !== committed.term)
      this.#report(
        `Leader Completeness: the leader of term ${term} lacks entry ${index}, committed in term ${committed.by}`,
      );
  }

  /** State Machine Safety, as far as leaders tell: no two different entries are ever committed at one index. */
  #noteCommitted(by: Term, last: EntryId, commit: Index): void {
    const from = Math.min(commit, last.index);
    let term = this.#termAt(last, from);
    for (let index = from; index > 0 && term !== null; index--) {
      const known = this.#committed.get(index);
      if (known !== undefined) {
        if (known.term !== term) this.#report(`State Machine Safety: two entries were committed at index ${index}`);
        return;
      }
      this.#committed.set(index, { term, by });
      this.#highest = Math.max(this.#highest, index);
      term = this.#entries.get(`${term}/${index}`)?.parent ?? null;
    }
  }

  /** Of the entry at `index` in the log that ends with `last`; null where its part of the tree was never said. */
  #termAt(last: EntryId, index: Index): Term | null {
    let { term } = last;
    for (let at = last.index; at > index; at--) {
      const entry = this.#entries.get(`${term}/${at}`);
      if (entry === undefined) return null;
      term = entry.parent;
    }
    return term;
  }
}
