import type { FlagFiltration } from '../filtrations/flag.ts';
import type { Diagram } from '../homology/diagram.ts';
import type { Persistence } from '../homology/persistence.ts';
import { bettiCurve } from './betti-curve.ts';
import { persistentEntropy } from './entropy.ts';
import { type Lifespans, lifespans } from './lifespans.ts';

/** A filtration with its persistent homology in dimensions 0 and 1. */
export interface Shape {
  readonly filtration: FlagFiltration;
  readonly persistence: Persistence;
}

/** What a signature reads of the cloud of states, however it came about. Diagrams by dimension, 0 and 1. */
export interface CloudShape {
  readonly diagrams: readonly Diagram[];
  readonly points: number;
  /** Enclosing radius, or the threshold where that is less. */
  readonly radius: number;
  /** Infinity above the threshold. */
  distance(u: number, v: number): number;
  /** The edges of the minimum spanning tree. */
  forEachTreeEdge(visit: (u: number, v: number) => void): void;
}

/** What it reads of the interaction graph on the same vertices. */
export interface GraphShape {
  readonly diagrams: readonly Diagram[];
  readonly edgeCount: number;
  hasEdge(u: number, v: number): boolean;
  forEachEdge(visit: (u: number, v: number) => void): void;
}

/** Where the Betti curves of the state cloud are read: distances in the units of the signals, robust z-scores in AURA. */
export const STATE_SCALES: readonly number[] = [0.25, 0.5, 1, 2, 4, 8, 16, 32];
/** Where those of the interaction graph are read; its values lie in 0 <= value < 1. The last is the graph whole. */
export const GRAPH_SCALES: readonly number[] = [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1];

const STATE_GRID = Float64Array.from(STATE_SCALES);
const GRAPH_GRID = Float64Array.from(GRAPH_SCALES);

/** The bars of one dimension in 7 numbers. Names ending in PerAgent are divided by the number of agents. */
const BAR_ENTRIES = ['barsPerAgent', 'total', 'longest', 'median', 'energy', 'entropy', 'dominance'] as const;

/**
 * The layout of AURA's signature: the name of every entry, in order. Lengths are in the units of the filtration.
 *
 * state.*: the Vietoris-Rips filtration of the agents' states; graph.*: the flag filtration of their interactions; joint.*: of both.
 * - agents: number of agents
 * - radius: enclosing radius of the states
 * - h0/h1.barsPerAgent: bars that die; total, longest, median of their lengths; energy: square root of the sum of squares;
 *   entropy: persistent entropy over its maximum ln(bars), 0 for fewer than two bars; dominance: longest / total, 0 for no bar
 * - h1.midlife: (birth + death) / 2 of the longest bar; h1.roundness: 1 - birth / death of the longest bar, 0..1
 * - h0/h1.betti.S: live bars at scale S per agent
 * - graph.density: edges over pairs; graph.components and graph.openLoops: bars that never die in h0 and h1, per agent
 * - graph.lone: share of agents without an interaction
 * - joint.stretch: mean state distance of interacting pairs, cut off at the radius, over the radius; 0 without pairs
 * - joint.shared: share of the edges of the states' minimum spanning tree that are interactions
 */
export const SIGNATURE_LAYOUT: readonly string[] = [
  'state.agents',
  'state.radius',
  ...BAR_ENTRIES.map((entry) => `state.h0.${entry}`),
  ...STATE_SCALES.map((scale) => `state.h0.betti.${scale}`),
  ...BAR_ENTRIES.map((entry) => `state.h1.${entry}`),
  'state.h1.midlife',
  'state.h1.roundness',
  ...STATE_SCALES.map((scale) => `state.h1.betti.${scale}`),
  'graph.density',
  'graph.components',
  'graph.openLoops',
  'graph.lone',
  ...BAR_ENTRIES.map((entry) => `graph.h0.${entry}`),
  ...GRAPH_SCALES.map((scale) => `graph.h0.betti.${scale}`),
  ...BAR_ENTRIES.map((entry) => `graph.h1.${entry}`),
  ...GRAPH_SCALES.map((scale) => `graph.h1.betti.${scale}`),
  'joint.stretch',
  'joint.shared',
];

/** Number of entries of a signature. */
export const SIGNATURE_LENGTH = SIGNATURE_LAYOUT.length;

/**
 * The fixed-length vector that stands for the shape of a cell: SIGNATURE_LENGTH finite numbers, laid out as SIGNATURE_LAYOUT says. Both
 * shapes have the same vertices. It does not depend on the order of the agents, except joint.shared where distances tie.
 */
export function signature(state: Shape, graph: Shape): Float64Array {
  return signatureOf(cloudOf(state), graphOf(graph));
}

