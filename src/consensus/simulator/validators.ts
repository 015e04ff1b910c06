/** The validators of a simulated cluster. */
import type { Signer } from '../signature.ts';
import { createValidatorSet, type ValidatorSet } from '../validator-set.ts';

let latest: ValidatorSet | null = null;

/** Those with the keys of `signers`, all made by IdealSignatures in turn. The latest set is kept: as many signers have the same keys in each run. */
export function validatorsOf(signers: readonly Signer[]): ValidatorSet {
  if (latest?.size !== signers.length) {
    latest = createValidatorSet(
      signers.map(({ publicKey }, i) => ({ id: `v${String(i).padStart(3, '0')}`, publicKey })),
    );
  }
  return latest;
}
