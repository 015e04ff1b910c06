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
 * @throws TopologyError TOPOLOGY_OUT_OF_RANGE for a loop where an edge has a negative value: then no way is the shortest
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
  for (const { birth, death, ring } of loops) {
    // The last edge's value is asked for only where it counts: it takes all edges to be ranked.
    const end = death < Number.POSITIVE_INFINITY ? death : filtration.edgeValue(filtration.edgeCount - 1);
    for (const agent of ring) ringness[agent] += end - birth;
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
  const isLonger = (a: number, b: number): boolean => {
    const difference = deaths[a] - births[a] - (deaths[b] - births[b]);
    // Two that never die differ by NaN.
    return difference > 0 || (!(difference < 0) && birthCells[a] < birthCells[b]);
  };
  const longest: number[] = [];
  for (let bar = 0; bar < births.length; bar++) {
    if (dimension === 0 && deaths[bar] === Number.POSITIVE_INFINITY) continue;
    let place = longest.length;
    while (place > 0 && isLonger(bar, longest[place - 1])) place -= 1;
    if (place >= most) continue;
    longest.splice(place, 0, bar);
    if (longest.length > most) longest.pop();
  }
  return longest;
}

/** For each of the wanted edges of the forest, the smaller of the two components that it joins. */
function groupsAt(
  filtration: FlagFiltration,
  forest: Int32Array,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, Int32Array> {
  const groups = new Map<number, Int32Array>();
  const components = new Components(filtration.vertexCount);
  for (const edge of forest) {
    if (groups.size === wanted.size) break;
    const absorbed = components.merge(filtration.edgeTail(edge), filtration.edgeHead(edge));
    if (wanted.has(edge)) groups.set(edge, components.absorbedAt(absorbed));
  }
  return groups;
}

/** Union-find that remembers, of every component that was absorbed, its root. */
class Components {
  readonly #parents: Int32Array;
  readonly #sizes: Int32Array;
  readonly #lowest: Int32Array;

  constructor(count: number) {
    this.#parents = new Int32Array(count);
    this.#lowest = new Int32Array(count);
    for (let v = 0; v < count; v++) {
      this.#parents[v] = v;
      this.#lowest[v] = v;
    }
    this.#sizes = new Int32Array(count).fill(1);
  }

  /** Joins two components. The root of the smaller one, of two equally large ones that without the lowest vertex, which is absorbed. */
  merge(u: number, v: number): number {
    let kept = this.#rootOf(u);
    let absorbed = this.#rootOf(v);
    const difference = this.#sizes[kept] - this.#sizes[absorbed];
    if (difference < 0 || (difference === 0 && this.#lowest[kept] > this.#lowest[absorbed])) {
      [kept, absorbed] = [absorbed, kept];
    }
    this.#parents[absorbed] = kept;
    this.#sizes[kept] += this.#sizes[absorbed];
    this.#lowest[kept] = Math.min(this.#lowest[kept], this.#lowest[absorbed]);
    return absorbed;
  }

  /** The vertices below `root`, ascending, which was absorbed last. */
  absorbedAt(root: number): Int32Array {
    const members = new Int32Array(this.#sizes[root]);
    let count = 0;
    for (let v = 0; v < this.#parents.length; v++) {
      let at = v;
      while (at !== root && this.#parents[at] !== at) at = this.#parents[at];
      if (at === root) members[count++] = v;
    }
    return members;
  }

  /** Without shortening paths, so that who was absorbed with whom stays to be seen; merging by size keeps them short. */
  #rootOf(v: number): number {
    let at = v;
    while (this.#parents[at] !== at) at = this.#parents[at];
    return at;
  }
}
