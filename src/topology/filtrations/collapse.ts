import { TopologyError } from '../errors.ts';
import { WASM_BASE64 } from '../wasm/edge-collapse.wasm.ts';
import { hasKernels, runKernel } from '../wasm/kernel.ts';
import type { EdgeFiltration } from './filtration.ts';
import { RankedEdges } from './ranked-edges.ts';

/** Later than any time: the pair is no edge. */
const NEVER = 0x7fffffff;
/** Edges looked at to tell how many would go. */
const SAMPLE = 64;
/** Vertices up to which a matrix of times is kept. */
const VERTICES_MAX = 4096;
const MEMORY_LIMIT_BYTES = 2 ** 31;

export interface CollapseOptions {
  readonly memoryLimitBytes?: number;
  /** 'typescript' leaves the WebAssembly kernel aside, to the same result. Default 'fastest'. */
  readonly engine?: 'fastest' | 'typescript';
}

/**
 * A flag filtration with fewer edges and the same persistent homology in every dimension (Boissonnat & Pritam 2020; Glisse & Pritam 2022).
 *
 * An edge is dominated while some vertex is joined to both of its ends and to all other vertices that are. Whether a dominated edge is
 * there or not does not change the homotopy type, so it may come in as late as it stops being dominated, and where it never does not at all. Edges are taken from
 * last to first. Times are the distinct values, so edges that tie come together.
 *
 * @param edges of a flag complex
 * @throws TopologyError TOPOLOGY_TOO_LARGE for more than 4,096 vertices, as a matrix of times is kept, or beyond the memory limit
 */
export function collapseEdges(edges: EdgeFiltration, options: CollapseOptions = {}): RankedEdges {
  if (edges.vertexCount > VERTICES_MAX) {
    const valid = `at most ${VERTICES_MAX}`;
    throw new TopologyError('TOPOLOGY_TOO_LARGE', 'number of vertices to collapse edges of', edges.vertexCount, valid);
  }
  const { times, values } = timesOf(edges);
  withGraph(edges, times, options, (graph) => graph.collapse());
  const kept = new Int32Array(edges.edgeCount).map((_, edge) => edge).filter((edge) => times[edge] !== NEVER);
  kept.sort((a, b) => times[a] - times[b] || a - b);
  return new RankedEdges(
    Float64Array.from({ length: edges.vertexCount }, (_, vertex) => edges.vertexValue(vertex)),
    kept.map((edge) => edges.edgeTail(edge)),
    kept.map((edge) => edges.edgeHead(edge)),
    Float64Array.from(kept, (edge) => values[times[edge]]),
    edges.threshold,
  );
}

/**
 * About which share of the edges a collapse would take away, 0..1, judged by a sample of them in the graph as it is. 0 if it cannot be done.
 */
export function collapsibleShare(edges: EdgeFiltration, options: CollapseOptions = {}): number {
  const { edgeCount } = edges;
  if (edgeCount < SAMPLE || edges.vertexCount > VERTICES_MAX) return 0;
  let gone = 0;
  withGraph(edges, timesOf(edges).times, options, (graph) => {
    for (let k = 0; k < SAMPLE; k++) {
      if (graph.undominatedFrom(Math.floor(((k + 0.5) * edgeCount) / SAMPLE)) === NEVER) gone += 1;
    }
  });
  return gone / SAMPLE;
}

/** By edge a time 0, 1, ..., and by time the value that it stands for. */
function timesOf(edges: EdgeFiltration): { readonly times: Int32Array; readonly values: readonly number[] } {
  const times = new Int32Array(edges.edgeCount);
  const values: number[] = [];
  for (let edge = 0; edge < edges.edgeCount; edge++) {
    const value = edges.edgeValue(edge);
    if (values[values.length - 1] !== value) values.push(value);
    times[edge] = values.length - 1;
  }
  return { times, values };
}

/** A graph whose pairs are joined at times, in the kernel or here. */
interface DominationGraph {
  /** The first time from its own on at which an edge is not dominated, or NEVER. */
  undominatedFrom(edge: number): number;
  /** Replaces the times of the edges, last to first, by those. */
  collapse(): void;
}

