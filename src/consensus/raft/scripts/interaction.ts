/**
 * Runs a script of commands against nodes whose every step the script chooses, and writes down what they do: etcd's interaction scripts.
 * Lines of a log, which those have too, are not written: `log-level none` alone has a meaning, that nothing is written at all.
 *
 *   add-nodes 3 voters=(1,2,3) learners=(4) index=10 content=x inflight=3 prevote=true checkquorum=true
 *             read-only=lease-based step-down-on-removal=true max-committed-size-per-ready=1
 *                                   index: of the snapshot that they start with; without it they start with nothing
 *   campaign 1 | forget-leader 1 | transfer-leadership from=1 to=2 | report-unreachable 1 2
 *   tick-election 1 | tick-heartbeat 1 | set-randomized-election-timeout 1 timeout=3
 *   propose 1 data | propose-conf-change 1 [transition=auto|implicit|explicit] [v1=true], changes as input: v1 l2 r3
 *   process-ready 1 [2 ...]         stores, applies and sends what is to be done
 *   deliver-msgs 1 [drop=(2,3)] [type=MsgApp]
 *   stabilize [1 2] [log-level=none] process-ready and deliver-msgs in turn until nothing moves
 *   compact 1 17 | send-snapshot 1 2 | raft-log 1 | raft-state | status 1
 *
 * Ours are an option of add-nodes, message-bytes=1, for one entry in each message, and two commands:
 *   restart 1                       dies, and starts from what it has stored; what was not processed is forgotten
 *   report-snapshot 1 2 ok=false    the transport's word on a snapshot from 1 to 2
 */
import { type Configuration, configurationOf } from '../confchange/configuration.ts';
import { describeEntry, describeMessage, describeReady, describeStatus } from '../describe.ts';
import type { Entry, Snapshot, Transition } from '../log/entry.ts';
import { MemoryStorage } from '../log/storage.ts';
import type { Message } from '../message.ts';
import { RaftNode } from '../node.ts';
import type { RaftOptionsGiven } from '../options.ts';
import { describeProgress } from '../tracker/progress.ts';
import { parseChanges } from './confchange-script.ts';
import type { Case } from './datadriven.ts';

/** What etcd's scripts are written for. */
const ELECTION_TICKS = 3;
const HEARTBEAT_TICKS = 1;

interface Member {
  node: RaftNode;
  readonly options: RaftOptionsGiven;
  readonly storage: MemoryStorage;
  /** The machine, which appends every command's data, after the newest entry applied. */
  machine: Snapshot;
}

const encoder = new TextEncoder();
const NO_DATA = new Uint8Array(0);
const DROPPED = 'raft proposal dropped';
const NO_PEER = 'raft: cannot step as peer not found';

export class Interaction {
  readonly #members: Member[] = [];
  #onTheirWay: Message[] = [];
  #out: string[] = [];
  #indent = '';
  #isQuiet = false;

  /** What the command wrote; `ok` for nothing. @throws SyntaxError for what is no command */
  run(given: Case): string {
    this.#out = [];
    const failure = this.#do(given);
    if (failure !== null) this.#out.push(failure);
    return this.#out.length === 0 ? 'ok' : this.#out.join('\n');
  }

