/** Finding the checkpoints that a partition of aura.consensus holds. */
import type { ConsensusMessage } from '../../schemas/records.ts';
import type { CheckpointTracker } from '../../src/consensus/checkpoint.ts';
import { fromWire } from '../../src/consensus/wire.ts';
import type { Log } from '../../src/streams/log.ts';
import type { Topic } from '../../src/streams/processor.ts';
import { readAll } from '../../src/streams/read-all.ts';
import { whenLoaded } from '../../src/streams/schema/codec.ts';
import { CodecError } from '../../src/streams/schema/codec-error.ts';

/**
 * Shows `tracker` what the partition holds from the offset `from` to where it ends now. A record is looked at as it comes and let go: while a validator is down,
 * or none has saved anything, the log grows beyond what fits into memory.
 */
export async function readCheckpoints(
  log: Log,
  topic: Topic<ConsensusMessage>,
  partition: number,
  tracker: Pick<CheckpointTracker, 'observe'>,
  withinMs: number,
  from = 0,
): Promise<void> {
  const take = async (offset: number, value: Uint8Array): Promise<void> => {
    try {
      const message = fromWire(await whenLoaded(() => topic.codec.decode(value)));
      if (message !== null) tracker.observe(offset, message);
    } catch (error) {
      // What cannot be read counts for nothing, here as at the validators.
      if (!(error instanceof CodecError)) throw error;
    }
  };
  let taken = Promise.resolve();
  const each = (offset: number, value: Uint8Array | null): void => {
    if (value === null) return;
    taken = taken.then(() => take(offset, value));
    taken.catch(() => undefined); // thrown below
  };
  await readAll(log, { topic: topic.name, partition }, withinMs, ({ offset, value }) => each(offset, value), from);
  await taken;
}