function withGraph(
  edges: EdgeFiltration,
  times: Int32Array,
  { engine, memoryLimitBytes = MEMORY_LIMIT_BYTES }: CollapseOptions,
  run: (graph: DominationGraph) => void,
): void {
  if (engine === 'typescript' || !hasKernels()) {
    run(new TimedGraph(edges, times));
    return;
  }
  runKernel<CollapseKernel>(WASM_BASE64, memoryLimitBytes, (kernel, memory) => {
    const { edgeCount } = edges;
    kernel.allocate(edges.vertexCount, edgeCount);
    const tails = new Int32Array(memory.buffer, kernel.tailsAt(), edgeCount);
    const heads = new Int32Array(memory.buffer, kernel.headsAt(), edgeCount);
    for (let edge = 0; edge < edgeCount; edge++) {
      tails[edge] = edges.edgeTail(edge);
      heads[edge] = edges.edgeHead(edge);
    }
    const inKernel = new Int32Array(memory.buffer, kernel.timesAt(), edgeCount);
    inKernel.set(times);
    kernel.build();
    run(kernel);
    times.set(inKernel);
  });
}

/** What src/topology/wasm/edge-collapse.as exports; addresses are bytes from the start of its memory. */
interface CollapseKernel extends DominationGraph {
  allocate(vertexCount: number, edgeCount: number): void;
  tailsAt(): number;
  headsAt(): number;
  timesAt(): number;
  build(): void;
}

/** The same in TypeScript. */
class TimedGraph implements DominationGraph {
  readonly #edges: EdgeFiltration;
  readonly #edgeTimes: Int32Array;
  readonly #count: number;
  /** When each pair is joined. */
  readonly #times: Int32Array;
  /** By vertex: when it is joined to both ends of the edge in hand. */
  readonly #joined: Int32Array;
  readonly #lune: Int32Array;

  constructor(edges: EdgeFiltration, times: Int32Array) {
    const n = edges.vertexCount;
    this.#edges = edges;
    this.#edgeTimes = times;
    this.#count = n;
    this.#times = new Int32Array(n * n).fill(NEVER);
    this.#joined = new Int32Array(n);
    this.#lune = new Int32Array(n);
    for (let edge = 0; edge < edges.edgeCount; edge++) this.#move(edge, times[edge]);
  }

  collapse(): void {
    for (let edge = this.#edges.edgeCount - 1; edge >= 0; edge--) {
      const time = this.undominatedFrom(edge);
      this.#edgeTimes[edge] = time;
      this.#move(edge, time);
    }
  }

  undominatedFrom(edge: number): number {
    const n = this.#count;
    const u = this.#edges.edgeTail(edge);
    const v = this.#edges.edgeHead(edge);
    for (let x = 0; x < n; x++) {
      this.#joined[x] = Math.max(this.#times[u * n + x], this.#times[v * n + x]);
    }
    let time = this.#edgeTimes[edge];
    for (;;) {
      const next = this.#dominatedUntil(time);
      if (next === time || next === NEVER) return next;
      time = next;
    }
  }

  #move(edge: number, time: number): void {
    const u = this.#edges.edgeTail(edge);
    const v = this.#edges.edgeHead(edge);
    this.#times[u * this.#count + v] = time;
    this.#times[v * this.#count + u] = time;
  }

  /** How long some vertex that dominates at `time` goes on to, or `time` if none does. */
  #dominatedUntil(time: number): number {
    const joined = this.#joined;
    const lune = this.#lune;
    let size = 0;
    for (let x = 0; x < this.#count; x++) if (joined[x] <= time) lune[size++] = x;
    for (let k = 0; k < size; k++) {
      if (!this.#dominates(lune[k], size, time)) continue;
      return this.#failsAt(lune[k], time);
    }
    return time;
  }

  #dominates(w: number, size: number, time: number): boolean {
    const row = w * this.#count;
    for (let k = 0; k < size; k++) {
      if (this.#times[row + this.#lune[k]] > time && this.#lune[k] !== w) return false;
    }
    return true;
  }

  /** When a vertex is joined to both ends that w is not joined to by then. */
  #failsAt(w: number, time: number): number {
    const times = this.#times;
    const joined = this.#joined;
    const row = w * this.#count;
    let earliest = NEVER;
    for (let x = 0; x < this.#count; x++) {
      const from = joined[x];
      if (from > time && from < earliest && times[row + x] > from) earliest = from;
    }
    return earliest;
  }
}
