/** `aura train topics` and `aura train history`: a model from one's own snapshots and incidents. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GenuineDecisions } from '../../../pipelines/genuine-decisions.ts';
import { checkId } from '../../fleet/ids.ts';
import { elapsedUnits } from '../../liquid/scoring.ts';
import { configOf, withTopics } from '../cluster.ts';
import type { Answer, CommandContext } from '../command.ts';
import { required } from '../config/kafka.ts';
import { shippedModel } from '../engine.ts';
import { CliError } from '../errors.ts';
import { agreementOf } from '../validators.ts';
import { fromHistory } from './from-history.ts';
import { fromTopics } from './from-topics.ts';
import { type Incident, readIncidents } from './incidents.ts';
import { beginningOf, checkFree, commandLine, makeModel, type TrainOptions } from './make-model.ts';
import { modelsFolderOf } from './models-folder.ts';
import { LABELS_IN_WORDS, type LabelSource, OwnData } from './own-recordings.ts';
import { progressOf } from './progress.ts';
import type { Range, ReadTelemetry, Telemetry } from './telemetry.ts';

export interface OwnTrainOptions extends TrainOptions {
  readonly tenant: string;
  readonly fleet?: string;
  readonly from?: number;
  readonly to?: number;
  readonly incidents?: string;
  readonly labels?: readonly LabelSource[];
  readonly silentAfter?: number;
  readonly horizon?: number;
}

/** The model to begin with: what it knows of failures is more than a few incidents teach. */
const START = fileURLToPath(shippedModel);
/** Without a model to begin with, time is counted in windows, and gaps up to so many of them are learned. */
const ELAPSED_WINDOWS_MAX = 10;
const HORIZON_MS_MIN = 10_000;

export type Source = 'topics' | 'history';

export async function trainOnOwn(source: Source, context: CommandContext, options: OwnTrainOptions): Promise<Answer> {
  const range = rangeOf(options);
  const labels = labelsOf(options);
  const modelsFolder = await modelsFolderOf(context, options);
  await checkFree(options, modelsFolder);
  const beginning = await beginningOf(options, modelsFolder, START);
  const { start } = beginning;
  const incidents = options.incidents === undefined ? [] : await readIncidents(options.incidents);
  const progress = progressOf(context);
  const timingOf = (windowMs: number) =>
    start === null
      ? { timeUnitMs: windowMs, elapsedMaxMs: ELAPSED_WINDOWS_MAX * windowMs }
      : { timeUnitMs: start.timeUnitMs, elapsedMaxMs: start.elapsedMaxMs };
  const data = new OwnData({
    labels,
    incidents,
    silentMs: options.silentAfter ?? null,
    horizonMs: options.horizon ?? null,
    horizonMsMin: start?.horizonMs ?? HORIZON_MS_MIN,
    elapsedUnits: (windowMs) => (ms) => elapsedUnits(timingOf(windowMs), ms),
  });
  const telemetry = await readFrom(source, context, options, (read) =>
    read(range, (snapshot) => {
      data.add(snapshot);
      progress.status(`${data.snapshots} snapshots read`);
    }),
  );
  progress.line(`${data.snapshots} snapshots read`);
  const own = data.finish(telemetry);
  const timing = { ...timingOf(own.windowMs), horizonMs: own.horizonMs };
  const { training, validation, test } = own.incidents;
  progress.line(`${training} incidents to learn from, then ${validation} to choose by, then ${test} to measure on`);
  const warnings = [...own.warnings];
  if (own.windowMs > timing.elapsedMaxMs) {
    warnings.push(
      `windows of ${own.windowMs / 1000} s count as ${timing.elapsedMaxMs / 1000} s, the longest that ${start?.id ?? 'the model'} was trained on; --start none learns their time anew`,
    );
  }
  if (start !== null && own.horizonMs !== start.horizonMs) {
    warnings.push(
      `it looks ${own.horizonMs / 1000} s ahead, ${start.id} ${start.horizonMs / 1000} s: their figures are on the labels of this horizon`,
    );
  }
  return await makeModel({
    progress,
    options,
    modelsFolder,
    beginning,
    recordings: own.recordings,
    timing,
    about: 'test recordings: the last part in time, which neither training nor calibration saw',
    warnings,
    made: {
      command: commandLine(source, { ...options, ...timesOf(options) }),
      data: `snapshots of ${range.tenant}${range.fleet === null ? '' : `/${range.fleet}`} from ${source === 'topics' ? 'aura.snapshots' : 'the history in Postgres'}, ${String(own.made.from)} to ${String(own.made.to)}`,
      label: `the agent is failed, by ${[...labels].map((label) => LABELS_IN_WORDS[label]).join(', or ')}, at some instant of the horizon after the window end`,
      ...(options.incidents === undefined ? {} : { incidentsFile: await fileFacts(options.incidents, incidents) }),
      ...own.made,
    },
  });
}

async function readFrom(
  source: Source,
  context: CommandContext,
  options: OwnTrainOptions,
  use: (read: ReadTelemetry) => Promise<Telemetry>,
): Promise<Telemetry> {
  if (source === 'topics')
    return await withTopics(context, options, async ({ config, log, topics }) =>
      use(fromTopics(log, topics, async () => new GenuineDecisions(topics, await agreementOf(config, log, topics)))),
    );
  const config = await configOf(context, options);
  return await use(fromHistory(required(config, 'postgres.url', 'such as postgres://aura:secret@127.0.0.1:5432/aura')));
}

function rangeOf({ tenant, fleet, from, to }: OwnTrainOptions): Range {
  const wrong = checkId('--tenant', tenant) ?? (fleet === undefined ? null : checkId('--fleet', fleet));
  if (wrong !== null) throw new CliError('usage-invalid', wrong.reason);
  if (from !== undefined && to !== undefined && to <= from) {
    throw new CliError(
      'usage-invalid',
      `--to is ${new Date(to).toISOString()}; valid is after --from, ${new Date(from).toISOString()}`,
    );
  }
  return {
    tenant,
    fleet: fleet ?? null,
    fromMs: from ?? Number.NEGATIVE_INFINITY,
    toMs: to ?? Number.POSITIVE_INFINITY,
  };
}

function labelsOf({ labels, incidents }: OwnTrainOptions): ReadonlySet<LabelSource> {
  const chosen = new Set<LabelSource>(labels ?? (incidents === undefined ? ['down', 'silent'] : ['incidents']));
  if (chosen.has('incidents') && incidents === undefined) {
    throw new CliError('usage-invalid', '--labels names incidents, and no --incidents file is given');
  }
  if (!chosen.has('incidents') && incidents !== undefined) {
    throw new CliError(
      'usage-invalid',
      '--incidents is given, and --labels leaves incidents out; valid is --labels incidents,…',
    );
  }
  return chosen;
}

/** Times as they are typed. */
function timesOf({ from, to, silentAfter, horizon }: OwnTrainOptions): Readonly<Record<string, string>> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    ...(from === undefined ? {} : { from: iso(from) }),
    ...(to === undefined ? {} : { to: iso(to) }),
    ...(silentAfter === undefined ? {} : { silentAfter: `${silentAfter}ms` }),
    ...(horizon === undefined ? {} : { horizon: `${horizon}ms` }),
  };
}

async function fileFacts(path: string, incidents: readonly Incident[]) {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return { name: basename(path), sha256, incidents: incidents.length };
}
