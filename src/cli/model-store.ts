/** Models as files: those that are shipped, and those in a folder of the user's. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LiquidError } from '../liquid/errors.ts';
import { type Model, readModel } from '../liquid/model.ts';
import { type NetworkModel, readNetwork } from '../liquid/network-file.ts';
import { CliError, codeOf, messageOf } from './errors.ts';
import { replaceFile, writeNewFile } from './whole-files.ts';

/** `failure`: gives failure scores and is run by the assessment. `network`: a network of any inputs and outputs, for export. */
export type StoredModel =
  | { readonly kind: 'failure'; readonly path: string; readonly shipped: boolean; readonly model: Model }
  | { readonly kind: 'network'; readonly path: string; readonly shipped: boolean; readonly model: NetworkModel };

/** A file of the folder that is no good model. */
export interface UnusableFile {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

const shippedFolder = fileURLToPath(new URL('../liquid/models/', import.meta.url));

/** Shipped ones first, each folder by file name. A folder that is not there holds none. */
export async function storedModels(
  folder: string,
): Promise<{ readonly models: readonly StoredModel[]; readonly unusable: readonly UnusableFile[] }> {
  const models: StoredModel[] = [];
  const unusable: UnusableFile[] = [];
  for (const [from, shipped] of [
    [shippedFolder, true],
    [folder, false],
  ] as const) {
    for (const path of await jsonFiles(from)) {
      try {
        models.push(await readModelFile(path, shipped));
      } catch (error) {
        if (!(error instanceof LiquidError || error instanceof CliError)) throw error;
        unusable.push({ path, code: error.code, message: error.message });
      }
    }
  }
  return { models, unusable };
}

/** The model of that name or id, the user's before those shipped; or, where the text ends in .json, of that file. */
export async function findModel(folder: string, wanted: string): Promise<StoredModel> {
  if (wanted.endsWith('.json')) return await readModelFile(wanted, false);
  const { models, unusable } = await storedModels(folder);
  const found = models.findLast(({ model }) => model.name === wanted || model.id === wanted);
  if (found !== undefined) return found;
  const broken = unusable.find(({ path }) => path === fileOf(folder, wanted));
  if (broken !== undefined) throw new CliError('model-not-found', `${broken.path} is no good model: ${broken.message}`);
  const names = models.map(({ model }) => model.name).join(', ');
  throw new CliError('model-not-found', `no model '${wanted}'; there are ${names}`, 'aura model list');
}

/** The file of a model that scores, by name, id or path. Throws as findModel does, and CliError model-not-found for a network that gives no failure scores. */
export async function scoringModelPath(folder: string, wanted: string): Promise<string> {
  const stored = /[/\\]/.test(wanted) ? await readModelFile(wanted, false) : await findModel(folder, wanted);
  if (stored.kind === 'failure') return stored.path;
  throw new CliError(
    'model-not-found',
    `${stored.model.id} is a network that gives no failure scores; valid is a model of kind failure`,
    'aura model list',
  );
}

/** Throws CliError file-unreadable, and LiquidError where the file is no good model. */
export async function readModelFile(path: string, shipped: boolean): Promise<StoredModel> {
  return modelOf(parseJson(path, await readText(path)), path, shipped);
}

export function modelOf(json: unknown, path: string, shipped: boolean): StoredModel {
  return isNetwork(json)
    ? { kind: 'network', path, shipped, model: readNetwork(json) }
    : { kind: 'failure', path, shipped, model: readModel(json) };
}

/** The path of the folder's file of that name; null where there is none. */
export async function storedModel(folder: string, name: string): Promise<string | null> {
  const path = fileOf(folder, name);
  return (await jsonFiles(folder)).includes(path) ? path : null;
}

/** Writes a model's file into the folder. Throws model-exists where another one has that name, unless it may be replaced. */
export async function storeModel(folder: string, name: string, text: string, replace: boolean): Promise<StoredModel> {
  const path = fileOf(folder, name);
  try {
    await mkdir(folder, { recursive: true });
    await (replace ? replaceFile(path, text) : writeNewFile(path, text));
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') {
      throw new CliError('file-unwritable', `cannot write ${path}: ${messageOf(cause)}`, '', { cause });
    }
    if ((await readText(path)) !== text) {
      throw new CliError(
        'model-exists',
        `${path} holds another model`,
        'choose another name with --name, or --replace it',
      );
    }
  }
  return await readModelFile(path, false);
}

export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError('file-unreadable', `${path} is no JSON: ${messageOf(cause)}`, '', { cause });
  }
}

export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new CliError('file-unreadable', `cannot read ${path}: ${messageOf(cause)}`, '', { cause });
  }
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.json`);
}

function isNetwork(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'format' in json && json.format === 'aura-liquid-network';
}

async function jsonFiles(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new CliError('file-unreadable', `cannot read the folder ${folder}: ${messageOf(cause)}`, '', { cause });
  }
}
