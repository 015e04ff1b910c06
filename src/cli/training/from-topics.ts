/** One's own data from the topics: snapshots, decisions, actions and outcomes that Kafka still keeps. */
import type { Topics } from '../../../pipelines/topics.ts';
import type { Log, LogRecord } from '../../streams/log.ts';
import type { Topic } from '../../streams/processor.ts';
import { whenLoaded } from '../../streams/schema/codec.ts';
import { textOf } from '../tables.ts';
import { recordsOf } from './read-topic.ts';
import { type ActionWord, type Cure, type DecidedUpon, interferences, type ReadTelemetry } from './telemetry.ts';

export function fromTopics(log: Log, topics: Topics): ReadTelemetry {
  return async (range, take) => {
    const prefix = range.fleet === null ? `${range.tenant}/` : `${range.tenant}/${range.fleet}/`;
    const isOurs = ({ key }: LogRecord): boolean => textOf(key).startsWith(prefix);
    await read(log, topics.snapshots, isOurs, (snapshot) => {
      if (snapshot.windowEndMs > range.fromMs && snapshot.windowEndMs <= range.toMs) take(snapshot);
    });
    const decisions = new Map<string, DecidedUpon>();
    await read(log, topics.decisions, isOurs, ({ proposalId, fleet, kind, targets, verdict }) => {
      if (verdict === 'APPROVED') decisions.set(proposalId, { fleet, kind, targets });
    });
    const actions: ActionWord[] = [];
    await read(log, topics.actions, isOurs, ({ proposalId, kind, timeMs }) =>
      actions.push({ proposalId, kind, timeMs }),
    );
    const cures: Cure[] = [];
    await read(log, topics.outcomes, isOurs, ({ fleet, targets, appliedMs, windowsBefore, verdict }) => {
      if (verdict === 'IMPROVED') cures.push({ fleet, targets, appliedMs, windowsBefore });
    });
    return { interventions: interferences(actions, decisions), cures };
  };
}

async function read<Value>(
  log: Log,
  topic: Topic<Value>,
  isOurs: (record: LogRecord) => boolean,
  take: (value: Value) => void,
): Promise<void> {
  for await (const record of recordsOf(log, topic.name)) {
    const { value } = record;
    if (value !== null && isOurs(record)) take(await whenLoaded(() => topic.codec.decode(value)));
  }
}
