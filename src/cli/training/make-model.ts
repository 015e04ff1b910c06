/** From recordings to a model file in its place, and what there is to say about it. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Random } from '../../fleet/reference/index.ts';
import type { Architecture } from '../../liquid/architecture.ts';
import { FEATURE_COUNT, FEATURE_NAMES } from '../../liquid/features.ts';
import { type Model, readModel, serializeModel } from '../../liquid/model.ts';
import { pooled, probabilityReport, scoreReport } from '../../liquid/training/evaluate.ts';
import { failureScores } from '../../liquid/training/evaluate-failure-model.ts';
import {
  type FailureModelOptions,
  type Recordings,
  trainFailureModel,
} from '../../liquid/training/train-failure-model.ts';
import { VARIANTS, type VariantName } from '../../liquid/variants.ts';
import type { Answer, ConfiguredOptions, Json } from '../command.ts';
import { CliError, codeOf, messageOf } from '../errors.ts';
import { cardSummary, modelCard } from '../model-card.ts';
import { findModel, type StoredModel, storedModel, storeModel } from '../model-store.ts';
import { shellWord } from '../shell-word.ts';
import { replaceFile, writeNewFile } from '../whole-files.ts';
import { epochTeller, type Progress } from './progress.ts';

/** What every source of training data takes. */
export interface TrainOptions extends ConfiguredOptions {
  readonly name: string;
  readonly models?: string;
  readonly out?: string;
  readonly replace?: boolean;
  readonly seed?: number;
  readonly epochs?: number;
  readonly learningRate?: number;
  readonly start?: string;
  readonly variant?: VariantName;
  readonly units?: number;
  readonly threshold?: number;
  readonly falseAlarms?: number;
}

const UNITS = 32;
const SEED = 1;
const FAILED_WEIGHT = 0.3;
const THRESHOLD = 0.5;
const FROM_SCRATCH = { learningRate: 0.004, epochs: 9, patience: 4 } as const;
/** A model that begins where another ended is to be bent, not broken. */
const FROM_START = { learningRate: 0.001, epochs: 20, patience: 5 } as const;

/** Which network is trained, and from where. */
export interface Beginning {
  readonly architecture: Architecture;
  /** Null: random weights. */
  readonly start: Model | null;
}

/** Throws CliError usage-invalid where options contradict each other, model-not-found, and LiquidError for a bad file. */
export async function beginningOf(
  options: TrainOptions,
  modelsFolder: string,
  startUnlessGiven: string,
): Promise<Beginning> {
  const { variant, units } = options;
  const wanted = options.start ?? (variant === undefined && units === undefined ? startUnlessGiven : 'none');
  if (options.threshold !== undefined && options.falseAlarms !== undefined) {
    throw new CliError('usage-invalid', '--threshold and --false-alarms are given; valid is one of the two');
  }
  if (wanted === 'none') {
    const size = units ?? UNITS;
    return {
      architecture: VARIANTS[variant ?? 'cfc']({
        inputs: FEATURE_COUNT,
        units: size,
        outputs: Math.max(1, size >> 2),
        backboneUnits: size,
        load: ['traffic.deviation', 'saturation.level'].map((name) => FEATURE_NAMES.indexOf(name)),
        seed: options.seed ?? SEED,
      }),
      start: null,
    };
  }
  if (variant !== undefined || units !== undefined) {
    throw new CliError(
      'usage-invalid',
      `--variant or --units are given, and --start ${wanted}, which has its own; valid is --start none, or neither of them`,
    );
  }
  const found = await findModel(modelsFolder, wanted);
  if (found.kind !== 'failure') {
    throw new CliError(
      'usage-invalid',
      `--start is ${wanted}, a network that gives no failure scores; valid is a model of kind failure, or none`,
      'aura model list',
    );
  }
  return { architecture: found.model.network.architecture, start: found.model };
}

/** Refuses a name or a file that is taken, and a folder that is not there, before anything is trained. Throws CliError model-exists or file-unwritable. */
export async function checkFree(options: TrainOptions, modelsFolder: string): Promise<void> {
  const { out, name, replace } = options;
  if (out !== undefined) {
    const folder = dirname(out);
    if (!existsSync(folder)) throw new CliError('file-unwritable', `cannot write ${out}: there is no folder ${folder}`);
    if (replace !== true && existsSync(out)) throw outExists(out);
    return;
  }
  if (replace === true) return;
  const path = await storedModel(modelsFolder, name);
  if (path === null) return;
  throw new CliError('model-exists', `${path} is there already`, 'choose another name with --name, or --replace it');
}

