import { type Log, LogError, type LogRecord, type TopicPartition } from './log.ts';

/**
 * Reads a partition from `from`, or its first record kept, to where it ends now, and returns how many records there were. What is written meanwhile is left out.
 * Throws LogError `restore-timeout`.
 */
export async function readAll(
  log: Log,
  at: TopicPartition,
  withinMs: number,
  each: (record: LogRecord) => void,
  from = 0,
): Promise<number> {
  const bounds = (await log.bounds(at.topic)).find(({ partition }) => partition === at.partition);
  const offset = Math.max(from, bounds?.low ?? 0);
  if (bounds === undefined || offset >= bounds.high) return 0;
  let count = 0;
  let finish: (error?: Error) => void = () => undefined;
  const end = new Promise<void>((resolve, reject) => {
    const late = (): void =>
      reject(
        new LogError(
          'restore-timeout',
          `${at.topic}/${at.partition} was not read to offset ${bounds.high} within ${withinMs} ms`,
        ),
      );
    const timer = setTimeout(late, withinMs);
    finish = (error) => {
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
  });
  const consumer = await log.consume({
    kind: 'positions',
    positions: [{ ...at, offset }],
    records: (_from, records, nextOffset) => {
      for (const record of records) {
        if (record.offset >= bounds.high) continue;
        each(record);
        count++;
      }
      if (nextOffset >= bounds.high) finish();
    },
    failed: (error) => finish(error),
  });
  try {
    await end;
  } finally {
    await consumer.close();
  }
  return count;
}
