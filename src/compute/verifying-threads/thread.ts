/** One thread of VerifyingThreads: takes claims while there are any, sleeps while there are none, and ends with its owner. */
import { parentPort, workerData } from 'node:worker_threads';
import { SharedClaims } from './shared-claims.ts';
import type { Verifier } from './verifying-threads.ts';

const { memory, module } = workerData as { readonly memory: SharedArrayBuffer; readonly module: string };
const { createVerifier } = (await import(module)) as { readonly createVerifier: () => Verifier };
const verifier = createVerifier();
const claims = new SharedClaims(memory);
parentPort?.postMessage('ready');
for (let batch = 0; ; batch = claims.awaitBatch(batch)) {
  for (let taken = claims.take(); taken !== null; taken = claims.take()) {
    const { publicKey, message, signature } = taken;
    claims.answer(taken.batch, taken.index, verifier.verify(publicKey, message, signature));
  }
}
