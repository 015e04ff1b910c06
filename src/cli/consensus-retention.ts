/** Keeps aura.consensus from growing for ever: what nobody needs any more goes after as long a time as in other topics. */
import { type Trimmed, type TrimOptions, trimConsensus } from '../../pipelines/consensus/trim.ts';
import type { Logger } from '../observability/logger.ts';
import { messageOf } from './errors.ts';

const everyMs = 3_600_000;

/** From AURA_RETENTION_MS to the time since which records are kept, in ms since the epoch. */
export function keptSinceMs(retentionMs: number): number {
  return retentionMs < 0 ? 0 : Date.now() - retentionMs;
}

/** Trims once an hour until it is closed. Processes that do so at once do no harm; where it fails the next hour has another try. */
export function keepConsensusTrimmed(
  options: Omit<TrimOptions, 'keptSinceMs'> & { readonly retentionMs: number; readonly logger: Logger },
): { close(): Promise<void> } {
  const { retentionMs, logger, ...trim } = options;
  let running: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      const partitions = await trimConsensus({ ...trim, keptSinceMs: keptSinceMs(retentionMs) });
      const deleted = partitions.reduce((sum: number, one: Trimmed) => sum + one.deleted, 0);
      logger[deleted > 0 ? 'info' : 'debug']({ deleted, partitions }, 'old records of aura.consensus deleted');
    } catch (error) {
      logger.warn({ err: error }, `old records of aura.consensus were not deleted: ${messageOf(error)}`);
    }
  };
  const timer = setInterval(() => {
    running = running.then(once);
  }, everyMs);
  timer.unref();
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
