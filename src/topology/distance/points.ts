import { TopologyError } from '../errors.ts';
import type { Diagram } from '../homology/diagram.ts';

/** The off-diagonal points of a diagram that die. */
export interface Points {
  readonly count: number;
  readonly births: Float64Array;
  readonly deaths: Float64Array;
}

/** @throws TopologyError TOPOLOGY_OUT_OF_RANGE for a bar without a beginning: how far it moves to another, or to the diagonal, is no number */
export function finitePoints({ births, deaths }: Diagram): Points {
  refuseEndless(births);
  const finite = { births: new Float64Array(births.length), deaths: new Float64Array(births.length) };
  let count = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY || deaths[k] === births[k]) continue;
    finite.births[count] = births[k];
    finite.deaths[count++] = deaths[k];
  }
  return { count, births: finite.births.subarray(0, count), deaths: finite.deaths.subarray(0, count) };
}

/** How far a point is from the diagonal, in the maximum norm. The length itself may be above any number. */
export function halfOf(birth: number, death: number): number {
  const length = death - birth;
  return length === Number.POSITIVE_INFINITY ? death / 2 - birth / 2 : length / 2;
}

/**
 * The births of the bars that never die, ascending.
 *
 * @throws TopologyError as finitePoints() does
 */
export function essentialBirths({ births, deaths }: Diagram): Float64Array {
  refuseEndless(births);
  return births.filter((_, k) => deaths[k] === Number.POSITIVE_INFINITY).sort();
}

function refuseEndless(births: Float64Array): void {
  const endless = births.find((birth) => !Number.isFinite(birth));
  if (endless !== undefined)
    throw new TopologyError('TOPOLOGY_OUT_OF_RANGE', 'birth of a bar', endless, 'a finite number');
}
