import { randomUUID } from 'node:crypto';
import { test } from 'vitest';
import { describeTrim } from '../pipelines/trim.ts';
import { hasKafka, openKafkaLog } from './kafka.ts';

if (hasKafka) describeTrim('kafka', async () => openKafkaLog({ prefix: `trim-${randomUUID().slice(0, 8)}.` }));
else test.skip('trim: left out, there is no broker', () => undefined);
