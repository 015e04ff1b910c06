/** What a command is: a file that declares its arguments and options and answers with one object and its words. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Io } from './io.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What a command ends with. */
export interface Answer {
  /** The last line of standard output under --json. */
  readonly json: { readonly [name: string]: Json } | readonly Json[];
  /** Standard output without --json, by lines. */
  readonly text: readonly string[];
  /** True: the command did its work and the answer is no; the exit code is 1. */
  readonly negative?: boolean;
}

export interface CommandContext {
  readonly io: Io;
  /** --json was given. */
  readonly json: boolean;
}

export interface CommonOptions {
  readonly json?: boolean;
}

export interface ConfiguredOptions extends CommonOptions {
  readonly config?: string;
}

/** Does a command's work; throws what went wrong. */
export type Handler<Arguments extends readonly unknown[], Options> = (
  context: CommandContext,
  options: Options,
  ...given: Arguments
) => Promise<Answer>;

/** Binds a handler to a commander action. */
export type Act = <Arguments extends readonly unknown[], Options extends CommonOptions>(
  handler: Handler<Arguments, Options>,
) => (...given: unknown[]) => Promise<void>;

/** One file in commands/. */
export interface CommandFile {
  configure(command: Command, act: Act): void;
}

/** Adds what every command has. */
export function withJson(command: Command): Command {
  return command.option('--json', 'end standard output with one line of JSON, and print nothing else there');
}

/** Adds what every command has that reads the configuration. */
export function withConfig(command: Command): Command {
  return withJson(command).option('--config <file>', 'JSON file with settings; the environment wins over it');
}

export function examples(...lines: readonly (readonly [command: string, does: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return ['', 'Examples:', ...lines.map(([command, does]) => `  $ ${command.padEnd(width)}  ${does}`)].join('\n');
}

/** An option's text as a whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Valid is a whole number from ${min} to ${max}.`);
  };
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An option's text as a time in whole ms: 500ms, 30s, 5m, 2h, 7d; a bare number is seconds. */
export function duration(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  // 8.2 times 60,000 is 491,999.99999999994, and records hold whole ms.
  const ms = amount === undefined ? 0 : Math.round(Number(amount) * unitMs[unit]);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('Valid is a time of at least 1ms such as 500ms, 30s, 5m or 2h.');
}

/** An option that takes a `duration` in ms; help shows the default as it would be typed. */
export function timeOption(flags: string, description: string, unlessGiven: string): Option {
  return new Option(flags, description).argParser(duration).default(duration(unlessGiven), unlessGiven);
}
