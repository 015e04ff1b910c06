import type { Filtration } from '../filtrations/filtration.ts';
import { FlagFiltration } from '../filtrations/flag.ts';
import { FlagSimplices } from '../filtrations/flag-simplices.ts';
import type { Cocycle } from './cochain-sum.ts';
import { type Persistence, type PersistenceOptions, persistence } from './persistence.ts';
import { type RingOptions, RingSearch } from './tight-ring.ts';

export interface RepresentativeOptions extends Omit<PersistenceOptions, 'cocycles' | 'collapse'>, RingOptions {}

/** What a bar of dimension 1 or more is made of. */
export interface Representative {
  readonly birth: number;
  /** Infinity if it never dies. */
  readonly death: number;
  /** A cocycle: simplices[k], or the vertices of other cells, ascending, with coefficient coefficients[k], 1..modulus - 1. */
  readonly cocycle: {
    readonly simplices: readonly (readonly number[])[];
    readonly coefficients: Int32Array;
  };
  /** In dimension 1: a tight cycle. */
  readonly ring?: Ring;
}

export interface Ring {
  /** In order around the ring, which closes from the last to the first. Its edges are there when the bar is born. */
  readonly vertices: Int32Array;
  /**
   * True if the ring is of the bar's class: filled as soon as the bar dies, not before, and the shortest such ring through the edge that creates the
   * bar. False if no one ring is, or none was found within the limit: then it is the shortest ring through that edge; it is open as long
   * as the bar lives, and goes on being open around an older hole.
   */
  readonly isOfClass: boolean;
}

export interface Representatives {
  readonly persistence: Persistence;
  /** By dimension, for each bar of its diagram; empty in dimension 0. */
  readonly bars: readonly (readonly Representative[])[];
}

/**
 * Persistent homology with what represents each bar: a cocycle in dimension 1 and more, and in dimension 1 a tight ring of vertices as well.
 *
 * @throws TopologyError as persistence() does, and TOPOLOGY_OUT_OF_RANGE for an edge of negative value unless `ringLength` is 'edges'
 */
export function representatives(
  filtration: FlagFiltration | Filtration,
  options: RepresentativeOptions = {},
): Representatives {
  const result = persistence(filtration, { ...options, cocycles: true, collapse: 'never' });
  const top = result.diagrams.length - 1;
  const cells = filtration instanceof FlagFiltration ? new FlagSimplices(filtration, Math.max(1, top)) : filtration;
  const bars = result.diagrams.map((diagram, dimension): Representative[] => {
    if (dimension === 0) return [];
    const cocycles = result.cocycles[dimension];
    const rings = dimension === 1 ? tightRings(cells, result, options) : [];
    return Array.from(diagram.births, (birth, bar) => {
      const cocycle = namedBy(cells, dimension, cocycles[bar]);
      const shared = { birth, death: diagram.deaths[bar], cocycle };
      return dimension === 1 ? { ...shared, ring: rings[bar] } : shared;
    });
  });
  return { persistence: result, bars };
}

function namedBy(
  cells: Filtration,
  dimension: number,
  { cells: names, coefficients }: Cocycle,
): Representative['cocycle'] {
  return { simplices: Array.from(names, (name) => cells.cellVertices(dimension, name)), coefficients };
}

/**
 * A ring through the edge that creates a bar is of the bar's class exactly if every cocycle of a bar that is older and dies at a greater value vanishes on
 * it: these cocycles, and those of younger bars, which have no edge of the ring, are a basis of what is open when the bar dies.
 */
function tightRings(
  filtration: Filtration,
  { diagrams, cocycles }: Persistence,
  options: RepresentativeOptions,
): Ring[] {
  const { birthCells, deaths } = diagrams[1];
  if (birthCells.length === 0) return [];
  const search = new RingSearch(filtration, options);
  return Array.from(birthCells, (edge, bar) => {
    const older = cocycles[1].filter((_, other) => birthCells[other] < edge && deaths[other] > deaths[bar]);
    return search.ringThrough(edge, older);
  });
}
