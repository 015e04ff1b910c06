/**
 * Who is heavy: a function of who signed the certificates of the chain so far, height by height, and of nothing else.
 *
 * A validator whose COMMIT vote helped to decide a height gains a point; the one whose vote completed the certificate, and whom the
 * others therefore waited for, loses one; one whose vote is not in it loses half of its points. The 2f with the most are heavy; of
 * equals those who were, then those with lower indexes.
 */

/** Points at the start, and the most there are. */
export const POINTS_START = 8;
export const POINTS_MAX = 16;

/** The points after a height that `signers` decided: indexes, in the order in which they signed. */
export function credit(points: readonly number[], signers: readonly number[]): number[] {
  const credited = points.map((held) => held >> 1);
  for (const index of signers) credited[index] = Math.min(POINTS_MAX, points[index] + 1);
  // Else a slow heavy one, without whom there is no quorum, would sign every height and stay heavy for ever.
  const last = signers.at(-1);
  if (last !== undefined) credited[last] = Math.max(0, points[last] - 1);
  return credited;
}

/** Indexes of the `count` heavy ones, ascending. `incumbents`: who is heavy now. */
export function chooseHeavy(points: readonly number[], incumbents: ReadonlySet<number>, count: number): number[] {
  const rank = (index: number): number => 2 * points[index] + (incumbents.has(index) ? 1 : 0);
  const byRank = points.map((_, index) => index).sort((a, b) => rank(b) - rank(a) || a - b);
  return byRank.slice(0, count).sort((a, b) => a - b);
}
