/** What a record must keep to for the graph to hold it: short keys, and times that a calendar has. */
import type { SinkTopics } from '../sink.ts';
import { refusesKey, refusesTime, UnstorableError } from '../storable.ts';

/** The topics that the graph is made of. */
export type GraphTopic =
  | 'aura.snapshots'
  | 'aura.signatures'
  | 'aura.scores'
  | 'aura.proposals'
  | 'aura.decisions'
  | 'aura.actions'
  | 'aura.outcomes';

interface Parts {
  readonly keys: Readonly<Record<string, string | readonly string[]>>;
  readonly times: Readonly<Record<string, number>>;
}

interface Located {
  readonly tenant: string;
  readonly fleet: string;
}

const located = ({ tenant, fleet }: Located) => ({ tenant, fleet });

const PARTS: { readonly [Topic in GraphTopic]: (value: SinkTopics[Topic]) => Parts } = {
  'aura.snapshots': (value) => ({
    keys: {
      ...located(value),
      agent: value.agents.map(({ agent }) => agent),
      edge: value.edges.flatMap(({ caller, callee }) => [caller, callee]),
    },
    times: { windowEndMs: value.windowEndMs },
  }),
  'aura.signatures': (value) => ({ keys: located(value), times: { windowEndMs: value.windowEndMs } }),
  'aura.scores': (value) => ({
    keys: { ...located(value), agent: value.agents.map(({ agent }) => agent) },
    times: { windowEndMs: value.windowEndMs },
  }),
  'aura.proposals': (value) => ({
    keys: { id: value.id, ...located(value), target: value.targets },
    times: { createdMs: value.createdMs, expiresMs: value.expiresMs, windowEndMs: value.evidence.windowEndMs },
  }),
  'aura.decisions': (value) => ({
    keys: { proposalId: value.proposalId, ...located(value), target: value.targets },
    times: { decidedMs: value.decidedMs, expiresMs: value.expiresMs },
  }),
  'aura.actions': (value) => ({
    keys: { proposalId: value.proposalId, ...located(value) },
    times: { timeMs: value.timeMs },
  }),
  'aura.outcomes': (value) => ({
    keys: { proposalId: value.proposalId, ...located(value) },
    times: { appliedMs: value.appliedMs, measuredMs: value.measuredMs },
  }),
};

export const topics = Object.keys(PARTS) as readonly GraphTopic[];

/** Throws UnstorableError. */
export function checkStorable<Topic extends GraphTopic>(topic: Topic, value: SinkTopics[Topic]): void {
  const { keys, times } = PARTS[topic](value);
  for (const [field, key] of Object.entries(keys)) {
    for (const each of typeof key === 'string' ? [key] : key) {
      const valid = refusesKey(each);
      if (valid !== null) throw new UnstorableError(field, each, valid);
    }
  }
  for (const [field, time] of Object.entries(times)) {
    const valid = refusesTime(time);
    if (valid !== null) throw new UnstorableError(field, time, valid);
  }
}
