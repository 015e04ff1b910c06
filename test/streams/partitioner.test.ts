import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, partitionOf } from '../../src/streams/partitioner.ts';

test('murmur2 gives the values of Kafka’s own UtilsTest', () => {
  const golden = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    abc: 479470107,
  };
  for (const [text, hash] of Object.entries(golden)) expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('a key goes where kafkajs’s default partitioner sends it', () => {
  const choose = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64, size: 'max' }),
      fc.integer({ min: 1, max: 50 }),
      (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 0,
          replicas: [],
          isr: [],
          partitionErrorCode: 0,
        }));
        const message = { key: Buffer.from(key), value: null };
        expect(partitionOf(key, count)).toBe(choose({ topic: 't', partitionMetadata, message }));
      },
    ),
  );
});
