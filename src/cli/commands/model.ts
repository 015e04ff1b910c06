/** `aura model`: the models that score, as files: list, import, export, card. */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { topicSpecs } from '../../../pipelines/topics.ts';
import type { ModelUse } from '../../../schemas/records.ts';
import { calibrate } from '../../liquid/calibration.ts';
import { importNcps } from '../../liquid/ncps/import-ncps.ts';
import { serializeNetwork } from '../../liquid/network-file.ts';
import { failureFile, OPSET, scoresFile } from '../../liquid/onnx/step-program.ts';
import { checkExport } from '../check-export.ts';
import { configOf, withTopics } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  timeOption,
  wholeNumber,
  withConfig,
} from '../command.ts';
import { CliError, messageOf } from '../errors.ts';
import { architectureInWords, cardText, modelCard } from '../model-card.ts';
import { findModel, modelOf, parseJson, readText, type StoredModel, storedModels, storeModel } from '../model-store.ts';
import { modelUse } from '../model-use.ts';
import { readModelUses, writeRecords } from '../tables.ts';
import { textTable } from '../text-table.ts';

interface ModelOptions extends ConfiguredOptions {
  readonly models?: string;
}

interface ImportOptions extends ModelOptions {
  readonly name?: string;
  readonly only?: string;
  readonly replace?: boolean;
}

interface ExportOptions extends ModelOptions {
  readonly out: string;
  readonly rows?: number;
}

