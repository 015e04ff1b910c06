/**
 * Topological data analysis: what shape a cell of agents has, how it changes, and which agents make it so.
 *
 * filtrations/ turn points, distances or graphs into filtered complexes, behind one interface (filtrations/filtration.ts).
 * homology/ computes their persistent homology, in any dimension over any small prime field: exact and deterministic. wasm/ holds its kernels.
 * vectorize/ turns diagrams into numbers, distance/ compares them, time/ and stability.ts judge sequences of them, evidence.ts names agents.
 * formats/ reads what Ripser reads.
 * Everything here is pure: no I/O, no clock, no randomness, no state between calls (a kernel's scratch memory is kept, what is in it is not read).
 */
export { type CellTopology, cellTopology } from './cell.ts';
export { bottleneckDistance } from './distance/bottleneck.ts';
export { slicedWassersteinDistance } from './distance/sliced-wasserstein.ts';
export { type WassersteinOptions, wassersteinDistance } from './distance/wasserstein.ts';
export { TopologyError, type TopologyErrorCode } from './errors.ts';
export { type LoopEvidence, type MergeEvidence, type ShapeEvidence, shapeEvidence } from './evidence.ts';
export { type AlphaOptions, alpha } from './filtrations/alpha.ts';
export { CellComplex } from './filtrations/cell-complex.ts';
export { checkFiltration } from './filtrations/check.ts';
export { CubicalFiltration, type CubicalOptions, cubical } from './filtrations/cubical.ts';
export { type Cell, complexOfCells } from './filtrations/explicit.ts';
export { END, type Filtration, type Incidence, type Sign, START } from './filtrations/filtration.ts';
export { DEFAULT_MEMORY_LIMIT_BYTES, FlagFiltration, type FlagOptions, flagOfGraph } from './filtrations/flag.ts';
export { FlagSimplices } from './filtrations/flag-simplices.ts';
export { flagOfInteractions, type InteractionOptions, type Interactions } from './filtrations/interactions.ts';
export { type LowerStarOptions, lowerStar } from './filtrations/lower-star.ts';
export { type RipsOptions, ripsOfLowerTriangle, ripsOfMatrix, ripsOfPoints } from './filtrations/rips.ts';
export { complexOfSimplices, type Simplex } from './filtrations/simplicial.ts';
export type { WeightedGraph } from './filtrations/weighted-graph.ts';
export type { Cocycle } from './homology/cochain-sum.ts';
export type { Diagram, PersistenceDiagram } from './homology/diagram.ts';
export { DIMENSION_MAX, type Persistence, type PersistenceOptions, persistence } from './homology/persistence.ts';
export {
  type Representative,
  type RepresentativeOptions,
  type Representatives,
  type Ring,
  representatives,
} from './homology/representatives.ts';
export { compareToBaseline, type Moment, momentDistance, type Stability, stability } from './stability.ts';
export { type EdgeChange, StreamingGraph } from './streaming/streaming-graph.ts';
export { type PointChange, StreamingRips, type StreamingRipsOptions } from './streaming/streaming-rips.ts';
export { streamingSignature } from './streaming/streaming-signature.ts';
export { crocker } from './time/crocker.ts';
export { type SegmentationOptions, type Split, segmentation } from './time/segmentation.ts';
export {
  type BaselineOptions,
  type ChangePointOptions,
  changePoints,
  type Departure,
  departures,
} from './time/trailing-baseline.ts';
export { bettiCurve } from './vectorize/betti-curve.ts';
export { persistentEntropy } from './vectorize/entropy.ts';
export { eulerCurve } from './vectorize/euler-curve.ts';
export { evenGrid } from './vectorize/grid.ts';
export { type ImageOptions, persistenceImage } from './vectorize/image.ts';
export { landscape } from './vectorize/landscape.ts';
export { landscapeNorm } from './vectorize/landscape-norm.ts';
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
