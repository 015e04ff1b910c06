/**
 * Raft behind the interface of all protocols here (core.ts): proposals go in, blocks come out. Crash faults only. Nothing is signed, and
 * the leader's check alone decides a verdict: a commit proves nothing to somebody who does not trust every replica. Where validators may
 * lie, use another protocol.
 *
 * What is durable when, by the order of the effects: term, vote, entries and snapshots before any message that was said after them; the
 * commit index before a commit is told.
 */
import type { Block, Item } from '../block.ts';
import type { Effect, Event, Machine, Offer, OfferedProposal } from '../core.ts';
import type { Hash } from '../encoding.ts';
import type { Instance } from '../instance.ts';
import { type Configuration, configurationOf } from './confchange/configuration.ts';
import type { Index, NodeId, Term } from './ids.ts';
import type { Entry, Snapshot } from './log/entry.ts';
import type { MemoryStorage } from './log/storage.ts';
import type { Message } from './message.ts';
import { RaftNode } from './node.ts';
import { OpenProposals } from './open-proposals.ts';
import { applyRecord, type RaftRecord, recordsOf, storageOf } from './records.ts';
import { decodeItems, encodeItems, ReplicatedChain } from './replicated-chain.ts';
import type { Rules } from './rules.ts';

export interface RaftVocabulary {
  readonly message: Message;
  readonly record: RaftRecord;
  readonly timer: 'tick';
  /** Crash faults alone are tolerated: nothing is proved. */
  readonly proof: null;
  readonly evidence: never;
}

export interface RaftParameters {
  /** Length of a tick, ms. A leader is heard of once a tick. */
  readonly tickMs: number;
  /** Ticks without a leader before an election, and up to as many more. */
  readonly electionTicks: number;
  /** Items in one block. */
  readonly blockItemsMax: number;
  /** Blocks proposed and not committed: a lone proposal waits for none of them, and under load the others fill the next block. */
  readonly blocksInFlightMax: number;
  /** Entries in one message: at least one, then up to so many bytes. */
  readonly messageBytesMax: number;
  /** A snapshot is taken after so many entries; ... */
  readonly snapshotEvery: number;
  /** ... and so many of the ones before it are kept, for replicas that are a little behind. */
  readonly entriesKept: number;
  /** Decided proposals that are remembered. */
  readonly decidedKept: number;
  /** Sets election timeouts apart. */
  readonly seed: number;
}

export interface RaftMachineConfig {
  readonly instance: Instance;
  /** Of this replica in instance.set.validators. */
  readonly index: number;
  readonly parameters: RaftParameters;
  readonly rules: Rules;
  /** What is on its disk. */
  readonly records: readonly RaftRecord[];
}

const ALL = Number.POSITIVE_INFINITY;

type RaftEffect = Effect<RaftVocabulary>;

export class RaftMachine implements Machine<RaftVocabulary> {
  readonly #parameters: RaftParameters;
  readonly #storage: MemoryStorage;
  readonly #node: RaftNode;
  readonly #chain: ReplicatedChain;
  readonly #open = new OpenProposals();
  /** Items of the entries that are in the log and not committed. */
  readonly #uncommitted = new Map<Index, readonly Item[]>();
  /** As leader: how long each member has not answered a snapshot. */
  readonly #snapshotTicks = new Map<NodeId, number>();
  /** Entries up to here are in the chain. */
  #applied: Index;
  #snapshotAt: Index;
  #effects: RaftEffect[] = [];