interface UseOptions extends ModelOptions {
  readonly warm: number;
  readonly effective?: string;
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;

export function configure(command: Command, act: Act): void {
  command
    .description(
      'The models that score: the shipped one, those that were trained here, and networks imported from ncps. A MODEL is a name or id from the list, or a .json file.',
    )
    .addHelpText(
      'after',
      [
        '',
        'An ncps model (torch; CfC or LTC, any wiring, mixed memory) is imported from JSON: {"weights": its state dictionary as nested lists,',
        '"mode": "default" | "no_gate" | "pure", and, if at hand, "input", "timespans", "output" and "state" of a run, by which the import is',
        'checked}, or an object of several such under their names. In Python:',
        '  json.dump({"weights": {k: v.tolist() for k, v in model.state_dict().items()}}, open("model.json", "w"))',
        examples(
          ['aura model list', 'what there is'],
          ['aura model card failure-v2', 'data, split, metrics, calibration, limits'],
          ['aura model export failure-v2 --out step.onnx', 'one streaming step for any ONNX runtime'],
          ['aura model import model.json --name mine', 'your own ncps weights'],
          [
            'aura model use mine',
            'have the running cluster score by it, and by `use failure-v2` by the shipped one again',
          ],
        ),
      ].join('\n'),
    );
  withModels(command.command('list')).description('List the models.').action(act(list));
  withModels(command.command('import'))
    .description('Check an ncps model, or a model file of AURA, and put it into the folder.')
    .argument('<file>', 'JSON; - is standard input')
    .option('--name <name>', 'what to call an ncps model; its own name or that of the file unless given')
    .option('--only <name>', 'of a file of several models, this one')
    .option('--replace', 'replace another model of that name')
    .action(act(importFile));
  withModels(command.command('export'))
    .description('Write one streaming step as ONNX, after running it beside the TypeScript cell.')
    .argument('<model>')
    .requiredOption('--out <file>', 'the ONNX file')
    .option('--rows <n>', 'a fixed number of rows a batch; any unless given', wholeNumber(1, 65_536))
    .action(act(exportModel));
  withModels(command.command('use'))
    .description(
      'Have the running cluster score by a model: a record of aura.models, which each worker checks before it takes it. States of agents and records are kept; a model that comes back goes on with the states it had.',
    )
    .argument('<model>')
    .addOption(timeOption('--warm <time>', 'how long it first reads along, so that it has a state', '60s'))
    .option('--effective <time>', 'event time from which it scores, as ISO 8601; after the warming unless given')
    .action(act(use));
  withModels(command.command('uses')).description('Which models score, and from when.').action(act(uses));
  withModels(command.command('card'))
    .description('Print data, split, metrics, calibration and limits of a model.')
    .argument('<model>')
    .action(act(card));
}

function withModels(command: Command): Command {
  return withConfig(command).option('--models <folder>', 'folder of the models (AURA_MODELS_DIR, .aura/models)');
}

async function folderOf(context: CommandContext, options: ModelOptions): Promise<string> {
  return options.models ?? (await configOf(context, options)).modelsDir;
}

async function list(context: CommandContext, options: ModelOptions): Promise<Answer> {
  const folder = await folderOf(context, options);
  const { models, unusable } = await storedModels(folder);
  const rows = models.map((stored) => {
    const { kind, shipped, model } = stored;
    return [model.name, model.id, shipped ? 'shipped' : folder, kind, architectureInWords(model.network.architecture)];
  });
  return {
    json: {
      folder,
      models: models.map((stored) => modelCard(stored).model),
      unusable: unusable.map((file) => ({ ...file })),
    },
    text: [
      ...textTable(['name', 'id', 'where', 'kind', 'cell'], rows),
      ...unusable.map(({ path, code, message }) => `unusable: ${path}: ${message} [${code}]`),
    ],
  };
}

async function importFile(context: CommandContext, options: ImportOptions, file: string): Promise<Answer> {
  const folder = await folderOf(context, options);
  const text = file === '-' ? Buffer.from(await context.io.readInput()).toString('utf8') : await readText(file);
  const source = file === '-' ? 'standard input' : basename(file);
  const found = chosen(entriesOf(parseJson(source, text), file), options);
  const imported: { readonly stored: StoredModel; readonly note: string }[] = [];
  for (const { name, json } of found) {
    // A model file of AURA has a name of its own, whatever the file is called.
    if (!isOurs(json) && !NAME.test(name)) {
      throw new CliError(
        'usage-invalid',
        `the model's name '${name}' holds more than A-Z a-z 0-9 . _ -`,
        'give one with --name',
      );
    }
    imported.push(await importOne(folder, name, json, source, options));
  }
  return {
    json: { imported: imported.map(({ stored }) => modelCard(stored).model) },
    text: imported.map(
      ({ stored, note }) => `${stored.model.id}  ${architectureInWords(stored.model.network.architecture)}; ${note}`,
    ),
  };
}

async function importOne(folder: string, name: string, json: unknown, source: string, options: ImportOptions) {
  if (isOurs(json)) {
    // Read first: what is no good never reaches the folder.
    const { model } = modelOf(json, source, false);
    if (options.name !== undefined && options.name !== model.name) {
      throw new CliError(
        'usage-invalid',
        `--name is ${options.name}, and ${source} holds ${model.id}, whose name its hash covers; valid is ${model.name}`,
        'leave --name out',
      );
    }
    const text = `${JSON.stringify(json, null, 1)}\n`;
    return { stored: await storeModel(folder, model.name, text, options.replace === true), note: 'hash checked' };
  }
  const { network, theta, difference } = importNcps(json);
  const checked =
    difference === null
      ? { checked: 'no recorded run to check it by' }
      : { checked: 'recorded run', steps: difference.steps, largestDifference: difference.largest };
  const text = serializeNetwork({
    name,
    network,
    theta,
    made: { command: 'aura model import', source, program: 'ncps in torch' },
    metrics: checked,
  });
  const note =
    difference === null
      ? 'no recorded run to check it by'
      : `equal to ${difference.steps} recorded steps within ${difference.largest.toExponential(1)}`;
  return { stored: await storeModel(folder, name, text, options.replace === true), note };
}

interface Entry {
  readonly name: string;
  readonly json: unknown;
}

/** One model, or several under their names. */
function entriesOf(json: unknown, file: string): readonly Entry[] {
  const isOne = typeof json !== 'object' || json === null || 'weights' in json || isOurs(json);
  return isOne
    ? [{ name: basename(file, '.json').replace(/^-$/, 'imported'), json }]
    : Object.entries(json).map(([name, inner]) => ({ name, json: inner }));
}

function chosen(entries: readonly Entry[], { only, name }: ImportOptions): readonly Entry[] {
  const names = entries.map((entry) => entry.name).join(', ');
  const found = only === undefined ? entries : entries.filter((entry) => entry.name === only);
  if (found.length === 0) {
    const what =
      only === undefined ? 'the file holds no model' : `the file holds no model '${only}'; there are ${names}`;
    throw new CliError('model-not-found', what);
  }
  if (name === undefined) return found;
  if (found.length > 1) {
    throw new CliError('usage-invalid', `--name names one model, and the file holds ${names}`, 'choose with --only');
  }
  return [{ ...found[0], name }];
}

function isOurs(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'format' in json;
}

async function exportModel(context: CommandContext, options: ExportOptions, wanted: string): Promise<Answer> {
  const stored = await findModel(await folderOf(context, options), wanted);
  const { network, theta, name } = stored.model;
  const rows = options.rows ?? null;
  const isFailure = stored.kind === 'failure';
  const calibration = isFailure ? stored.model.calibration : { slope: 1, intercept: 0 };
  const bytes = isFailure
    ? failureFile(network, theta, { name, rows, calibration })
    : scoresFile(network, theta, { name, rows });
  const difference = await checkExport(bytes, network, theta, rows ?? 4, isFailure ? 'log_odds' : 'scores', (output) =>
    calibrate(calibration, output),
  );
  try {
    await writeFile(options.out, bytes);
  } catch (cause) {
    throw new CliError('file-unwritable', `cannot write ${options.out}: ${messageOf(cause)}`, '', { cause });
  }
  const n = rows ?? 'N';
  const { inputs, state } = network.cell;
  const outputs = isFailure
    ? { failure: [n], log_odds: [n], hidden_next: [n, state] }
    : { scores: [n, network.outputs], hidden_next: [n, state] };
  const json = {
    file: options.out,
    bytes: bytes.length,
    model: stored.model.id,
    opset: OPSET,
    inputs: { features: [n, inputs], hidden: [n, state], elapsed: [n] },
    outputs,
    largestDifference: difference,
  };
  return {
    json,
    text: [
      `${options.out}: ${stored.model.id}, ${bytes.length} bytes, opset ${OPSET}; within ${difference.toExponential(1)} of the TypeScript cell`,
      ...Object.entries({ ...json.inputs, ...outputs }).map(([tensor, dims]) => `  ${tensor} [${dims.join(', ')}]`),
    ],
  };
}

async function use(context: CommandContext, options: UseOptions, wanted: string): Promise<Answer> {
  const effectiveMs = options.effective === undefined ? Date.now() + options.warm : timeOf(options.effective);
  const warmFromMs = effectiveMs - options.warm;
  if (!isTime(effectiveMs) || !isTime(warmFromMs))
    throw new CliError('usage-invalid', '--effective and --warm lead to a time that no calendar has');
  const stored = await findModel(await folderOf(context, options), wanted);
  if (stored.kind !== 'failure') {
    throw new CliError(
      'model-not-found',
      `${stored.model.id} is a network; what scores is a failure model`,
      'aura train',
    );
  }
  const { model, path } = stored;
  const { network, theta, name, calibration } = model;
  // As a worker would load it.
  const bytes = failureFile(network, theta, { name, rows: 4, calibration });
  await checkExport(bytes, network, theta, 4, 'log_odds', (output) => calibrate(calibration, output));
  const { key, value } = modelUse(model, await readText(path), { warmFromMs, effectiveMs });
  return await withTopics(context, options, async ({ log, topics, config }) => {
    await log.createTopics(
      topicSpecs(topics, [], config.partitions).filter((spec) => spec.name === topics.models.name),
    );
    await writeRecords(log, topics.models, [{ key, value }]);
    return { json: useJson(value), text: [useText(value)] };
  });
}

async function uses(context: CommandContext, options: ModelOptions): Promise<Answer> {
  return await withTopics(context, options, async ({ log, topics }) => {
    const found = [...(await readModelUses(log, topics)).values()].sort((a, b) => a.effectiveMs - b.effectiveMs);
    const none = 'no record: each worker scores by the model it was configured with';
    return { json: { uses: found.map(useJson) }, text: found.length === 0 ? [none] : found.map(useText) };
  });
}

function useJson({ model, warmFromMs, effectiveMs }: ModelUse) {
  return { model, warmFrom: isoOf(warmFromMs), effective: isoOf(effectiveMs) };
}

function useText({ model, warmFromMs, effectiveMs }: ModelUse): string {
  return `${model} scores windows that begin at ${isoOf(effectiveMs)} or later, and reads along from ${isoOf(warmFromMs)}`;
}

/** A record of somebody else's may name any time. */
function isoOf(ms: number): string {
  return isTime(ms) ? new Date(ms).toISOString() : `${ms} ms since 1970`;
}

function isTime(ms: number): boolean {
  return !Number.isNaN(new Date(ms).getTime());
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  const valid = `a time such as ${new Date(0).toISOString()}`;
  throw new CliError('usage-invalid', `--effective is ${JSON.stringify(text)}; valid is ${valid}`);
}

async function card(context: CommandContext, options: ModelOptions, wanted: string): Promise<Answer> {
  const found = modelCard(await findModel(await folderOf(context, options), wanted));
  return { json: { ...found }, text: cardText(found).slice(1) };
}
