import { TopologyError } from './errors.ts';
import { flagOfInteractions, type InteractionOptions, type Interactions } from './filtrations/interactions.ts';
import { ripsOfPoints } from './filtrations/rips.ts';
import { persistence } from './homology/persistence.ts';
import { type Shape, signature } from './vectorize/signature.ts';

/** The topology of one cell at the close of a window. */
export interface CellTopology {
  /** Of the cloud of the agents' states. */
  readonly state: Shape;
  /** Of the interaction graph. */
  readonly graph: Shape;
  /** See SIGNATURE_LAYOUT. */
  readonly signature: Float64Array;
}

/**
 * Everything that assessment needs to know of a cell's shape: H0 and H1 of its agents' states and of their interactions, and the signature.
 *
 * @param states agents x dimension, row by row, in comparable units (robust z-scores)
 * @param dimension number of signals an agent
 * @param interactions among the same agents, by row number
 * @throws TopologyError as ripsOfPoints() and flagOfInteractions() do
 */
export function cellTopology(
  states: Float64Array,
  dimension: number,
  interactions: Interactions,
  options: InteractionOptions = {},
): CellTopology {
  const state = shapeOf(ripsOfPoints(states, dimension));
  const agents = state.filtration.vertexCount;
  if (interactions.vertexCount !== agents) {
    const valid = `${agents}, the number of states`;
    throw new TopologyError('TOPOLOGY_WRONG_LENGTH', 'vertices of the interactions', interactions.vertexCount, valid);
  }
  const graph = shapeOf(flagOfInteractions(interactions, options));
  return { state, graph, signature: signature(state, graph) };
}

function shapeOf(filtration: Shape['filtration']): Shape {
  return { filtration, persistence: persistence(filtration) };
}
