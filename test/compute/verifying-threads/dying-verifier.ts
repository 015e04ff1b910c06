/** A verifier whose thread ends at the first signature. */
import type { Verifier } from '../../../src/compute/verifying-threads/verifying-threads.ts';

export function createVerifier(): Verifier {
  return { verify: () => process.exit(1) };
}