  /** What went wrong, which is told even when nothing else is; or null. */
  #do(given: Case): string | null {
    const { command, flags, options, input, line } = given;
    const ids = flags.map(Number);
    switch (command) {
      case 'add-nodes':
        this.#addNodes(ids[0], options);
        return null;
      case 'campaign':
        this.#node(ids[0]).campaign();
        return null;
      case 'forget-leader':
        this.#node(ids[0]).forgetLeader();
        return null;
      case 'transfer-leadership':
        this.#node(Number(one(options, 'from'))).transferLeadership(Number(one(options, 'to')));
        return null;
      case 'report-unreachable':
        this.#node(ids[0]).reportUnreachable(ids[1]);
        return null;
      case 'tick-election':
        for (let tick = 0; tick < ELECTION_TICKS; tick++) this.#node(ids[0]).tick();
        return null;
      case 'tick-heartbeat':
        for (let tick = 0; tick < HEARTBEAT_TICKS; tick++) this.#node(ids[0]).tick();
        return null;
      case 'set-randomized-election-timeout':
        this.#node(ids[0]).setElectionTimeout(Number(one(options, 'timeout')));
        return null;
      case 'propose':
        return this.#node(ids[0]).propose(encoder.encode(flags[1] ?? '')) === 'ok' ? null : DROPPED;
      case 'propose-conf-change':
        return this.#proposeChange(ids[0], options, input.join(' '));
      case 'process-ready':
        this.#processReadies(this.#idsOrAll(ids));
        return null;
      case 'deliver-msgs':
        this.#deliverAll(ids, (options.get('drop') ?? []).map(Number), one(options, 'type'));
        return null;
      case 'stabilize':
        this.#stabilizeAt(this.#idsOrAll(ids), one(options, 'log-level'));
        return null;
      case 'restart':
        this.#restart(this.#member(ids[0]));
        return null;
      case 'report-snapshot':
        this.#node(ids[0]).reportSnapshot(ids[1], one(options, 'ok') !== 'false');
        return null;
      case 'compact':
        this.#member(ids[0]).storage.compact(ids[1]);
        this.#writeLog(ids[0]);
        return null;
      case 'send-snapshot':
        this.#sendSnapshot(ids[0], ids[1]);
        return null;
      case 'raft-log':
        this.#writeLog(ids[0]);
        return null;
      case 'raft-state':
        for (const { node } of this.#members) this.#write(describeStatus(node.status));
        return null;
      case 'status':
        for (const [id, progress] of [...this.#node(ids[0]).status.progress].sort(([a], [b]) => a - b))
          this.#write(`${id}: ${describeProgress(progress)}`);
        return null;
      case 'log-level':
        this.#isQuiet = isNone(flags[0]);
        return null;
      default:
        throw new SyntaxError(`line ${line}: unknown command ${command}; the file interaction.ts lists the valid ones`);
    }
  }

  #addNodes(count: number, options: Case['options']): void {
    for (const name of options.keys())
      if (!addOptions.includes(name))
        throw new SyntaxError(`add-nodes: unknown option ${name}; valid: ${addOptions.join(', ')}`);
    const ids = (name: string): readonly number[] => (options.get(name) ?? []).map(Number);
    const index = Number(one(options, 'index') ?? 0);
    const start: Snapshot | null =
      index === 0
        ? null
        : {
            index,
            term: 1,
            configuration: configurationOf(ids('voters'), ids('learners')),
            data: encoder.encode(one(options, 'content') ?? ''),
          };
    const given: Omit<RaftOptionsGiven, 'id'> = {
      electionTicks: ELECTION_TICKS,
      electionDoublingsMax: 0,
      heartbeatTicks: HEARTBEAT_TICKS,
      // Scripts that wait for an election by chance say when: set-randomized-election-timeout.
      random: () => 0,
      preVote: one(options, 'prevote') === 'true',
      checkQuorum: one(options, 'checkquorum') === 'true',
      leaseReads: one(options, 'read-only') === 'lease-based',
      stepDownOnRemoval: one(options, 'step-down-on-removal') === 'true',
      messageBytesMax: Number(one(options, 'message-bytes') ?? Number.POSITIVE_INFINITY),
      committedBytesMax: Number(one(options, 'max-committed-size-per-ready') ?? Number.POSITIVE_INFINITY),
      uncommittedBytesMax: Number.POSITIVE_INFINITY,
      inflightMessagesMax: Number(one(options, 'inflight') ?? Number.MAX_SAFE_INTEGER),
      applied: index,
    };
    for (let i = 0; i < count; i++) {
      const storage = new MemoryStorage();
      if (start !== null) storage.restore(start);
      const memberOptions: RaftOptionsGiven = { ...given, id: this.#members.length + 1 };
      const node = new RaftNode(memberOptions, storage);
      this.#members.push({ node, options: memberOptions, storage, machine: storage.snapshot() });
    }
  }

  #restart(member: Member): void {
    const { options, storage, machine } = member;
    member.node = new RaftNode({ ...options, applied: machine.index }, storage);
  }

  #proposeChange(id: number, options: Case['options'], text: string): string | null {
    const transition = transitions.find((name) => name === (one(options, 'transition') ?? 'auto'));
    if (transition === undefined)
      throw new SyntaxError(`unknown transition ${one(options, 'transition')}; valid: ${transitions.join(', ')}`);
    const change = { transition, changes: parseChanges(text), single: one(options, 'v1') === 'true' };
    return this.#node(id).proposeChange(change) === 'ok' ? null : DROPPED;
  }

