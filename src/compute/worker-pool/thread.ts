/** What runs in a thread of the pool: loads the program's module, then answers one task after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { plainError, type TaskMessage, type ThreadMessage } from './messages.ts';
import type { Jobs } from './program.ts';

const port = parentPort;
if (port === null) throw new Error('this file is run by a WorkerPool, as a thread');

function send(message: ThreadMessage): void {
  port?.postMessage(message);
}

try {
  const module = (await import(String(workerData.module))) as { readonly jobs: Jobs; readonly warm?: () => void };
  module.warm?.();
  port.on('message', ({ id, job, input }: TaskMessage) => {
    try {
      if (!Object.hasOwn(module.jobs, job)) {
        throw new RangeError(`no job '${job}'; valid are ${Object.keys(module.jobs).join(', ')}`);
      }
      // The pool's caller was held to the job's own input type.
      send({ kind: 'done', id, output: module.jobs[job](input as never) });
    } catch (error) {
      // Also where the output cannot be copied: send() throws then, and nothing of it went out.
      send({ kind: 'failed', id, error: plainError(error) });
    }
  });
  send({ kind: 'ready' });
} catch (error) {
  send({ kind: 'failed-to-load', error: plainError(error) });
}
