/** Messages and what is to be done in words, those of etcd's interaction scripts: one line each, lists indented. */
import type { Change, ChangeKind } from './confchange/change.ts';
import type { Configuration } from './confchange/configuration.ts';
import type { NodeId } from './ids.ts';
import type { Entry, HardState, Snapshot } from './log/entry.ts';
import type { Message, MessageBody } from './message.ts';
import type { RaftStatus, Ready, Role } from './node.ts';

const roleNames: Readonly<Record<Role, string>> = {
  follower: 'StateFollower',
  preCandidate: 'StatePreCandidate',
  candidate: 'StateCandidate',
  leader: 'StateLeader',
};

const decoder = new TextDecoder();

export function describeReady(ready: Ready): string {
  const lines: string[] = [];
  const { softState, hardState, entries, snapshot, committed, messages, mustSync } = ready;
  if (softState !== null) lines.push(`Lead:${softState.leader ?? 0} State:${roleNames[softState.role]}`);
  if (hardState !== null) lines.push(`HardState ${describeHardState(hardState)}`);
  if (entries.length > 0) lines.push('Entries:', ...entries.map(describeEntry));
  if (snapshot !== null) lines.push(`Snapshot ${describeSnapshot(snapshot)}`);
  if (committed.length > 0) lines.push('CommittedEntries:', ...committed.map(describeEntry));
  if (messages.length > 0) lines.push('Messages:', ...messages.map(describeMessage));
  if (lines.length === 0) return '<empty Ready>';
  return [`Ready MustSync=${mustSync}:`, ...lines].join('\n');
}

function describeHardState({ term, vote, commit }: HardState): string {
  return `Term:${term}${vote === null ? '' : ` Vote:${vote}`} Commit:${commit}`;
}

export function describeSnapshot({ index, term, configuration }: Snapshot): string {
  const { voters, learners, learnersNext, autoLeave } = configuration;
  const list = (ids: readonly NodeId[]): string => `[${ids.join(' ')}]`;
  return (
    `Index:${index} Term:${term} ConfState:Voters:${list(voters.incoming)} VotersOutgoing:${list(voters.outgoing)} ` +
    `Learners:${list(learners)} LearnersNext:${list(learnersNext)} AutoLeave:${autoLeave}`
  );
}

export function describeEntry(entry: Entry): string {
  const { term, index } = entry;
  if (entry.type === 'normal') return `${term}/${index} EntryNormal ${JSON.stringify(decoder.decode(entry.data))}`;
  const { single, changes } = entry.change;
  return [`${term}/${index} ${single ? 'EntryConfChange' : 'EntryConfChangeV2'}`, ...changes.map(describeChange)].join(
    ' ',
  );
}

const changeLetters: Readonly<Record<ChangeKind, string>> = {
  addVoter: 'v',
  addLearner: 'l',
  remove: 'r',
  update: 'u',
};

export function describeChange({ kind, node }: Change): string {
  return `${changeLetters[kind]}${node}`;
}

export function describeMessage(message: Message): string {
  const { from, to, term } = message;
  const { name, id, rest } = inWords(message);
  return `${from}->${to} ${name} Term:${term} Log:${id.term}/${id.index}${rest}`;
}

interface InWords {
  readonly name: string;
  readonly id: { readonly term: number; readonly index: number };
  readonly rest: string;
}

const NOWHERE = { term: 0, index: 0 };

function inWords(body: MessageBody): InWords {
  switch (body.type) {
    case 'requestVote':
      return { name: body.preVote ? 'MsgPreVote' : 'MsgVote', id: body.last, rest: '' };
    case 'requestVoteReply': {
      const name = body.preVote ? 'MsgPreVoteResp' : 'MsgVoteResp';
      return { name, id: NOWHERE, rest: body.granted ? '' : ' Rejected (Hint: 0)' };
    }
    case 'appendEntries':
      return { name: 'MsgApp', id: body.previous, rest: `${commit(body.commit)}${entries(body.entries)}` };
    case 'appendEntriesReply': {
      const { index, rejection } = body;
      const rest = rejection === null ? '' : ` Rejected (Hint: ${rejection.hint})`;
      return { name: 'MsgAppResp', id: { term: rejection?.term ?? 0, index }, rest };
    }
    case 'heartbeat':
      return { name: 'MsgHeartbeat', id: NOWHERE, rest: commit(body.commit) };
    case 'heartbeatReply':
      return { name: 'MsgHeartbeatResp', id: NOWHERE, rest: '' };
    case 'installSnapshot':
      return { name: 'MsgSnap', id: NOWHERE, rest: `\n  Snapshot: ${describeSnapshot(body.snapshot)}` };
    case 'timeoutNow':
      return { name: 'MsgTimeoutNow', id: NOWHERE, rest: '' };
    case 'propose':
      return { name: 'MsgProp', id: NOWHERE, rest: '' };
    case 'transferLeadership':
      return { name: 'MsgTransferLeader', id: NOWHERE, rest: '' };
  }
}

function commit(index: number): string {
  return index === 0 ? '' : ` Commit:${index}`;
}

function entries(list: readonly Entry[]): string {
  if (list.length === 0) return '';
  if (list.length === 1) return ` Entries:[${describeEntry(list[0])}]`;
  return ` Entries:[\n${list.map((entry) => `  ${describeEntry(entry)}`).join('\n')}\n]`;
}

/** As `raft-state` of etcd's scripts: 1: StateLeader (Voter) Term:1 Lead:1 */
export function describeStatus({ id, role, term, leader, configuration }: RaftStatus): string {
  return `${id}: ${roleNames[role]} (${isVoter(configuration, id) ? 'Voter' : 'Non-Voter'}) Term:${term} Lead:${leader ?? 0}`;
}

function isVoter({ voters }: Configuration, id: NodeId): boolean {
  return voters.incoming.includes(id) || voters.outgoing.includes(id);
}
