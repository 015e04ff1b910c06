/** Decision latency: from the append of the record that closed the window to the receipt of the decision by a consumer. */
import type { Topics } from '../../pipelines/topics.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Consumer, Log, LogRecord } from '../streams/log.ts';
import { originHeader } from '../streams/runtime.ts';
import { whenLoaded } from '../streams/schema/codec.ts';

/** In ms; null where the record does not say what it came from. */
export function latencyOf({ headers }: Pick<LogRecord, 'headers'>, receivedMs: number): number | null {
  const origin = headers[originHeader];
  return origin === undefined ? null : receivedMs - Number(Buffer.from(origin).toString());
}

/** Measures every decision that is made from now on. */
export async function measureDecisions(
  log: Log,
  { decisions }: Topics,
  metrics: Pick<Metrics, 'decided'>,
  failed: (error: Error) => void,
): Promise<Consumer> {
  const bounds = await log.bounds(decisions.name);
  const measure = async (records: readonly LogRecord[], receivedMs: number): Promise<void> => {
    for (const record of records) {
      const { value } = record;
      const latencyMs = latencyOf(record, receivedMs);
      if (value === null || latencyMs === null) continue;
      const { verdict } = await whenLoaded(() => decisions.codec.decode(value));
      metrics.decided(verdict.toLowerCase(), latencyMs / 1000);
    }
  };
  return await log.consume({
    kind: 'positions',
    positions: bounds.map(({ partition, high }) => ({ topic: decisions.name, partition, offset: high })),
    records: (_from, records) => void measure(records, Date.now()).catch(failed),
    failed,
  });
}
