import type { Diagram } from '../homology/diagram.ts';

/**
 * Persistent entropy, in nats: Shannon's entropy of the lengths of the bars that die, as shares of their sum (Chintakunta et al. 2015;
 * Atienza et al. 2019). n equal bars have ln n; no bar has 0.
 */
export function persistentEntropy({ births, deaths }: Diagram): number {
  let total = 0;
  for (let k = 0; k < births.length; k++) if (deaths[k] < Number.POSITIVE_INFINITY) total += deaths[k] - births[k];
  let entropy = 0;
  for (let k = 0; k < births.length; k++) {
    const share = (deaths[k] - births[k]) / total;
    if (deaths[k] < Number.POSITIVE_INFINITY && share > 0) entropy -= share * Math.log(share);
  }
  return entropy;
}
