import { TopologyError } from '../errors.ts';

/** The largest prime modulus: products of two residues then stay below 2^32. */
const MODULUS_MAX = 65_521;

/** @throws TopologyError TOPOLOGY_BAD_MODULUS unless `modulus` is a prime of at most MODULUS_MAX. */
export function checkModulus(modulus: number): void {
  if (!Number.isInteger(modulus) || modulus < 2 || modulus > MODULUS_MAX || !isPrime(modulus)) {
    throw new TopologyError('TOPOLOGY_BAD_MODULUS', 'modulus', modulus, `a prime of at most ${MODULUS_MAX}`);
  }
}

/** The multiplicative inverse of a residue 1..modulus - 1, by the extended Euclidean algorithm. */
export function inverse(residue: number, modulus: number): number {
  let [previous, current] = [modulus, residue];
  let [before, factor] = [0, 1];
  while (current !== 0) {
    const quotient = Math.floor(previous / current);
    [previous, current] = [current, previous - quotient * current];
    [before, factor] = [factor, before - quotient * factor];
  }
  return before < 0 ? before + modulus : before;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
