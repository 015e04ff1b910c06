/** Raft over links, for the simulator: its planted bugs, and a watch over the properties of the paper's figure 3. */

import { describeMessage } from '../../raft/describe.ts';
import { RaftMachine, type RaftParameters, type RaftVocabulary } from '../../raft/machine.ts';
import type { Message } from '../../raft/message.ts';
import { RaftProperties } from '../../raft/properties.ts';
import { RULES, type Rules } from '../../raft/rules.ts';
import type { Cast, CastVote, Model, World } from '../model.ts';

const ELECTION_TICKS = 8;

const BUGS: Readonly<Record<string, Partial<Rules>>> = {
  'quorum-one-short': { quorum: (n) => Math.floor(n / 2) },
  'vote-not-durable': { mustSync: (_next, _previous, entryCount) => entryCount > 0 },
  'votes-twice': { mayVote: () => true },
  'candidate-log-not-compared': { isUpToDate: () => true },
  'pre-votes-elect': { preVotesElect: true },
  'appends-without-consistency-check': { mayAppendAfter: () => true },
  'truncates-what-agrees': { conflicts: () => true },
  'heartbeat-commits-too-much': { heartbeatCommit: (committed) => committed },
  'snapshot-rewinds-commit': { mayRestore: () => true },
};

export const raft: Model<RaftVocabulary> = {
  protocol: 'raft',
  channel: 'links',
  tolerates: 'crashes',
  bugs: Object.keys(BUGS),
  lies: [],
  begin,
};

function begin({ instance, random, timeoutMs, bug }: World): Cast<RaftVocabulary> {
  const rules: Rules = bug === null ? RULES : { ...RULES, ...BUGS[bug] };
  const parameters: RaftParameters = {
    tickMs: timeoutMs / ELECTION_TICKS,
    electionTicks: ELECTION_TICKS,
    blockItemsMax: random.pick([1, 3, 8]),
    blocksInFlightMax: random.pick([1, 4]),
    messageBytesMax: random.pick([1, 1 << 20]),
    snapshotEvery: random.pick([1, 2, 16]),
    entriesKept: random.pick([0, 1, 64]),
    decidedKept: 4096,
    seed: random.int(0, 0x7fffffff),
  };
  return {
    create: ({ index, records }) => new RaftMachine({ instance, index, parameters, rules, records }),
    votes: votesIn,
    refuteProof: () => null,
    culprit: () => null,
    resigned: (_index, message) => message,
    lies: {},
    describe: describeMessage,
    watch: (report) => {
      const properties = new RaftProperties(report);
      return { onSaid: (_speaker, _isHonest, message) => properties.onSaid(message) };
    },
  };
}

/** A candidate's own vote is in its request. */
function votesIn(message: Message): readonly CastVote[] {
  const { type, from, to, term } = message;
  if (type === 'requestVote' && !message.preVote)
    return [{ voter: from - 1, slot: `term ${term}`, value: `candidate ${from}` }];
  if (type === 'requestVoteReply' && !message.preVote && message.granted)
    return [{ voter: from - 1, slot: `term ${term}`, value: `candidate ${to}` }];
  return [];
}
