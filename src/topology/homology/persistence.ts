import { TopologyError } from '../errors.ts';
import { collapseEdges, collapsibleShare } from '../filtrations/collapse.ts';
import type { EdgeFiltration, Filtration } from '../filtrations/filtration.ts';
import { DEFAULT_MEMORY_LIMIT_BYTES, FlagFiltration } from '../filtrations/flag.ts';
import { FlagSimplices, refuseLongNames } from '../filtrations/flag-simplices.ts';
import type { RankedEdges } from '../filtrations/ranked-edges.ts';
import { hasKernels } from '../wasm/kernel.ts';
import type { Cocycle } from './cochain-sum.ts';
import { type CohomologyOptions, cohomology } from './cohomology.ts';
import { connectedComponents } from './components.ts';
import { DiagramBuilder, type OnBar, type PersistenceDiagram } from './diagram.ts';
import { barsOfFew, componentsOfFew, loopsOfFew } from './few-vertices.ts';
import { fitsFlagKernel, flagCohomology, flagKernelBytes } from './flag-kernel.ts';
import { loops } from './loops.ts';
import { checkModulus } from './prime-field.ts';

export interface PersistenceOptions {
  /** Highest dimension of homology: 0..DIMENSION_MAX, and below the filtration's own dimension. Default 1. */
  readonly maxDimension?: number;
  /** Homology is taken over Z/modulus, a prime of at most 65,521. Default 2, by far the fastest. */
  readonly modulus?: number;
  /** Also give a cocycle for each bar of dimension 1 and more. */
  readonly cocycles?: boolean;
  /** Receives every bar with length while the computation goes on, dimension by dimension, in no particular order. */
  readonly onBar?: (dimension: number, birth: number, death: number) => void;
  /** Refuse rather than use more than about this. Default DEFAULT_MEMORY_LIMIT_BYTES. */
  readonly memoryLimitBytes?: number;
  /**
   * Whether to collapse the edges of a flag complex first, which keeps the diagrams but not the cells; only from maxDimension 2 on, or over
   * another field than Z/2. 'auto' (default): if a sample of edges says that it pays, and no cocycles are asked for.
   */
  readonly collapse?: 'auto' | 'always' | 'never';
  /**
   * 'typescript' leaves the WebAssembly kernel aside, to the same diagrams; and to the same cells, unless `collapse` is 'auto' and pays for one
   * of the two alone. Default 'fastest'.
   */
  readonly engine?: 'fastest' | 'typescript';
}

/** Persistent homology over a prime field. */
export interface Persistence {
  /** By dimension, 0 first. */
  readonly diagrams: readonly PersistenceDiagram[];
  /** The ranks of the edges that merge two components, ascending: a minimum spanning forest. */
  readonly forest: Int32Array;
  /** By dimension, for each bar of its diagram a cocycle; empty in dimension 0, and everywhere unless asked for. */
  readonly cocycles: readonly (readonly Cocycle[])[];
  /** Where edges were collapsed, what is left: cells of dimension 1 and more are those of this flag complex (see FlagSimplices). */
  readonly collapsed?: RankedEdges;
}

/** The highest dimension of homology that is computed. */
export const DIMENSION_MAX = 8;

/** Of the edges so large a share must go. Measured on uniform points (0.78 to 0.91), o3_1024 up to 1.4 (0.45), where it is even, and sphere_3_192 (0.02). */
const COLLAPSE_FROM_SHARE = 0.6;
const COLLAPSE_FROM_SHARE_IN_TYPESCRIPT = 0.3;

/**
 * The persistent homology of a filtration: exact, and the same for the same input on every run.
 *
 * A flag filtration names its cells up to dimension 2 itself; above that, and for their vertices, see FlagSimplices.
 *
 * @throws TopologyError TOPOLOGY_BAD_DIMENSION, TOPOLOGY_BAD_MODULUS, TOPOLOGY_TOO_LARGE
 */
export function persistence(filtration: FlagFiltration | Filtration, options: PersistenceOptions = {}): Persistence {
  const { maxDimension = 1, modulus = 2, memoryLimitBytes = DEFAULT_MEMORY_LIMIT_BYTES } = options;
  checkDimension(filtration, maxDimension);
  checkModulus(modulus);
  const collector = new Collector(maxDimension, options);
  const request = collector.request({ maxDimension, modulus, memoryLimitBytes });
  const bars = filtration instanceof FlagFiltration && suitsFew(options) ? barsOfFew(filtration) : undefined;
  if (filtration instanceof FlagFiltration && bars !== undefined) {
    componentsOfFew(filtration, bars, request.onBar);
    loopsOfFew(filtration, bars, request.onBar);
    return collector.result(bars.forest);
  }
  const forest = collector.components(filtration);
  if (maxDimension === 0) return collector.result(forest);
  if (!(filtration instanceof FlagFiltration)) cohomology(filtration, forest, request);
  else if (maxDimension === 1 && modulus === 2) flagLoops(filtration, forest, request);
  else {
    filtration.rankAll();
    if (!collapsePays(filtration, options)) flagHigher(filtration, forest, request, options);
    else {
      const collapsed = collapseEdges(filtration, options);
      flagHigher(
        collapsed,
        connectedComponents(collapsed, () => {}),
        request,
        options,
      );
      return { ...collector.result(forest), collapsed };
    }
  }
  return collector.result(forest);
}

