import { randomUUID } from 'node:crypto';
import { describeLog } from '../streams/log-contract.ts';
import { openKafkaLog } from './kafka.ts';

describeLog('kafka', async () => openKafkaLog({ prefix: `contract-${randomUUID().slice(0, 8)}.` }));