  #processReadies(ids: readonly number[]): void {
    if (ids.length === 1) this.#processReady(ids[0]);
    else for (const id of ids) this.#under(`> ${id} handling Ready`, () => this.#processReady(id));
  }

  /** As a driver does it: store, apply, send, advance. */
  #processReady(id: number): void {
    const member = this.#member(id);
    const { node, storage } = member;
    const ready = node.ready();
    this.#write(describeReady(ready));
    if (ready.snapshot !== null) {
      storage.restore(ready.snapshot);
      member.machine = ready.snapshot;
    }
    storage.append(ready.entries);
    if (ready.hardState !== null) storage.setHardState(ready.hardState);
    for (const entry of ready.committed) member.machine = applied(member.machine, entry, node);
    storage.setSnapshot(member.machine);
    this.#onTheirWay.push(...ready.messages);
    node.advance();
  }

  #deliverAll(ids: readonly number[], dropped: readonly number[], type: string | null): void {
    const count =
      ids.reduce((sum, id) => sum + this.#deliver(id, false, type), 0) +
      dropped.reduce((sum, id) => sum + this.#deliver(id, true, type), 0);
    if (count === 0) this.#write('no messages');
  }

  /** How many there were. */
  #deliver(id: number, isDropped: boolean, type: string | null): number {
    const isMeant = (message: Message): boolean =>
      message.to === id && (type === null || describeMessage(message).split(' ')[1] === type);
    const messages = this.#onTheirWay.filter(isMeant);
    this.#onTheirWay = this.#onTheirWay.filter((message) => !isMeant(message));
    for (const message of messages) {
      this.#write(`${isDropped ? 'dropped: ' : ''}${describeMessage(message)}`);
      if (!isDropped && !this.#node(id).step(message)) this.#write(NO_PEER);
    }
    return messages.length;
  }

  #stabilizeAt(ids: readonly number[], level: string | null): void {
    const before = this.#isQuiet;
    if (level !== null) this.#isQuiet = isNone(level);
    this.#stabilize(ids);
    this.#isQuiet = before;
  }

  #stabilize(ids: readonly number[]): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const id of ids) {
        if (!this.#node(id).hasReady) continue;
        this.#under(`> ${id} handling Ready`, () => this.#processReady(id));
        moved = true;
      }
      for (const id of ids) {
        if (!this.#onTheirWay.some(({ to }) => to === id)) continue;
        this.#under(`> ${id} receiving messages`, () => this.#deliver(id, false, null));
        moved = true;
      }
    }
  }

  #sendSnapshot(from: number, to: number): void {
    const { storage, node } = this.#member(from);
    const message: Message = {
      type: 'installSnapshot',
      from,
      to,
      term: node.status.term,
      snapshot: storage.snapshot(),
    };
    this.#onTheirWay.push(message);
    this.#write(describeMessage(message));
  }

  #writeLog(id: number): void {
    const { storage } = this.#member(id);
    const { firstIndex, lastIndex } = storage;
    if (lastIndex < firstIndex) this.#write(`log is empty: first index=${firstIndex}, last index=${lastIndex}`);
    for (const entry of storage.entries(firstIndex, lastIndex + 1, Number.POSITIVE_INFINITY) ?? [])
      this.#write(describeEntry(entry));
  }

  #idsOrAll(ids: readonly number[]): readonly number[] {
    return ids.length > 0 ? ids : this.#members.map((_, i) => i + 1);
  }

  #member(id: number): Member {
    const member = this.#members[id - 1];
    if (member === undefined) throw new SyntaxError(`there is no node ${id}; valid: 1 to ${this.#members.length}`);
    return member;
  }

  #node(id: number): RaftNode {
    return this.#member(id).node;
  }

  #under(title: string, work: () => void): void {
    this.#write(title);
    const before = this.#indent;
    this.#indent += '  ';
    work();
    this.#indent = before;
  }

  #write(text: string): void {
    if (this.#isQuiet) return;
    for (const line of text.split('\n')) this.#out.push(this.#indent + line);
  }
}

const addOptions: readonly string[] = [
  'voters',
  'learners',
  'index',
  'content',
  'inflight',
  'prevote',
  'checkquorum',
  'read-only',
  'step-down-on-removal',
  'max-committed-size-per-ready',
  'message-bytes',
];

const transitions: readonly Transition[] = ['auto', 'implicit', 'explicit'];

function isNone(level: string | undefined): boolean {
  return level?.toLowerCase() === 'none';
}

function one(options: Case['options'], name: string): string | null {
  return options.get(name)?.[0] ?? null;
}

/** The machine after an entry. */
function applied({ data, configuration }: Snapshot, entry: Entry, node: RaftNode): Snapshot {
  const { index, term } = entry;
  const isChange = entry.type === 'configuration';
  const next: Configuration = isChange ? node.applyChange(entry.change) : configuration;
  const added = isChange ? NO_DATA : entry.data;
  return { index, term, configuration: next, data: Uint8Array.from([...data, ...added]) };
}