function outExists(out: string): CliError {
  return new CliError('model-exists', `${out} is there already`, '--replace it');
}

export interface Making {
  readonly progress: Progress;
  readonly options: TrainOptions;
  readonly modelsFolder: string;
  readonly beginning: Beginning;
  readonly recordings: Recordings;
  readonly timing: Pick<FailureModelOptions, 'timeUnitMs' | 'elapsedMaxMs' | 'horizonMs'>;
  /** For the card: where the data is from. */
  readonly made: { readonly [name: string]: Json };
  /** What the test recordings are. */
  readonly about: string;
  readonly warnings: readonly string[];
}

export async function makeModel(making: Making): Promise<Answer> {
  const { progress, options, beginning, recordings, timing, made, about, warnings } = making;
  const { name } = options;
  const { start, architecture } = beginning;
  const usual = start === null ? FROM_SCRATCH : FROM_START;
  const seed = options.seed ?? SEED;
  const training = {
    learningRate: options.learningRate ?? usual.learningRate,
    weightDecay: 0.001,
    gradientNormMax: 1,
    batchRows: 32,
    span: 40,
    positiveWeight: 1,
    averaging: 0.998,
    epochsMax: options.epochs ?? usual.epochs,
    patience: usual.patience,
  };
  const random = new Random(seed, 'weights');
  const { epochs, ...parts } = trainFailureModel(
    recordings,
    {
      name,
      architecture,
      training: start === null ? training : { ...training, initial: start.theta },
      failedWeight: FAILED_WEIGHT,
      ...timing,
      threshold:
        options.falseAlarms === undefined
          ? (options.threshold ?? THRESHOLD)
          : { falseAlarmsPerAgentHour: options.falseAlarms },
    },
    () => random.uniform(),
    epochTeller(progress, training.epochsMax),
  );
  const kept = epochs.findLast(({ best }) => best)?.epoch ?? 0;
  if (kept === 0)
    progress.line(`no epoch was better on validation than ${start?.id ?? 'the start'}, whose weights stay`);
  const text = serializeModel({
    ...parts,
    metrics: { ...parts.metrics, about, ...(start === null ? {} : { start: startReport(start, recordings) }) },
    made: {
      ...made,
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      seed,
      start: start === null ? 'random weights' : start.id,
      training: { ...training, failedWeight: FAILED_WEIGHT, epochs: epochs.length, epochKept: kept },
      warnings: [...warnings],
    },
  });
  const stored = await store(options, making.modelsFolder, text);
  progress.line(`${stored.model.id} written to ${stored.path}`);
  const { metrics } = stored.model;
  return {
    json: {
      model: stored.model.id,
      path: stored.path,
      epochs: epochs.length,
      epochKept: kept,
      warnings: [...warnings],
      metrics: metrics as Json,
    },
    text: [
      ...cardSummary(modelCard(stored)),
      ...warnings.map((warning) => `note: ${warning}`),
      `more: aura model card ${options.out ?? name}`,
    ],
  };
}

/** What the model to begin with would have been worth on the same test recordings. */
function startReport(start: Model, { test }: Recordings): Record<string, never> {
  const scores = failureScores(start, test);
  const known = pooled(test, scores);
  return JSON.parse(
    JSON.stringify({
      model: start.id,
      ...scoreReport(test, scores, start.threshold),
      ...probabilityReport(known.scores, known.labels),
    }),
  );
}

async function store(options: TrainOptions, folder: string, text: string): Promise<StoredModel> {
  const { out, name, replace = false } = options;
  if (out === undefined) return await storeModel(folder, name, text, replace);
  try {
    await (replace ? replaceFile(out, text) : writeNewFile(out, text));
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw outExists(out);
    throw new CliError('file-unwritable', `cannot write ${out}: ${messageOf(cause)}`, '', { cause });
  }
  return { kind: 'failure', path: out, shipped: false, model: readModel(JSON.parse(text)) };
}

/** The command that makes the same again: options as they were given, but for those that say where the file goes. */
export function commandLine(source: string, options: TrainOptions): string {
  const words = Object.entries(options).flatMap(([option, value]) => {
    if (value === undefined || ['json', 'config', 'models', 'out', 'replace'].includes(option)) return [];
    const flag = `--${option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return value === true ? [flag] : [flag, shellWord(Array.isArray(value) ? value.join(',') : String(value))];
  });
  return ['aura train', source, ...words].join(' ');
}
