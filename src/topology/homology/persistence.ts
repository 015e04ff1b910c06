import { TopologyError } from '../errors.ts';
import type { Filtration } from '../filtrations/filtration.ts';
import { connectedComponents } from './components.ts';
import { DiagramBuilder, type PersistenceDiagram } from './diagram.ts';
import { loops } from './loops.ts';

export interface PersistenceOptions {
  /** Highest dimension of homology, 0 or 1 (default). */
  readonly maxDimension?: number;
  /** Also give a cocycle for each bar of dimension 1. */
  readonly cocycles?: boolean;
}

/** Persistent homology over Z/2. */
export interface Persistence {
  /** By dimension, 0 first. */
  readonly diagrams: readonly PersistenceDiagram[];
  /** The ranks of the edges that merge two components, ascending: a minimum spanning forest. */
  readonly forest: Int32Array;
  /** For each bar of diagrams[1] the edges of a cocycle, ascending; empty unless asked for. */
  readonly cocycles: readonly Int32Array[];
}

/** The highest dimension of homology that is computed. */
export const DIMENSION_MAX = 1;

/**
 * The persistent homology of a filtration: exact, and the same for the same input on every run.
 *
 * @throws TopologyError TOPOLOGY_BAD_DIMENSION
 */
export function persistence(filtration: Filtration, options: PersistenceOptions = {}): Persistence {
  const maxDimension = options.maxDimension ?? DIMENSION_MAX;
  if (!Number.isInteger(maxDimension) || maxDimension < 0 || maxDimension > DIMENSION_MAX) {
    throw new TopologyError('TOPOLOGY_BAD_DIMENSION', 'highest dimension', maxDimension, `0..${DIMENSION_MAX}`);
  }
  const inZero = new DiagramBuilder(0);
  const forest = connectedComponents(filtration, (birth, death, birthCell, deathCell) => {
    inZero.add(birth, death, birthCell, deathCell);
  });
  const zero = inZero.build().diagram;
  if (maxDimension === 0) return { diagrams: [zero], forest, cocycles: [] };

  const inOne = new DiagramBuilder(1);
  const found: Int32Array[] = [];
  let latest: Int32Array = new Int32Array(0);
  loops(
    filtration,
    forest,
    (birth, death, birthCell, deathCell) => {
      if (inOne.add(birth, death, birthCell, deathCell) && options.cocycles === true) found.push(latest);
    },
    options.cocycles === true ? { onCocycle: (edges) => (latest = edges) } : {},
  );
  const one = inOne.build();
  const cocycles = found.length === 0 ? [] : Array.from(one.order, (k) => found[k]);
  return { diagrams: [zero, one.diagram], forest, cocycles };
}
