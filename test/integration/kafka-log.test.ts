import { randomUUID } from 'node:crypto';
import { test } from 'vitest';
import { describeLog } from '../streams/log-contract.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

if (hasKafka) describeLog('kafka', async () => openKafkaLog({ prefix: `contract-${randomUUID().slice(0, 8)}.` }));
else test.skip('kafka: left out, there is no broker', () => undefined);
