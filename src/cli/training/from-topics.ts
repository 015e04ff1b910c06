/** One's own data from the topics: snapshots, decisions, actions and outcomes that Kafka still keeps. */
import type { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../../pipelines/topics.ts';
import type { Log, LogRecord } from '../../streams/log.ts';
import type { Topic } from '../../streams/processor.ts';
import { recordsOf } from '../read-topic.ts';
import { readable } from '../readable.ts';
import { textOf } from '../tables.ts';
import { type ActionWord, type Cure, type DecidedUpon, interferences, type ReadTelemetry } from './telemetry.ts';

/** `whoDecides` is asked once, where a decision was carried out. Anybody may write to aura.decisions: what the validators did not sign is passed over. */
export function fromTopics(
  log: Log,
  topics: Topics,
  whoDecides: () => Promise<Pick<GenuineDecisions, 'refuse'>>,
): ReadTelemetry {
  return async (range, take) => {
    const prefix = range.fleet === null ? `${range.tenant}/` : `${range.tenant}/${range.fleet}/`;
    const isOurs = ({ key }: LogRecord): boolean => textOf(key).startsWith(prefix);
    for await (const snapshot of read(log, topics.snapshots, isOurs))
      if (snapshot.windowEndMs > range.fromMs && snapshot.windowEndMs <= range.toMs) take(snapshot);
    const actions: ActionWord[] = [];
    for await (const { proposalId, kind, timeMs } of read(log, topics.actions, isOurs))
      actions.push({ proposalId, kind, timeMs });
    const applied = new Set(actions.filter(({ kind }) => kind === 'APPLIED').map(({ proposalId }) => proposalId));
    const decisions = new Map<string, DecidedUpon>();
    let refused = 0;
    let genuine: Pick<GenuineDecisions, 'refuse'> | null = null;
    for await (const record of recordsOf(log, topics.decisions.name)) {
      if (applied.size === 0) break;
      const decision = isOurs(record) ? await readable(topics.decisions, record) : null;
      if (decision === null || decision.verdict !== 'APPROVED' || !applied.has(decision.proposalId)) continue;
      genuine ??= await whoDecides();
      if ((await genuine.refuse(decision, record.partition)) === null)
        decisions.set(decision.proposalId, { fleet: decision.fleet, kind: decision.kind, targets: decision.targets });
      else refused++;
    }
    const cures: Cure[] = [];
    for await (const { fleet, targets, appliedMs, windowsBefore, verdict } of read(log, topics.outcomes, isOurs))
      if (verdict === 'IMPROVED') cures.push({ fleet, targets, appliedMs, windowsBefore });
    return { interventions: interferences(actions, decisions), cures, refused };
  };
}

async function* read<Value>(
  log: Log,
  topic: Topic<Value>,
  isOurs: (record: LogRecord) => boolean,
): AsyncGenerator<Value> {
  for await (const record of recordsOf(log, topic.name)) {
    const value = isOurs(record) ? await readable(topic, record) : null;
    if (value !== null) yield value;
  }
}