  constructor({ instance, index, parameters, rules, records }: RaftMachineConfig) {
    this.#parameters = parameters;
    const members = instance.set.validators.map((_, i) => i + 1);
    this.#storage = storageOf(records, configurationOf(members));
    this.#chain = new ReplicatedChain(instance, parameters.decidedKept);
    const snapshot = this.#storage.snapshot();
    if (snapshot.index > 0) this.#chain.restore(snapshot.data);
    this.#snapshotAt = snapshot.index;
    this.#applied = snapshot.index;
    const { commit } = this.#storage.hardState;
    this.#note(this.#storage.entries(this.#applied + 1, this.#storage.lastIndex + 1, ALL) ?? []);
    while (this.#applied < commit) this.#applyNext(this.#storage.term(this.#applied + 1) ?? 0);
    const { electionTicks, messageBytesMax, seed } = parameters;
    const id = index + 1;
    const random = (bound: number, term: Term): number => mixed(seed, id, term) % bound;
    this.#node = new RaftNode(
      { id, electionTicks, messageBytesMax, rules, applied: this.#applied, random },
      this.#storage,
    );
  }

  get height(): number {
    return this.#chain.height;
  }

  get view(): number {
    return this.#node.status.term;
  }

  get openProposals(): number {
    return this.#open.size;
  }

  /** For tests and metrics. */
  get node(): RaftNode {
    return this.#node;
  }

  isSettled(offset: number, digest: Hash): boolean {
    return this.#chain.isSettled(offset, digest);
  }

  step(event: Event<RaftVocabulary>): readonly RaftEffect[] {
    this.#effects = [];
    this.#take(event);
    this.#carryOut();
    while (this.#propose()) this.#carryOut();
    return this.#effects;
  }

  inspect(): unknown {
    const { hardState, firstIndex, lastIndex } = this.#storage;
    const entries = this.#storage.entries(firstIndex, lastIndex + 1, ALL);
    return { node: this.#node.inspect(), hardState, entries, chain: this.#chain.inspect(), open: this.#open.inspect() };
  }

  #take(event: Event<RaftVocabulary>): void {
    switch (event.type) {
      case 'start':
        this.#effects.push({ type: 'active' });
        this.#setTimer();
        break;
      case 'timer':
        this.#node.tick();
        this.#giveUpOnSnapshots();
        this.#setTimer();
        break;
      case 'message':
        if (!this.#node.step(event.message)) this.#effects.push({ type: 'refused', code: 'NOT_A_MEMBER' });
        break;
      case 'offered':
        this.#offer(event);
        break;
      case 'offeredTogether':
        for (const offer of event.offers) this.#offer(offer);
        break;
    }
  }

  #setTimer(): void {
    this.#effects.push({ type: 'setTimer', timer: 'tick', view: 0, ms: this.#parameters.tickMs });
  }

  /**
   * A node waits for the transport's word on a snapshot that it sent. These links lose messages without a word: no answer within an
   * election timeout counts as one, or the member would wait for ever.
   */
  #giveUpOnSnapshots(): void {
    const { role, progress } = this.#node.status;
    if (role !== 'leader') {
      this.#snapshotTicks.clear();
      return;
    }
    for (const [id, { state }] of progress) {
      const ticks = state === 'snapshot' ? (this.#snapshotTicks.get(id) ?? 0) + 1 : 0;
      if (ticks > this.#parameters.electionTicks) this.#node.reportSnapshot(id, false);
      this.#snapshotTicks.set(id, ticks > this.#parameters.electionTicks ? 0 : ticks);
    }
  }

  #offer({ proposal, check }: Offer): void {
    if (!this.isSettled(proposal.offset, proposal.digest)) this.#open.offer(proposal, check);
  }

  /** True: the leader has proposed something. */
  #propose(): boolean {
    if (this.#open.size === 0 || this.#node.status.role !== 'leader') return false;
    const inFlight = [...this.#uncommitted.values()].filter((items) => items.length > 0);
    if (inFlight.length >= this.#parameters.blocksInFlightMax) return false;
    const taken = new Set(inFlight.flatMap((items) => items.map(({ offset }) => offset)));
    const items = this.#open.pick(this.#parameters.blockItemsMax, (offset) => taken.has(offset));
    return items.length > 0 && this.#node.propose(encodeItems(items)) === 'ok';
  }

  /** Turns what the node wants done into effects, in the order that makes them safe. */
  #carryOut(): void {
    while (this.#node.hasReady) {
      const ready = this.#node.ready();
      const { snapshot, entries, messages, committed } = ready;
      this.#persist(recordsOf(ready));
      this.#note(entries);
      for (const message of messages) this.#effects.push({ type: 'send', message, to: message.to - 1 });
      if (snapshot !== null) this.#restore(snapshot);
      const last = committed.at(-1);
      if (last !== undefined && last.index > this.#storage.hardState.commit)
        this.#persist([{ type: 'commit', index: last.index }]);
      for (const entry of committed) this.#commit(entry);
      this.#node.advance();
    }
    this.#compact();
  }

  #persist(records: readonly RaftRecord[]): void {
    if (records.length === 0) return;
    for (const record of records) applyRecord(this.#storage, record);
    this.#effects.push({ type: 'persist', records });
  }

  /** Entries came into the log, perhaps in place of others. */
  #note(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const index of this.#uncommitted.keys()) if (index >= entries[0].index) this.#uncommitted.delete(index);
    for (const entry of entries)
      this.#uncommitted.set(entry.index, entry.type === 'normal' ? decodeItems(entry.data) : []);
  }

  #commit({ index, term }: Entry): void {
    // Committed entries come again after a start from an older snapshot.
    if (index <= this.#applied) return;
    const block = this.#applyNext(term);
    if (block === null) return;
    this.#effects.push({ type: 'committed', block, certificate: null });
    const decided = new Set(block.items.map(({ offset }) => offset));
    for (const proposal of this.#takeSettled()) {
      const isTooOld = proposal.offset <= this.#chain.floor && !decided.has(proposal.offset);
      if (isTooOld) this.#effects.push({ type: 'dropped', proposal });
    }
  }

  #applyNext(term: Term): Block | null {
    const index = ++this.#applied;
    const items = this.#uncommitted.get(index) ?? [];
    this.#uncommitted.delete(index);
    return this.#chain.apply(term, items);
  }

  #restore(snapshot: Snapshot): void {
    this.#uncommitted.clear();
    const before = this.#chain.height;
    this.#chain.restore(snapshot.data);
    this.#applied = snapshot.index;
    this.#snapshotAt = snapshot.index;
    const { height, head } = this.#chain;
    if (height !== before) this.#effects.push({ type: 'restored', height, head });
    // Some of them may have been dropped rather than decided: the snapshot does not say.
    this.#takeSettled();
  }

  #takeSettled(): readonly OfferedProposal[] {
    return this.#open.takeSettled((offset, digest) => this.isSettled(offset, digest));
  }

  #compact(): void {
    const { snapshotEvery, entriesKept } = this.#parameters;
    if (this.#applied < this.#snapshotAt + snapshotEvery) return;
    const index = this.#applied;
    const through = Math.max(this.#storage.firstIndex - 1, index - entriesKept);
    const configuration: Configuration = this.#node.status.configuration;
    const snapshot: Snapshot = {
      index,
      term: this.#storage.term(index) ?? 0,
      configuration,
      data: this.#chain.encode(),
    };
    this.#snapshotAt = index;
    this.#persist([{ type: 'compacted', snapshot, through }]);
  }
}

/** A whole number from 0 to 2^32 - 1 that looks drawn by chance (the finaliser of MurmurHash3 over three words). */
function mixed(seed: number, id: number, term: Term): number {
  let h = Math.imul(seed ^ Math.imul(id, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(term + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
