import { setImmediate as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { readCheckpoints } from '../../../pipelines/consensus/read-checkpoints.ts';
import type { ConsensusMessage } from '../../../schemas/records.ts';
import type { Log } from '../../../src/streams/log.ts';
import type { Topic } from '../../../src/streams/processor.ts';
import { CodecError } from '../../../src/streams/schema/codec-error.ts';

const records = 16;

test('a log is looked through for checkpoints record by record, and none is held on to', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const values: WeakRef<Uint8Array>[] = [];
  let heldMost = 0;
  const log: Pick<Log, 'bounds' | 'consume'> = {
    bounds: async () => [{ partition: 0, low: 0, high: records }],
    consume: async ({ records: hand }) => {
      for (let offset = 0; offset < records; offset++) {
        const value = new Uint8Array(1 << 16);
        values.push(new WeakRef(value));
        const record = { topic: 'aura.consensus', partition: 0, offset, appendMs: 0, key: null, value, headers: {} };
        hand({ topic: 'aura.consensus', partition: 0 }, [record], offset + 1, 0, null);
        await pause();
        collect();
        heldMost = Math.max(heldMost, values.filter((one) => one.deref() !== undefined).length);
      }
      return { pause: () => undefined, resume: () => undefined, close: async () => undefined } as never;
    },
  };
  let read = 0;
  const decode = (): ConsensusMessage => {
    read++;
    throw new CodecError('malformed', 'it is no message');
  };
  const topic = {
    name: 'aura.consensus',
    codec: { name: 'ConsensusMessage', decode },
  } as unknown as Topic<ConsensusMessage>;
  await readCheckpoints(log as Log, topic, 0, { observe: () => false }, 10_000);
  expect(read).toBe(records);
  expect(heldMost).toBeLessThan(4);
});
