import { randomInt, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { Random } from '../../src/fleet/reference/random.ts';
import { expectedCodes, runHostile } from '../pipelines/hostile.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

const seed = Number(process.env.AURA_SEED ?? randomInt(2 ** 31));
const count = Number(process.env.AURA_HOSTILE ?? 10_000);

test.skipIf(!hasKafka)(
  `${count} hostile records on a real broker are each accounted for (AURA_SEED=${seed})`,
  { timeout: 300_000 },
  async () => {
    const log = openKafkaLog({ prefix: `hostile-${randomUUID().slice(0, 8)}.` });
    const random = new Random(seed, 'hostile');
    const result = await runHostile(log, count, () => random.uniform());
    const expected = expectedCodes(count);
    const late = expected.get('late') ?? 0;
    expected.delete('late');
    expect(Object.fromEntries(result.codes)).toEqual(Object.fromEntries(expected));
    expect(result.late).toBe(late);
    expect(result.goodSeen).toBe(result.goodSent);
    await log.close();
  },
);
