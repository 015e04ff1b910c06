/**
 * Whether an installation runs snapshots, assessment and planning together, as one chain, or apart. Each way has consumer groups, positions and state of
 * its own, so that the two at once, or one after the other, would do the same work twice. The first process to come writes down its way, for good.
 */
import { type Log, LogError, type LogRecord } from '../streams/log.ts';
import { readAll } from '../streams/read-all.ts';
import type { PipelineName } from './assembly.ts';
import { CliError } from './errors.ts';

export type Layout = 'together' | 'apart';

/** They share partitions one to one: where one process runs all three, they are one transaction. */
export const chained: readonly PipelineName[] = ['snapshots', 'assessment', 'planning'];

/** Compacted, one partition: the one record says how the installation is laid out. Internal. */
export const layoutTopic = 'aura.layout';

const key = Buffer.from(chained.join('-'));
const attemptsMax = 20;

/** How a process that runs these pipelines would run the three; null: it runs none of them. */
export function layoutOf(pipelines: ReadonlySet<PipelineName>): Layout | null {
  const run = chained.filter((name) => pipelines.has(name)).length;
  return run === 0 ? null : run === chained.length ? 'together' : 'apart';
}

/**
 * Writes the layout down where none is yet. Of several processes that do so at once only one succeeds: making a transactional writer fences the others',
 * and what they had written is then there to be read. Throws CliError `layout-differs`.
 */
export async function claimLayout(log: Log, wanted: Layout, withinMs: number): Promise<void> {
  for (let attempt = 1; (await claimed(log, withinMs)) === null; attempt++) {
    const writer = await log.transactionalWriter(layoutTopic);
    try {
      // Another may have come between the look before and the fence.
      if ((await claimed(log, withinMs)) !== null) continue;
      const record = { topic: layoutTopic, partition: 0, key, value: Buffer.from(wanted) };
      await writer.commit([record], layoutTopic, []);
    } catch (error) {
      const fenced = error instanceof LogError && error.code === 'writer-fenced';
      if (!fenced || attempt === attemptsMax) throw error;
    } finally {
      await writer.close();
    }
  }
  const found = await claimed(log, withinMs);
  if (found === wanted) return;
  const names = chained.join(', ');
  throw new CliError(
    'layout-differs',
    found === 'together'
      ? `this installation runs ${names} together in each process; here some of the three are to run without the others`
      : `this installation runs ${names} apart; here all three are to run in one process`,
    found === 'together'
      ? `start all three (aura run ${chained.join(' ')}) or none of them in this process; or choose another AURA_PREFIX`
      : 'start them in processes of their own (aura run snapshots, and so on); or choose another AURA_PREFIX',
  );
}

async function claimed(log: Log, withinMs: number): Promise<string | null> {
  let last: string | null = null;
  await readAll(log, { topic: layoutTopic, partition: 0 }, withinMs, (record: LogRecord) => {
    if (record.value !== null && record.key !== null && key.equals(record.key))
      last = Buffer.from(record.value).toString();
  });
  return last;
}
