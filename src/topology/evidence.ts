import type { FlagFiltration } from './filtrations/flag.ts';
import type { PersistenceDiagram } from './homology/diagram.ts';
import { shortestPath } from './shortest-path.ts';
import { lifespans } from './vectorize/lifespans.ts';
import type { Shape } from './vectorize/signature.ts';

/** A long bar of dimension 0: a group of agents that joins the others late. */
export interface MergeEvidence {
  readonly birth: number;
  readonly death: number;
  /** The two agents at the ends of the edge that joins the group to the others. */
  readonly edge: readonly [number, number];
  /** The smaller of the two components that meet, ascending; of two equally large ones that without the lowest agent. An outlier stands alone. */
  readonly group: Int32Array;
}

/** A long bar of dimension 1: a ring of agents with nothing across. */
export interface LoopEvidence {
  readonly birth: number;
  /** Infinity if the ring is never filled. */
  readonly death: number;
  /** The agents in the order around the ring. */
  readonly ring: Int32Array;
}

/** Which agents make the shape what it is. */
export interface ShapeEvidence {
  /** The longest merges, longest first. */
  readonly merges: readonly MergeEvidence[];
  /** The longest loops, longest first. */
  readonly loops: readonly LoopEvidence[];
  /** By agent: how far it stands apart, in the units of the filtration, at least 0. */
  readonly apartness: Float64Array;
  /** By agent: how long the rings it is part of stay open, in the units of the filtration, at least 0. */
  readonly ringness: Float64Array;
}

/**
 * Names the agents behind the longest bars of a shape.
 *
 * Apartness of an agent: over the longest merges in which it is of the group, the sum of what their length exceeds the median bar's by,
 * divided by the size of the group. Ringness: over the longest loops through it, the sum of their lengths, a loop that is never filled
 * counting to the last edge.
 *
 * The ring of a bar is its creating edge closed by the shortest way round through earlier edges. The bar's cocycle has the creating
 * edge as its earliest, so it is odd on this ring: the ring is a cycle that is open from the bar's birth until at least its death.
 *
 * @param most how many merges and how many loops to name at most
 */
export function shapeEvidence({ filtration, persistence }: Shape, most = 3): ShapeEvidence {
  const [zero, one] = persistence.diagrams;
  const apartness = new Float64Array(filtration.vertexCount);
  const ringness = new Float64Array(filtration.vertexCount);
  const merges = longestMerges(filtration, zero, persistence.forest, most);
  const { median } = lifespans(zero);
  for (const { birth, death, group } of merges) {
    const excess = death - birth - median;
    if (excess > 0) for (const agent of group) apartness[agent] += excess / group.length;
  }
  const loops = one === undefined ? [] : longestLoops(filtration, one, most);
  const lastValue = filtration.edgeCount === 0 ? 0 : filtration.edgeValue(filtration.edgeCount - 1);
  for (const { birth, death, ring } of loops) {
    for (const agent of ring) ringness[agent] += Math.min(death, lastValue) - birth;
  }
  return { merges, loops, apartness, ringness };
}

function longestMerges(
  filtration: FlagFiltration,
  diagram: PersistenceDiagram,
  forest: Int32Array,
  most: number,
): MergeEvidence[] {
  const bars = longestBars(diagram, most).filter((bar) => diagram.deathCells[bar] >= 0);
  const groups = groupsAt(filtration, forest, new Set(bars.map((bar) => diagram.deathCells[bar])));
  return bars.map((bar) => {
    const edge = diagram.deathCells[bar];
    return {
      birth: diagram.births[bar],
      death: diagram.deaths[bar],
      edge: [filtration.edgeTail(edge), filtration.edgeHead(edge)],
      group: groups.get(edge) ?? new Int32Array(0),
    };
  });
}

function longestLoops(filtration: FlagFiltration, diagram: PersistenceDiagram, most: number): LoopEvidence[] {
  return longestBars(diagram, most).map((bar) => {
    const edge = diagram.birthCells[bar];
    return {
      birth: diagram.births[bar],
      death: diagram.deaths[bar],
      ring: shortestPath(filtration, filtration.edgeTail(edge), filtration.edgeHead(edge), edge),
    };
  });
}

/** Positions of the longest bars, longest first, ties by creating cell; in dimension 0 a bar that never dies is every fleet's and is left out. */
function longestBars({ dimension, births, deaths, birthCells }: PersistenceDiagram, most: number): number[] {
  const length = (bar: number): number => deaths[bar] - births[bar];
  return Array.from(births.keys())
    .filter((bar) => dimension > 0 || deaths[bar] < Number.POSITIVE_INFINITY)
    .sort((a, b) => (length(a) === length(b) ? birthCells[a] - birthCells[b] : length(a) > length(b) ? -1 : 1))
    .slice(0, most);
}

/** For each of the wanted edges of the forest, the smaller of the two components that it joins. */
function groupsAt(
  filtration: FlagFiltration,
  forest: Int32Array,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, Int32Array> {
  const componentOf = Array.from({ length: filtration.vertexCount }, (_, vertex) => vertex);
  const members = componentOf.map((vertex) => [vertex]);
  const groups = new Map<number, Int32Array>();
  for (const edge of forest) {
    let kept = componentOf[filtration.edgeTail(edge)];
    let absorbed = componentOf[filtration.edgeHead(edge)];
    if (isSmaller(members[kept], members[absorbed])) [kept, absorbed] = [absorbed, kept];
    if (wanted.has(edge)) groups.set(edge, Int32Array.from(members[absorbed]).sort());
    // Relabelling the smaller side costs n log n over all merges.
    for (const vertex of members[absorbed]) {
      componentOf[vertex] = kept;
      members[kept].push(vertex);
    }
    members[absorbed] = [];
  }
  return groups;
}

function isSmaller(a: readonly number[], b: readonly number[]): boolean {
  return a.length < b.length || (a.length === b.length && lowest(a) > lowest(b));
}

function lowest(members: readonly number[]): number {
  return members.reduce((low, member) => Math.min(low, member));
}
