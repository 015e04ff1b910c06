import type { Distances } from './distances.ts';

/** How many neighbours of each point are kept: the eighth mostly lies beyond a point's longest edge of the relative neighbourhood graph. */
export const NEAREST_KEPT = 8;

/** What one look at all distances tells. */
export interface Survey {
  /** The smallest ball around one of the points that holds all of them; see enclosingRadius(). */
  readonly radius: number;
  /** Entry k * count + i: the neighbour of point i that is reached by its k-th edge; k below NEAREST_KEPT. */
  readonly neighbours: Int32Array;
  /** The distances to them, by the same places; Infinity where there are fewer neighbours, which then means nothing. */
  readonly distances: Float64Array;
}

/** What the pairs of some rows of the lower triangle tell: a part of a survey. */
export interface PartialSurvey {
  /** For each point the distance to the farthest of those it forms one of the pairs with; 0 without any. */
  readonly farthest: Float64Array;
  readonly neighbours: Int32Array;
  readonly distances: Float64Array;
}

/**
 * The enclosing radius and every point's nearest neighbours, in the order of the edges: by distance, ties by place in the lower triangle.
 * A neighbour at Infinity is none.
 */
export function survey(distances: Distances): Survey {
  return surveyOf(distances.count, surveyRows(distances, 1, distances.count));
}

/** The part of a survey that the pairs tell whose larger point is at least `from` and below `to`. */
export function surveyRows({ count, lower }: Distances, from: number, to: number): PartialSurvey {
  const neighbours = new Int32Array(NEAREST_KEPT * count);
  const distances = new Float64Array(NEAREST_KEPT * count).fill(Number.POSITIVE_INFINITY);
  const kept = { count, neighbours, distances };
  const farthest = new Float64Array(count);
  const worst = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const start = Math.max(1, from);
  let at = (start * (start - 1)) / 2;
  // Pairs are met in the order of their ties, so that of equal distances the earlier one is kept.
  for (let i = start; i < to; i++) {
    let ownFarthest = 0;
    let ownWorst = Number.POSITIVE_INFINITY;
    for (let j = 0; j < i; j++) {
      const distance = lower[at++];
      ownFarthest = distance > ownFarthest ? distance : ownFarthest;
      farthest[j] = distance > farthest[j] ? distance : farthest[j];
      if (distance < ownWorst) ownWorst = insert(kept, i, j, distance);
      if (distance < worst[j]) worst[j] = insert(kept, j, i, distance);
    }
    farthest[i] = ownFarthest;
    worst[i] = ownWorst;
  }
  return { farthest, neighbours, distances };
}

/** One survey of parts whose rows follow each other, first rows first, and are all rows. The first part is used up. */
export function mergeSurveys(count: number, [first, ...others]: readonly [PartialSurvey, ...PartialSurvey[]]): Survey {
  const kept = { count, neighbours: first.neighbours, distances: first.distances };
  for (const part of others) {
    for (let i = 0; i < count; i++) {
      if (part.farthest[i] > first.farthest[i]) first.farthest[i] = part.farthest[i];
      // Every pair of a later part comes after those of equal distance before it.
      for (let at = i; at < NEAREST_KEPT * count; at += count) {
        if (!(part.distances[at] < first.distances[(NEAREST_KEPT - 1) * count + i])) break;
        insert(kept, i, part.neighbours[at], part.distances[at]);
      }
    }
  }
  return surveyOf(count, first);
}

function surveyOf(count: number, { farthest, neighbours, distances }: PartialSurvey): Survey {
  let radius = farthest[0];
  for (let i = 1; i < count; i++) if (farthest[i] < radius) radius = farthest[i];
  return { radius, neighbours, distances };
}

interface Kept {
  readonly count: number;
  readonly neighbours: Int32Array;
  readonly distances: Float64Array;
}

/** Puts j among the nearest of i; the distance of the last one then. */
function insert({ count, neighbours, distances }: Kept, i: number, j: number, distance: number): number {
  const last = (NEAREST_KEPT - 1) * count + i;
  let at = last;
  while (at >= count && distances[at - count] > distance) {
    distances[at] = distances[at - count];
    neighbours[at] = neighbours[at - count];
    at -= count;
  }
  distances[at] = distance;
  neighbours[at] = j;
  return distances[last];
}
