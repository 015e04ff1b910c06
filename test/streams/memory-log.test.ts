import { MemoryLog } from '../../src/streams/memory/memory-log.ts';
import { describeLog } from './log-contract.ts';

describeLog('memory', async () => new MemoryLog({ now: () => Date.now() }));
