/**
 * Issues in the format of PetShop (Hardt et al., CLeaR 2024, arXiv 2311.04806): a folder by traffic scenario, each with `graph.csv` (who calls whom),
 * `noissue_metrics.csv` (a normal run; may be missing) and issues in folders of their own, anywhere below, with `metrics.csv` and `target.json`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { ReplayError } from '../../replay/errors.ts';

/** One measured quantity over time. */
export interface Series {
  readonly node: string;
  /** latency (s), availability (%) or requests (a window). */
  readonly metric: string;
  /** Average, Sum, p50, ... */
  readonly statistic: string;
  /** By row of `times`; null where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export interface Metrics {
  /** Unix seconds at which the windows begin, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
}

export interface Issue {
  readonly scenario: string;
  /** The issue's folder below its scenario. */
  readonly name: string;
  /** Where trouble was noticed. */
  readonly target: { readonly node: string; readonly metric: string; readonly timestamp: number };
  /** Null where the file does not say. */
  readonly rootCause: string | null;
  readonly metrics: Metrics;
}

export interface Scenario {
  readonly name: string;
  readonly nodes: readonly string[];
  /** Callees by caller. */
  readonly calls: ReadonlyMap<string, readonly string[]>;
  readonly normal: Metrics | null;
  readonly issues: readonly Issue[];
}

const targetFile = z.object({
  target: z.object({ node: z.string(), metric: z.string(), timestamp: z.number() }),
  root_cause: z.object({ node: z.string() }).nullish(),
});

/** Throws ReplayError data-missing, data-unreadable or data-malformed. */
export async function readPetshop(folder: string): Promise<readonly Scenario[]> {
  const paths = (await listed(folder)).toSorted();
  const scenarios: Scenario[] = [];
  for (const graph of paths.filter((path) => /^graph\.csv(\.gz)?$/.test(basename(path)))) {
    const home = dirname(graph);
    const inside = home === '.' ? paths : paths.filter((path) => path.startsWith(`${home}/`));
    const normal = inside.find(
      (path) => dirname(path) === home && /^noissue_metrics\.csv(\.gz)?$/.test(basename(path)),
    );
    const issues: Issue[] = [];
    for (const target of inside.filter((path) => basename(path) === 'target.json')) {
      const issue = dirname(target);
      const metrics = inside.find((path) => dirname(path) === issue && /^metrics\.csv(\.gz)?$/.test(basename(path)));
      if (metrics === undefined) throw new ReplayError('data-malformed', `${join(folder, issue)} holds no metrics.csv`);
      const { target: noticed, root_cause: cause } = await readTarget(join(folder, target));
      issues.push({
        scenario: home,
        name: home === '.' ? issue : issue.slice(home.length + 1),
        target: noticed,
        rootCause: cause?.node ?? null,
        metrics: await readMetrics(join(folder, metrics)),
      });
    }
    scenarios.push({
      name: home,
      ...(await readGraph(join(folder, graph))),
      normal: normal === undefined ? null : await readMetrics(join(folder, normal)),
      issues,
    });
  }
  if (!scenarios.some(({ issues }) => issues.length > 0)) {
    throw new ReplayError(
      'data-missing',
      `${folder} holds no issue; valid is a folder of scenarios with graph.csv and, below, target.json beside metrics.csv`,
    );
  }
  return scenarios;
}

/** An adjacency matrix: the row calls the column. */
async function readGraph(path: string) {
  const [header = [], ...rows] = await readRows(path);
  const nodes = header.slice(1);
  const calls = new Map<string, readonly string[]>();
  for (const [name, ...cells] of rows) {
    calls.set(
      name,
      nodes.filter((_, j) => Number(cells[j] ?? 0) > 0),
    );
  }
  return { nodes: Array.from(new Set([...nodes, ...calls.keys()])), calls };
}

/** Four lines of header (node, metric, statistic, the name of the first column), then a row a window. */
async function readMetrics(path: string): Promise<Metrics> {
  const [nodes = [], metrics = [], statistics = [], , ...rows] = await readRows(path);
  if (metrics[0] !== 'metric' || statistics[0] !== 'statistic' || metrics.length !== nodes.length) {
    throw new ReplayError(
      'data-malformed',
      `${path}: valid are lines of nodes, 'metric', 'statistic' and a time column`,
    );
  }
  const sorted = rows.toSorted((a, b) => numberAt(path, a[0]) - numberAt(path, b[0]));
  return {
    times: sorted.map((row) => numberAt(path, row[0])),
    series: nodes.slice(1).map((node, j) => ({
      node,
      metric: metrics[j + 1],
      statistic: statistics[j + 1],
      values: sorted.map((row) => (row[j + 1] ? numberAt(path, row[j + 1]) : null)),
    })),
  };
}

async function readTarget(path: string): Promise<z.infer<typeof targetFile>> {
  let json: unknown;
  try {
    json = JSON.parse((await bytesOf(path)).toString('utf8'));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ReplayError('data-malformed', `${path} is no JSON: ${cause.message}`, { cause });
  }
  const parsed = targetFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ReplayError('data-malformed', `${path}: ${issue.path.join('.') || 'the whole'}: ${issue.message}`);
}

/** Cells by line. These files quote nothing, and their header is four lines, so they are no CSV for `readCsv`. */
async function readRows(path: string): Promise<readonly (readonly string[])[]> {
  const text = (await bytesOf(path)).toString('utf8');
  if (text.includes('"')) throw new ReplayError('data-malformed', `${path}: a quote; valid are plain cells`);
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => line.split(','));
}

function numberAt(path: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new ReplayError('data-malformed', `${path}: '${text}' is no number`);
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    return path.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

function unreadable(path: string, cause: unknown): ReplayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ReplayError('data-unreadable', `cannot read ${path}: ${why}`, { cause });
}
