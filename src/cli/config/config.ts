/** The configuration of a process: the environment over a file over the defaults, checked as a whole before anything starts. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { redactText } from '../../observability/redact.ts';
import { CliError, messageOf } from '../errors.ts';
import { meantBy } from './mistyped.ts';
import { environmentName, type Setting, type SettingName, settingNames, settings } from './settings.ts';

export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };

export interface ConfigSources {
  readonly env: NodeJS.ProcessEnv;
  /** What --config named, as `{"tls": {"ca": "ca.pem"}, ...}`. */
  readonly file?: string;
}

/** Throws CliError `config-unreadable` or `config-invalid`; the message names each setting that is wrong, its value and what would be valid. */
export async function loadConfig({ env, file }: ConfigSources): Promise<Config> {
  const given = file === undefined ? new Map<string, Given>() : fromFile(file, await readJson(file));
  for (const [name, value] of fromEnvironment(env)) given.set(name, value);
  return checkConfig(given, mistypedIn(env));
}

/** A value as somebody gave it, and where it stands, for messages. */
interface Given {
  readonly value: unknown;
  readonly place: string;
}

function checkConfig(given: ReadonlyMap<string, Given>, mistyped: readonly string[]): Config {
  const problems = [...mistyped];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of settingNames) {
    const setting: Setting = settings[name];
    const found = given.get(name);
    const parsed = setting.schema.safeParse(found?.value);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${found?.place ?? name} is ${shown(setting, found?.value)}; valid is ${setting.valid}`);
  }
  for (const [name, { place, value }] of given) {
    if (Object.hasOwn(settings, name)) continue;
    problems.push(
      `${place} is no setting${near(name)}${typeof value === 'object' ? '' : '; aura run --help lists them'}`,
    );
  }
  const config = values as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) throw new CliError('config-invalid', problems.join('; '));
  return config;
}

/** What no single setting shows. */
function contradictions(config: Config): string[] {
  const problems: string[] = [];
  const sasl = (['sasl.mechanism', 'sasl.username', 'sasl.password'] as const).filter(
    (name) => config[name] === undefined,
  );
  if (sasl.length > 0 && sasl.length < 3)
    problems.push(`${sasl.map(environmentName).join(' and ')} missing; valid is all three of sasl or none`);
  if ((config['tls.cert'] === undefined) !== (config['tls.key'] === undefined))
    problems.push('one of AURA_TLS_CERT and AURA_TLS_KEY is missing; valid is both or none');
  if (config['tls.enabled'] === false && config['tls.ca'] !== undefined)
    problems.push('AURA_TLS_ENABLED is false and AURA_TLS_CA is given; valid is one of the two');
  if (config.minInsyncReplicas > config.replication)
    problems.push(
      `AURA_MIN_INSYNC_REPLICAS is ${config.minInsyncReplicas}; valid is at most AURA_REPLICATION, ${config.replication}`,
    );
  return problems;
}

function fromEnvironment(env: NodeJS.ProcessEnv): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const name of settingNames) {
    const place = environmentName(name);
    const text = env[place];
    // An empty variable is how containers and shells leave one out.
    if (text !== undefined && text !== '') given.set(name, { place, value: fromText(text, settings[name].kind) });
  }
  return given;
}

/**
 * A variable that nearly is a setting's would be ignored, and somebody's TLS with it. Others that begin alike are left alone: an
 * orchestrator adds some of its own for a service called aura.
 */
function mistypedIn(env: NodeJS.ProcessEnv): string[] {
  const known = settingNames.map(environmentName);
  const others = Object.keys(env).filter((name) => /^aura_/i.test(name) && !known.includes(name));
  return others.flatMap((name) => {
    const meant = env[name] === '' ? undefined : meantBy(name, known);
    return meant === undefined ? [] : [`${name} is no setting; ${meant} is`];
  });
}

/** What does not read as its kind stays text, which the setting's check then refuses. */
function fromText(text: string, kind: Setting['kind']): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'list':
      return text.split(',').map((item) => item.trim());
    case 'whole':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'flag':
      return text === 'true' ? true : text === 'false' ? false : text;
  }
}

function fromFile(file: string, json: unknown, above: readonly string[] = []): Map<string, Given> {
  const given = new Map<string, Given>();
  if (!isObject(json)) throw new CliError('config-invalid', `${file} holds ${kindOf(json)}; valid is an object`);
  for (const [key, value] of Object.entries(json)) {
    const path = [...above, key];
    if (isObject(value)) for (const [name, inner] of fromFile(file, value, path)) given.set(name, inner);
    else {
      const name = path.join('.');
      given.set(name, { value: isList(name) ? asList(value) : value, place: `${name} in ${file}` });
    }
  }
  return given;
}

function isList(name: string): boolean {
  return settingNames.some((known) => known === name && settings[known].kind === 'list');
}

/** A list may be written as in the environment. */
function asList(value: unknown): unknown {
  return typeof value === 'string' ? fromText(value, 'list') : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the file holds in place of an object, but not what stands in it: that may be a secret. */
function kindOf(json: unknown): string {
  return json === null ? 'null' : Array.isArray(json) ? 'a list' : `a ${typeof json}`;
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError('config-unreadable', `cannot read ${file}: ${messageOf(cause)}`, '', { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    // Without its cause, which AURA_DEBUG would print.
    const why = messageOf(cause).replace(excerpt, '$1');
    throw new CliError('config-unreadable', `${file} is not JSON: ${why}`);
  }
}

/** The piece of the text that JSON.parse shows with what it did not expect; it may be a password's. */
const excerpt = /^(Unexpected token .+?), (?:\.\.\.)?".*$/s;

/** All before the host of what was meant as an address: without its scheme, or with a blank in it, the password is told from nothing else. */
const beforeHost = /^("?(?:[a-z][a-z0-9+.-]*:\/\/)?).*@/is;

/** A value as it may be printed. */
function shown({ secret }: Setting, value: unknown): string {
  if (value === undefined) return 'missing';
  if (secret === 'whole') return '(a secret)';
  const text = JSON.stringify(value) ?? String(value);
  const safe = secret === 'password' ? redactText(text.replace(beforeHost, '$1[redacted]@')) : text;
  return safe.length > 200 ? `${safe.slice(0, 200)}...` : safe;
}

/** The setting that was probably meant. */
function near(name: string): string {
  const meant = meantBy(name, settingNames) ?? settingNames.find((candidate) => candidate.endsWith(`.${name}`));
  return meant === undefined ? '' : `; ${meant} is`;
}
