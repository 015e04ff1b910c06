/** What nodes say to each other. Names as in the Raft paper and thesis; etcd's names are in describe.ts. */
import type { EntryId, Index, NodeId, Term } from './ids.ts';
import type { Entry, EntryBody, Snapshot } from './log/entry.ts';

export interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's; in a request or grant of a pre-vote the one to be voted in; 0 where a follower passes something on to the leader. */
  readonly term: Term;
}

export type MessageBody =
  /** RequestVote (paper, figure 2); as a pre-vote (thesis, 9.6) it asks whether it would be granted. `last`: the candidate's last entry. */
  | {
      readonly type: 'requestVote';
      readonly preVote: boolean;
      readonly last: EntryId;
      /** The leader itself asked for this election, so its lease does not stand in the way (thesis, 3.10). */
      readonly transfer: boolean;
    }
  | { readonly type: 'requestVoteReply'; readonly preVote: boolean; readonly granted: boolean }
  /** AppendEntries: entries after `previous`. Without entries it tells the commit index, or probes. */
  | {
      readonly type: 'appendEntries';
      readonly previous: EntryId;
      readonly entries: readonly Entry[];
      readonly commit: Index;
    }
  /** Accepted: the log equals the leader's up to `index`, on stable storage. */
  | { readonly type: 'appendEntriesReply'; readonly index: Index; readonly rejection: Rejection | null }
  | { readonly type: 'heartbeat'; readonly commit: Index }
  | { readonly type: 'heartbeatReply' }
  | { readonly type: 'installSnapshot'; readonly snapshot: Snapshot }
  /** Start an election at once (thesis, 3.10). */
  | { readonly type: 'timeoutNow' }
  /** Passed on to the leader by a follower. */
  | { readonly type: 'propose'; readonly entries: readonly EntryBody[] }
  | { readonly type: 'transferLeadership'; readonly target: NodeId };

/** Entries after `index` of the reply were refused: the logs may agree up to `hint`, whose term here is `term` (0: not known). */
export interface Rejection {
  readonly hint: Index;
  readonly term: Term;
}

export type Message = Envelope & MessageBody;
export type MessageOf<Type extends MessageBody['type']> = Envelope & Extract<MessageBody, { readonly type: Type }>;