/** The kernel for few vertices knows dimensions 0 and 1 over Z/2, and no cocycles. */
function suitsFew({ maxDimension = 1, modulus = 2, cocycles = false, engine }: PersistenceOptions): boolean {
  return maxDimension === 1 && modulus === 2 && !cocycles && engine !== 'typescript';
}

/**
 * The kernel passes over what a collapse would take away nearly as fast as the collapse itself does, so that most edges have to go for it to
 * pay; the TypeScript version gains much earlier.
 */
function collapsePays(filtration: FlagFiltration, options: PersistenceOptions): boolean {
  const { collapse = 'auto', cocycles = false } = options;
  if (collapse !== 'auto') return collapse === 'always';
  if (cocycles) return false;
  const share = collapsibleShare(filtration, options);
  return share >= (usesKernel(filtration, options) ? COLLAPSE_FROM_SHARE : COLLAPSE_FROM_SHARE_IN_TYPESCRIPT);
}

function usesKernel(edges: EdgeFiltration, { maxDimension = 1, engine }: PersistenceOptions): boolean {
  return engine !== 'typescript' && hasKernels() && fitsFlagKernel(edges, maxDimension);
}

/** Dimension 1 of a flag complex over Z/2. */
function flagLoops(filtration: FlagFiltration, forest: Int32Array, { onBar, onCocycle }: CohomologyOptions): void {
  let latest: Int32Array = new Int32Array(0);
  loops(
    filtration,
    forest,
    (birth, death, birthCell, deathCell) => {
      if (birth === death) return;
      onCocycle?.({ cells: Float64Array.from(latest), coefficients: new Int32Array(latest.length).fill(1) });
      onBar(1, birth, death, birthCell, deathCell);
    },
    onCocycle === undefined
      ? {}
      : {
          onCocycle: (edges) => {
            latest = edges;
          },
        },
  );
}

/** All dimensions of a flag complex, and all moduli. */
function flagHigher(
  edges: EdgeFiltration,
  forest: Int32Array,
  request: CohomologyOptions,
  options: PersistenceOptions,
): void {
  refuseLongNames(edges, request.maxDimension + 1);
  if (usesKernel(edges, options)) {
    refuseBytes(flagKernelBytes(edges.vertexCount, edges.edgeCount), request.memoryLimitBytes);
    flagCohomology(edges, forest, request);
  } else cohomology(new FlagSimplices(edges, request.maxDimension + 1), forest, request);
}

/** Receives bars as they are found, in whatever order, and makes diagrams of them. */
class Collector {
  readonly #builders: readonly DiagramBuilder[];
  readonly #cocycles: Cocycle[][];
  readonly #options: PersistenceOptions;

  constructor(maxDimension: number, options: PersistenceOptions) {
    this.#builders = Array.from({ length: maxDimension + 1 }, (_, dimension) => new DiagramBuilder(dimension));
    this.#cocycles = this.#builders.map(() => []);
    this.#options = options;
  }

  components(filtration: EdgeFiltration): Int32Array {
    const { onBar } = this.#options;
    const add: OnBar = (birth, death, birthCell, deathCell) => {
      if (this.#builders[0].add(birth, death, birthCell, deathCell)) onBar?.(0, birth, death);
    };
    return connectedComponents(
      filtration,
      add,
      filtration instanceof FlagFiltration ? filtration.openEdges() : undefined,
    );
  }

  request(field: Pick<CohomologyOptions, 'maxDimension' | 'modulus' | 'memoryLimitBytes'>): CohomologyOptions {
    const { onBar } = this.#options;
    const take: CohomologyOptions['onBar'] = (dimension, birth, death, birthCell, deathCell) => {
      if (this.#builders[dimension].add(birth, death, birthCell, deathCell)) onBar?.(dimension, birth, death);
    };
    if (this.#options.cocycles !== true) return { ...field, onBar: take };
    let latest: Cocycle | undefined;
    return {
      ...field,
      onBar: (dimension, ...bar) => {
        take(dimension, ...bar);
        if (latest !== undefined) this.#cocycles[dimension].push(latest);
      },
      onCocycle: (cocycle) => {
        latest = cocycle;
      },
    };
  }

  result(forest: Int32Array): Persistence {
    const built = this.#builders.map((builder) => builder.build());
    const cocycles = built.map(({ order }, dimension) => {
      const found = this.#cocycles[dimension];
      return found.length === 0 ? [] : Array.from(order, (k) => found[k]);
    });
    return { diagrams: built.map(({ diagram }) => diagram), forest, cocycles };
  }
}

function checkDimension(filtration: FlagFiltration | Filtration, maxDimension: number): void {
  const most = filtration instanceof FlagFiltration ? DIMENSION_MAX : Math.min(DIMENSION_MAX, filtration.dimension - 1);
  if (Number.isInteger(maxDimension) && maxDimension >= 0 && maxDimension <= most) return;
  throw new TopologyError('TOPOLOGY_BAD_DIMENSION', 'highest dimension', maxDimension, `0..${most}`);
}

function refuseBytes(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const valid = `at most ${limit}; raise memoryLimitBytes or lower the threshold`;
  throw new TopologyError('TOPOLOGY_TOO_LARGE', 'estimated bytes of the reduction', bytes, valid);
}
