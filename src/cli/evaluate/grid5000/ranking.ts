import { refuseNaN } from '../../../liquid/training/metrics.ts';

/**
 * AUC and average precision as src/liquid/training/metrics.ts defines them, ties included, for millions of cases: each class is sorted by itself, as numbers and
 * without a comparison function, and the two are merged.
 */
export function rankingOf(scores: Float64Array, labels: Uint8Array): { readonly auc: number; readonly ap: number } {
  refuseNaN(scores);
  const failing = scores.filter((_, i) => labels[i] === 1).sort();
  const quiet = scores.filter((_, i) => labels[i] === 0).sort();
  if (failing.length === 0 || quiet.length === 0) {
    throw new RangeError(`${failing.length} failing cases of ${scores.length}; both kinds are needed`);
  }
  let above = 0;
  let found = 0;
  let pairs = 0;
  let precision = 0;
  let f = failing.length - 1;
  let q = quiet.length - 1;
  while (f >= 0) {
    const score = failing[f];
    while (q >= 0 && quiet[q] > score) {
      q--;
      above++;
    }
    let tiedFailing = 0;
    for (; f >= 0 && failing[f] === score; f--) tiedFailing++;
    let tiedQuiet = 0;
    for (; q >= 0 && quiet[q] === score; q--) tiedQuiet++;
    pairs += tiedFailing * (quiet.length - above - tiedQuiet / 2);
    found += tiedFailing;
    above += tiedQuiet;
    precision += (tiedFailing * found) / (found + above);
  }
  return { auc: pairs / (failing.length * quiet.length), ap: precision / failing.length };
}
