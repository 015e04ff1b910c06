import type { Diagram } from '../homology/diagram.ts';

/** The off-diagonal points of a diagram that die. */
export interface Points {
  readonly count: number;
  readonly births: Float64Array;
  readonly deaths: Float64Array;
}

export function finitePoints({ births, deaths }: Diagram): Points {
  const finite = { births: new Float64Array(births.length), deaths: new Float64Array(births.length) };
  let count = 0;
  for (let k = 0; k < births.length; k++) {
    if (deaths[k] === Number.POSITIVE_INFINITY || deaths[k] === births[k]) continue;
    finite.births[count] = births[k];
    finite.deaths[count++] = deaths[k];
  }
  return { count, births: finite.births.subarray(0, count), deaths: finite.deaths.subarray(0, count) };
}

/** The births of the bars that never die, ascending. */
export function essentialBirths({ births, deaths }: Diagram): Float64Array {
  return births.filter((_, k) => deaths[k] === Number.POSITIVE_INFINITY).sort();
}
