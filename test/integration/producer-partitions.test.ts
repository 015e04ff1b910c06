import { randomUUID } from 'node:crypto';
import { onTestFinished, test } from 'vitest';
import { takesWhatEveryPartitionHolds } from '../pipelines/producer-partitions.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

test.skipIf(!hasKafka)('intake takes what every partition of its topics holds, however many they have', async () => {
  const log = openKafkaLog({ prefix: `wide-${randomUUID().slice(0, 8)}.` });
  onTestFinished(() => log.close());
  await takesWhatEveryPartitionHolds(log);
});
