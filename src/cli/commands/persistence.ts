/** `aura persistence`: the persistent homology of a file of points or distances. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseLowerDistance } from '../../topology/formats/lower-distance.ts';
import { parseLowerDistanceBinary } from '../../topology/formats/lower-distance-binary.ts';
import { parsePointCloud, singlePrecisionDistances } from '../../topology/formats/point-cloud.ts';
import { parseSparse } from '../../topology/formats/sparse.ts';
import {
  DEFAULT_MEMORY_LIMIT_BYTES,
  DIMENSION_MAX,
  type FlagFiltration,
  flagOfGraph,
  type Persistence,
  persistence,
  type Representative,
  representatives,
  ripsOfLowerTriangle,
  type WeightedGraph,
} from '../../topology/index.ts';
import { barcode } from '../barcode.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type CommonOptions,
  examples,
  type Json,
  wholeNumber,
  withJson,
} from '../command.ts';
import { CliError, messageOf } from '../errors.ts';

const FORMATS = ['point-cloud', 'lower-distance', 'ldm-bin', 'sparse'] as const;
type Format = (typeof FORMATS)[number];

interface PersistenceCommandOptions extends CommonOptions {
  readonly format: Format;
  readonly dim: number;
  readonly threshold?: number;
  readonly modulus: number;
  readonly representatives?: boolean;
  readonly threads: number;
  /** In MiB. */
  readonly memory: number;
}

/** What is in memory before the clock starts. */
type Input =
  | { readonly kind: 'distances'; readonly count: number; readonly lower: Float64Array }
  | { readonly kind: 'graph'; readonly count: number; readonly graph: WeightedGraph };

interface Timed {
  readonly result: Persistence;
  readonly computeMs: number;
}

/** The input is computed again and again, so that the time told is not that of a cold program: at least so often and so long, ... */
const RUNS_MIN = 5;
const WARM_UP_MS = 600;
/** ... but no more often, and not once it has taken so long that being cold at first makes no difference. */
const RUNS_MAX = 2000;
const LONG_MS = 4000;
const PROGRESS_EVERY_MS = 2000;
const BARS_SHOWN = 12;
const MIB = 2 ** 20;
const MEMORY_MIB_MAX = 2 ** 20;

export function configure(command: Command, act: Act): void {
  withJson(command)
    .description(
      'Compute the persistent homology of points or distances, exactly: the bars of the Vietoris-Rips filtration in each dimension. ' +
        'Files are those that Ripser reads, in single precision as there; so the bars are equal to its bars.',
    )
    .argument('<file>', 'points or distances; - is standard input')
    .addOption(
      new Option('--format <format>', 'what the file holds, see below').choices(FORMATS).default('point-cloud'),
    )
    .option('--dim <dimension>', 'highest dimension of homology', wholeNumber(0, DIMENSION_MAX), 1)
    .option('--threshold <distance>', 'the largest scale of interest', scale)
    .option('--modulus <prime>', 'coefficients modulo this prime', wholeNumber(2, 65_521), 2)
    .option('--representatives', 'also name the simplices behind each bar of dimension 1 and more')
    .option('--threads <number>', 'worker threads; sparse input is computed on one', wholeNumber(1, 256), 1)
    .option(
      '--memory <MiB>',
      'refuse what would take more, of the distances, the edges and the reduction each',
      wholeNumber(1, MEMORY_MIB_MAX),
      DEFAULT_MEMORY_LIMIT_BYTES / MIB,
    )
    .addHelpText(
      'after',
      [
        '',
        'Formats:',
        '  point-cloud     one point a line, coordinates separated by commas or blanks',
        '  lower-distance  the lower triangle of the distance matrix: one value, then two, ...',
        '  ldm-bin         the same row by row as little-endian float32 (ripser --format binary)',
        '  sparse          lines "i j d", points counted from 0; pairs not listed are never joined',
        '',
        'The JSON is {"points":N,"computeMs":x,"bars":{"0":[[birth,death],...],"1":...}}: bars of no length are left out, a bar',
        'without end has null for its death, and computeMs runs from the distances in memory to the bars, warm. --representatives',
        'adds "representatives":{"1":[{"cocycle":[[[u,v],coefficient],...],"ring":[v,...],"ringIsOfClass":true},...]}, in the order of',
        'the bars: a ring goes through the edge that creates the bar, and is filled just when the bar dies if it is of its class.',
        examples(
          ['aura persistence points.txt', 'components and loops of a point cloud, drawn'],
          ['aura persistence points.txt --dim 2 --threshold 1.5 --json', 'voids too, up to a scale, for a program'],
          ['aura persistence matrix.bin --format ldm-bin --representatives --json', 'with the points around each loop'],
        ),
      ].join('\n'),
    )
    .action(act(compute));
}

async function compute(context: CommandContext, options: PersistenceCommandOptions, file: string): Promise<Answer> {
  const input = parsed(await readSource(context, file), options);
  const { result, computeMs } = await withEngine(context, input, options, timed);
  const named = options.representatives === true ? representativesOf(input, options) : undefined;
  const { style } = context.io;
  const width = context.io.terminal()?.columns ?? 80;
  return {
    json: {
      points: input.count,
      computeMs,
      bars: byDimension(result.diagrams, ({ births, deaths }) =>
        Array.from(births, (birth, k): Json => [birth, deaths[k] === Number.POSITIVE_INFINITY ? null : deaths[k]]),
      ),
      ...(named === undefined ? {} : { representatives: byDimension(named, (bars) => bars.map(representativeJson)) }),
    },
    text: [
      `${style.bold(file === '-' ? 'standard input' : basename(file))}  ${told(input, options, computeMs)}`,
      ...barcode(result.diagrams, {
        width,
        most: BARS_SHOWN,
        style,
        noteOf: (dimension, bar) => ringInWords(named?.[dimension][bar]),
      }),
    ],
  };
}

