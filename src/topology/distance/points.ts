import type { Diagram } from '../homology/diagram.ts';

/** The off-diagonal points of a diagram that die. */
export interface Points {
  readonly count: number;
  readonly births: Float64Array;
  readonly deaths: Float64Array;
}

export function finitePoints({ births, deaths }: Diagram): Points {
  const dies = (_: number, k: number): boolean => deaths[k] < Number.POSITIVE_INFINITY && deaths[k] !== births[k];
  const finite = { births: births.filter(dies), deaths: deaths.filter(dies) };
  return { count: finite.births.length, ...finite };
}

/** The births of the bars that never die, ascending. */
export function essentialBirths({ births, deaths }: Diagram): Float64Array {
  return births.filter((_, k) => deaths[k] === Number.POSITIVE_INFINITY).sort();
}
