/** Decision latency: from the append of the record that closed the window to the receipt of the decision by a consumer. */
import type { GenuineDecisions } from '../../pipelines/genuine-decisions.ts';
import type { Topics } from '../../pipelines/topics.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Consumer, Log, LogRecord } from '../streams/log.ts';
import { originMs } from '../streams/runtime.ts';
import { readable } from './readable.ts';

/** In ms; null where the record does not say what it came from. */
export function latencyOf({ headers }: Pick<LogRecord, 'headers'>, receivedMs: number): number | null {
  const origin = originMs(headers);
  return origin === null ? null : receivedMs - origin;
}

/**
 * Measures every decision that is made from now on. Anybody may write to the topic: what the validators did not sign, or cannot be read, is not counted, and
 * shows among the dead letters of those who read it too.
 */
export async function measureDecisions(
  log: Log,
  { decisions }: Topics,
  genuine: Pick<GenuineDecisions, 'refuse'>,
  metrics: Pick<Metrics, 'decided'>,
  failed: (error: Error) => void,
): Promise<Consumer> {
  const bounds = await log.bounds(decisions.name);
  const measure = async (records: readonly LogRecord[], receivedMs: number): Promise<void> => {
    for (const record of records) {
      const latencyMs = latencyOf(record, receivedMs);
      if (latencyMs === null) continue;
      const decision = await readable(decisions, record);
      if (decision === null || (await genuine.refuse(decision, record.partition)) !== null) continue;
      metrics.decided(decision.verdict.toLowerCase(), latencyMs / 1000);
    }
  };
  return await log.consume({
    kind: 'positions',
    positions: bounds.map(({ partition, high }) => ({ topic: decisions.name, partition, offset: high })),
    records: (_from, records) => void measure(records, Date.now()).catch(failed),
    failed,
  });
}