function byDimension<T>(values: readonly T[], json: (value: T) => Json): { readonly [dimension: string]: Json } {
  return Object.fromEntries(values.map((value, dimension) => [String(dimension), json(value)]));
}

function told({ count }: Input, { threshold, modulus }: PersistenceCommandOptions, computeMs: number): string {
  const scale = threshold === undefined ? '' : ` up to ${threshold}`;
  const field = modulus === 2 ? '' : `, modulo ${modulus}`;
  return `${count} ${count === 1 ? 'point' : 'points'}${scale}${field}: ${Number(computeMs.toPrecision(3))} ms`;
}

/** Computes once, telling of each bar where it can. */
type Run = (onBar: (dimension: number) => void) => Promise<Persistence>;

async function withEngine<T>(
  context: CommandContext,
  input: Input,
  options: PersistenceCommandOptions,
  use: (context: CommandContext, run: Run) => Promise<T>,
): Promise<T> {
  const { dim: maxDimension, modulus, threads } = options;
  const { memoryLimitBytes } = limitsOf(options);
  // A sparse graph is computed on one thread; the pool's jobs are made for distance matrices.
  if (threads === 1 || input.kind === 'graph') {
    return await use(context, async (onBar) =>
      persistence(filtrationOf(input, options), { maxDimension, modulus, memoryLimitBytes, onBar }),
    );
  }
  const { openWorkerPool } = await import('../../compute/worker-pool/worker-pool.ts');
  const { persistenceInParallel, shared, topologyProgram } = await import('../../topology/parallel/index.ts');
  const pool = await openWorkerPool(topologyProgram, { threads });
  try {
    const lower = shared(input.lower);
    const parallelOptions = { maxDimension, modulus, ...limitsOf(options) };
    return await use(context, () => persistenceInParallel(pool, lower, input.count, parallelOptions));
  } finally {
    await pool.close();
  }
}

/** The time told is the median of the later half of the runs. */
async function timed(context: CommandContext, run: Run): Promise<Timed> {
  const runs: number[] = [];
  const began = performance.now();
  for (;;) {
    const start = performance.now();
    const result = await run(progress(context, start));
    const end = performance.now();
    runs.push(end - start);
    const isWarm = runs.length >= RUNS_MIN && (end - began >= WARM_UP_MS || runs.length >= RUNS_MAX);
    if (!isWarm && end - began < LONG_MS) continue;
    const warm = runs.slice(runs.length >> 1).sort((a, b) => a - b);
    return { result, computeMs: Number(warm[warm.length >> 1].toFixed(4)) };
  }
}

function filtrationOf(input: Input, options: PersistenceCommandOptions): FlagFiltration {
  return input.kind === 'graph'
    ? flagOfGraph(input.graph, limitsOf(options))
    : ripsOfLowerTriangle(input.lower, input.count, limitsOf(options));
}

function limitsOf({ threshold, memory }: PersistenceCommandOptions) {
  return { memoryLimitBytes: memory * MIB, ...(threshold === undefined ? {} : { threshold }) };
}

function representativesOf(input: Input, options: PersistenceCommandOptions): readonly (readonly Representative[])[] {
  const { dim: maxDimension, modulus } = options;
  const { memoryLimitBytes } = limitsOf(options);
  return representatives(filtrationOf(input, options), { maxDimension, modulus, memoryLimitBytes }).bars;
}

function representativeJson({ cocycle, ring }: Representative): Json {
  const simplices = cocycle.simplices.map((vertices, k): Json => [vertices, cocycle.coefficients[k]]);
  return {
    cocycle: simplices,
    ...(ring === undefined ? {} : { ring: Array.from(ring.vertices), ringIsOfClass: ring.isOfClass }),
  };
}

function ringInWords(representative: Representative | undefined): string {
  const ring = representative?.ring;
  if (ring === undefined) return '';
  return `ring of ${ring.vertices.length}${ring.isOfClass ? '' : ', around an older hole too'}: ${ring.vertices.join(' ')}`;
}

/** Tells on standard error how far a long computation has come. */
function progress({ io }: CommandContext, start: number): (dimension: number) => void {
  let bars = 0;
  let toldDimension = 0;
  let toldAt = start;
  return (dimension) => {
    if (dimension !== toldDimension) {
      toldDimension = dimension;
      bars = 0;
    }
    bars += 1;
    const now = performance.now();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    io.err(
      `${io.errStyle.dim(`bars of dimension ${dimension} so far: ${bars}, after ${((now - start) / 1000).toFixed(0)} s`)}\n`,
    );
  };
}

function parsed(bytes: Uint8Array, options: PersistenceCommandOptions): Input {
  switch (options.format) {
    case 'point-cloud': {
      const distances = singlePrecisionDistances(parsePointCloud(bytes), limitsOf(options).memoryLimitBytes);
      return { kind: 'distances', ...distances };
    }
    case 'lower-distance':
      return { kind: 'distances', ...parseLowerDistance(bytes) };
    case 'ldm-bin':
      return { kind: 'distances', ...parseLowerDistanceBinary(bytes) };
    case 'sparse': {
      const graph = parseSparse(bytes);
      return { kind: 'graph', count: graph.vertexCount, graph };
    }
  }
}

async function readSource({ io }: CommandContext, source: string): Promise<Uint8Array> {
  if (source === '-') return await io.readInput();
  try {
    return await readFile(source);
  } catch (cause) {
    throw new CliError('file-unreadable', `cannot read ${source}: ${messageOf(cause)}`, '', { cause });
  }
}

function scale(text: string): number {
  const value = /^\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0) return value;
  throw new InvalidArgumentError('Valid is a number of at least 0.');
}
