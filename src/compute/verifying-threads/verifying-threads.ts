/**
 * Verifies many signatures at once, on the calling thread and on others beside it, and returns when all are answered. The calling thread takes its share
 * and waits for nobody longer than `WAIT_MS`: what another thread has taken and not answered by then (it was given no processor, or it
 * died) is verified here as well. So it is never much slower than one thread alone.
 */
import { Worker } from 'node:worker_threads';
import { ComputeError } from '../errors.ts';
import { CLAIMS_MAX, SharedClaims, type SignedBytes } from './shared-claims.ts';

/** Must answer the same on every thread, and never throw. */
export interface Verifier {
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface VerifyingThreadsOptions {
  /** Threads beside the calling one, 0 to 64. As many as there are cores to spare; with 0 all is done here. */
  readonly threads: number;
  /** Exports `createVerifier(): Verifier`; loaded by each thread. */
  readonly module: URL;
  /** The same, for the calling thread. */
  readonly here: Verifier;
}

/** Fewer are verified here before another thread is awake. */
const SHARED_FROM = 2;
/** About two verifications of ed25519. */
const WAIT_MS = 0.25;

export class VerifyingThreads implements Verifier {
  readonly #here: Verifier;
  readonly #workers: readonly Worker[];
  readonly #claims = new SharedClaims();
  #running = 0;

  private constructor({ threads, module, here }: VerifyingThreadsOptions) {
    this.#here = here;
    const workerData = { memory: this.#claims.memory, module: module.href };
    this.#workers = Array.from({ length: threads }, (_, i) => {
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: `verifying-${i}`, workerData });
      // A thread that dies is missed by nobody: the others, and the calling one, do its part.
      worker.on('exit', () => this.#running--);
      return worker;
    });
    this.#running = threads;
  }

  /** @throws ComputeError job-invalid for a wrong number of threads; program-invalid when the module cannot be loaded */
  static async open(options: VerifyingThreadsOptions): Promise<VerifyingThreads> {
    const { threads, module } = options;
    if (!Number.isInteger(threads) || threads < 0 || threads > 64) {
      throw new ComputeError('job-invalid', `${threads} threads to verify on (valid: 0 to 64)`);
    }
    const opened = new VerifyingThreads(options);
    try {
      await Promise.all(opened.#workers.map(untilReady));
    } catch (cause) {
      await opened.close();
      throw new ComputeError('program-invalid', `${module.href} cannot be loaded by a verifying thread`, { cause });
    }
    for (const worker of opened.#workers) worker.unref();
    return opened;
  }

  /** Threads beside the calling one that are up. */
  get threads(): number {
    return this.#running;
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return this.#here.verify(publicKey, message, signature);
  }

  /** Whether each signature is valid, in the order of the claims. Blocks, and works, until all are known. */
  verifyAll(claims: readonly SignedBytes[]): readonly boolean[] {
    const answers: boolean[] = [];
    for (let at = 0; at < claims.length; at += CLAIMS_MAX) {
      const some = claims.slice(at, at + CLAIMS_MAX);
      const isShared = this.#running > 0 && some.length >= SHARED_FROM && some.every(SharedClaims.fits);
      answers.push(...(isShared ? this.#verifyShared(some) : some.map((claim) => this.#verifyHere(claim))));
    }
    return answers;
  }

  /** Ends the threads. What is asked afterwards is verified here. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #verifyHere({ publicKey, message, signature }: SignedBytes): boolean {
    return this.#here.verify(publicKey, message, signature);
  }

  #verifyShared(some: readonly SignedBytes[]): readonly boolean[] {
    const batch = this.#claims.open(some);
    const answers = new Map<number, boolean>();
    for (let index = this.#claims.takeIndex(); index !== null; index = this.#claims.takeIndex()) {
      answers.set(index, this.#verifyHere(some[index]));
    }
    return some.map(
      (claim, index) => answers.get(index) ?? this.#claims.answerOf(batch, index, WAIT_MS) ?? this.#verifyHere(claim),
    );
  }
}

function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code} before it was ready`)));
  });
}
