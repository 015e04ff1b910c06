import { TopologyError, type TopologyErrorCode } from '../errors.ts';
import type { TopologyJobs } from './jobs.ts';

/** An error as it arrives from a thread. */
interface SentError {
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What src/compute/worker-pool's openWorkerPool() is given to get threads that run `jobs`. */
export const topologyProgram: {
  readonly name: string;
  readonly module: URL;
  readonly reviveError: (error: SentError) => Error | undefined;
  /** Carries the jobs' types; never set. */
  readonly jobs?: TopologyJobs;
} = {
  name: 'topology',
  module: new URL('./jobs.ts', import.meta.url),
  reviveError({ name, message, fields }) {
    const { code, value, valid } = fields;
    if (name !== 'TopologyError' || typeof code !== 'string' || typeof valid !== 'string') return undefined;
    const what = message.slice(0, message.length - `: got ${String(value)}, valid is ${valid}`.length);
    return new TopologyError(code as TopologyErrorCode, what, value, valid);
  },
};