/** The same of shapes that are kept up to date rather than computed afresh; see streaming/. */
export function signatureOf(cloud: CloudShape, graph: GraphShape): Float64Array {
  const agents = cloud.points;
  const entries = new Entries(agents);
  entries.put(agents);
  entries.put(cloud.radius);
  entries.putBars(cloud.diagrams[0]);
  entries.putBetti(cloud.diagrams[0], STATE_GRID);
  const loops = entries.putBars(cloud.diagrams[1]);
  const { births, deaths } = cloud.diagrams[1];
  const bar = loops.longestBar;
  entries.put(bar < 0 ? 0 : (births[bar] + deaths[bar]) / 2);
  entries.put(bar < 0 ? 0 : 1 - births[bar] / deaths[bar]);
  entries.putBetti(cloud.diagrams[1], STATE_GRID);

  entries.put(agents < 2 ? 0 : graph.edgeCount / ((agents * (agents - 1)) / 2));
  entries.put(essential(graph.diagrams[0]) / agents);
  entries.put(essential(graph.diagrams[1]) / agents);
  entries.put(loneAgents(graph, agents) / agents);
  entries.putBars(graph.diagrams[0]);
  entries.putBetti(graph.diagrams[0], GRAPH_GRID);
  entries.putBars(graph.diagrams[1]);
  entries.putBetti(graph.diagrams[1], GRAPH_GRID);
  entries.put(stretch(cloud, graph));
  entries.put(sharedTree(cloud, graph));
  return entries.values;
}

function cloudOf({ filtration, persistence: { diagrams, forest } }: Shape): CloudShape {
  return {
    diagrams,
    points: filtration.vertexCount,
    radius: filtration.threshold,
    distance: (u, v) => filtration.valueBetween(u, v),
    forEachTreeEdge: (visit) => {
      for (let k = 0; k < forest.length; k++) visit(filtration.edgeTail(forest[k]), filtration.edgeHead(forest[k]));
    },
  };
}

function graphOf({ filtration, persistence: { diagrams } }: Shape): GraphShape {
  return {
    diagrams,
    edgeCount: filtration.edgeCount,
    hasEdge: (u, v) => filtration.hasEdge(u, v),
    forEachEdge: (visit) => {
      const { tails, heads } = filtration.rankedEdges();
      for (let edge = 0; edge < tails.length; edge++) visit(tails[edge], heads[edge]);
    },
  };
}

class Entries {
  readonly values = new Float64Array(SIGNATURE_LENGTH);
  readonly #agents: number;
  #next = 0;

  constructor(agents: number) {
    this.#agents = agents;
  }

  put(value: number): void {
    this.values[this.#next++] = value;
  }

  putBars(diagram: Diagram): Lifespans {
    const spans = lifespans(diagram);
    this.put(spans.count / this.#agents);
    this.put(spans.total);
    this.put(spans.longest);
    this.put(spans.median);
    this.put(spans.energy);
    this.put(spans.count < 2 ? 0 : persistentEntropy(diagram) / Math.log(spans.count));
    this.put(spans.count === 0 ? 0 : spans.longest / spans.total);
    return spans;
  }

  putBetti(diagram: Diagram, scales: Float64Array): void {
    const curve = bettiCurve(diagram, scales);
    for (let s = 0; s < curve.length; s++) this.put(curve[s] / this.#agents);
  }
}

function essential({ deaths }: Diagram): number {
  let count = 0;
  for (const death of deaths) if (death === Number.POSITIVE_INFINITY) count += 1;
  return count;
}

function loneAgents(graph: GraphShape, agents: number): number {
  const isLone = new Uint8Array(agents).fill(1);
  graph.forEachEdge((u, v) => {
    isLone[u] = 0;
    isLone[v] = 0;
  });
  let count = 0;
  for (let v = 0; v < agents; v++) count += isLone[v];
  return count;
}

function stretch(cloud: CloudShape, graph: GraphShape): number {
  const { radius } = cloud;
  if (graph.edgeCount === 0 || radius === 0) return 0;
  const lengths = new Float64Array(graph.edgeCount);
  let edges = 0;
  graph.forEachEdge((u, v) => {
    lengths[edges++] = Math.min(cloud.distance(u, v), radius);
  });
  // Added up from the shortest, so that the last bits depend on no order of the edges.
  lengths.sort();
  let sum = 0;
  for (let k = 0; k < edges; k++) sum += lengths[k];
  return sum / edges / radius;
}

function sharedTree(cloud: CloudShape, graph: GraphShape): number {
  let edges = 0;
  let shared = 0;
  cloud.forEachTreeEdge((u, v) => {
    edges += 1;
    if (graph.hasEdge(u, v)) shared += 1;
  });
  return edges === 0 ? 0 : shared / edges;
}
