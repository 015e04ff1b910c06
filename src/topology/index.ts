/**
 * Topological data analysis: what shape a cell of agents has, how it changes, and which agents make it so.
 *
 * filtrations/ turn points, distances or graphs into filtered complexes, behind one interface (filtrations/filtration.ts).
 * homology/ computes their persistent homology: exact, deterministic, dimensions 0 and 1 over Z/2 so far.
 * vectorize/ turns diagrams into numbers, distance/ compares them, evidence.ts names agents, stability.ts judges a sequence of diagrams.
 * Everything here is pure: no I/O, no clock, no randomness, no state between calls.
 */
export { type CellTopology, cellTopology } from './cell.ts';
export { bottleneckDistance } from './distance/bottleneck.ts';
export { type WassersteinOptions, wassersteinDistance } from './distance/wasserstein.ts';
export { TopologyError, type TopologyErrorCode } from './errors.ts';
export { type LoopEvidence, type MergeEvidence, type ShapeEvidence, shapeEvidence } from './evidence.ts';
export type { Filtration } from './filtrations/filtration.ts';
export { FlagFiltration, type FlagOptions, flagOfGraph, type WeightedGraph } from './filtrations/flag.ts';
export { flagOfInteractions, type InteractionOptions, type Interactions } from './filtrations/interactions.ts';
export { type RipsOptions, ripsOfLowerTriangle, ripsOfMatrix, ripsOfPoints } from './filtrations/rips.ts';
export type { Diagram, PersistenceDiagram } from './homology/diagram.ts';
export { DIMENSION_MAX, type Persistence, type PersistenceOptions, persistence } from './homology/persistence.ts';
export { compareToBaseline, type Moment, momentDistance, type Stability, stability } from './stability.ts';
export { bettiCurve } from './vectorize/betti-curve.ts';
export { persistentEntropy } from './vectorize/entropy.ts';
export { eulerCurve } from './vectorize/euler-curve.ts';
export { evenGrid } from './vectorize/grid.ts';
export { landscape } from './vectorize/landscape.ts';
export { type Lifespans, lifespans } from './vectorize/lifespans.ts';
export {
  GRAPH_SCALES,
  type Shape,
  SIGNATURE_LAYOUT,
  SIGNATURE_LENGTH,
  STATE_SCALES,
  signature,
} from './vectorize/signature.ts';
export { silhouette } from './vectorize/silhouette.ts';
