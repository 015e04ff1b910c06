/** Records of a partition read again, here and there. */
import { type Log, type LogRecord, partitionId, type TopicPartition } from './log.ts';
import { readTo } from './read-all.ts';

/** One reading takes in what lies no further apart than this; what lies between is read and dropped. */
const gapMax = 1_000;
/** Records handed over together. */
const togetherMax = 256;

/**
 * The records at `offsets`, which ascend; those that are gone are left out. Each reading takes `withinMs` at most. Throws LogError `restore-timeout`.
 */
export async function* readOffsets(
  log: Log,
  at: TopicPartition,
  offsets: readonly number[],
  withinMs: number,
): AsyncGenerator<readonly LogRecord[], void, undefined> {
  const bounds = (await log.bounds(at.topic)).find(({ partition }) => partition === at.partition);
  const { low, high } = bounds ?? { low: 0, high: 0 };
  for (const run of runsOf(offsets.filter((offset) => offset >= low && offset < high))) {
    const wanted = new Set(run);
    const found: LogRecord[] = [];
    const consumer = await readTo(log, {
      positions: [{ ...at, offset: run[0] }],
      ends: new Map([[partitionId(at), run[run.length - 1] + 1]]),
      withinMs,
      records: (_from, records) => {
        for (const record of records) if (wanted.delete(record.offset)) found.push(record);
      },
      failed: () => undefined, // all was read by then
    });
    await consumer.close();
    yield found;
  }
}

function runsOf(offsets: readonly number[]): readonly number[][] {
  const runs: number[][] = [];
  for (const offset of offsets) {
    const run = runs.at(-1);
    if (run !== undefined && run.length < togetherMax && offset - run[run.length - 1] <= gapMax) run.push(offset);
    else runs.push([offset]);
  }
  return runs;
}
