/** A process that opens a pool, uses it and does not close it. */
import { openWorkerPool } from '../../../src/compute/worker-pool/worker-pool.ts';
import type { jobs } from './jobs.ts';

const module = new URL('./jobs.ts', import.meta.url);
const pool = await openWorkerPool<typeof jobs>({ name: 'test jobs', module }, { threads: 2 });
process.stdout.write(`${await pool.run('halve', 10)}\n`);
