import type { Diagram } from '../homology/diagram.ts';

const LARGE_UNIT = 2 ** 60;

/**
 * Persistent entropy, in nats: Shannon's entropy of the lengths of the bars that die, as shares of their sum (Chintakunta et al. 2015;
 * Atienza et al. 2019). n equal bars have ln n; no bar has 0.
 */
export function persistentEntropy({ births, deaths }: Diagram): number {
  // Their sum may be above any number; in a unit that is a power of two nothing is lost.
  const sum = sumOfLengths(births, deaths, 1);
  const unit = sum < Number.POSITIVE_INFINITY ? 1 : LARGE_UNIT;
  const total = unit === 1 ? sum : sumOfLengths(births, deaths, unit);
  let entropy = 0;
  for (let k = 0; k < births.length; k++) {
    const share = (deaths[k] - births[k]) / unit / total;
    if (deaths[k] < Number.POSITIVE_INFINITY && share > 0) entropy -= share * Math.log(share);
  }
  return entropy;
}

/** Of the bars that die, in multiples of the unit. */
function sumOfLengths(births: Float64Array, deaths: Float64Array, unit: number): number {
  let sum = 0;
  for (let k = 0; k < births.length; k++)
    if (deaths[k] < Number.POSITIVE_INFINITY) sum += (deaths[k] - births[k]) / unit;
  return sum;
}
