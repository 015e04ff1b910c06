/**
 * Verifying before it is asked: what several validators of a process are about to check, each for itself, is verified at once on whatever threads the
 * scheme has. A validator's memory learns what was asked for it and nothing else, so each still verifies every signature that it counts.
 */
import { type Claim, type SignatureScheme, type VerifiedSignatures, verifyAll } from './signature.ts';

export interface AskedAhead {
  /** The memory of the validator that is about to check it, over the same scheme. */
  readonly memory: VerifiedSignatures;
  readonly claim: Claim;
}

/** What is not valid is not remembered: the validator will ask again, and refuse it as ever. */
export function verifyAhead(scheme: SignatureScheme, asked: readonly AskedAhead[]): void {
  const open = asked.filter(({ memory, claim }) => !memory.knows(claim));
  // A single one is no earlier for being asked ahead.
  if (open.length < 2) return;
  const claims = open.map(({ claim }) => claim);
  for (const [i, isValid] of verifyAll(scheme, claims).entries()) if (isValid) open[i].memory.learn(open[i].claim);
}
