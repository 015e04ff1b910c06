/** Reads a command line, runs the command and tells how it went: the one place that prints answers and errors. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { redactText } from '../observability/redact.ts';
import { type Act, type Answer, type CommandContext, type CommonOptions, examples } from './command.ts';
import { type CommandEntry, commands } from './commands.ts';
import { explain } from './explain.ts';
import type { Io } from './io.ts';

/** Runs one command line; the exit code is 0 on success alone: 1 where the command failed or its answer is no, 2 where the line makes no sense. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const act: Act =
    (handler) =>
    async (...given) => {
      // commander hands over the arguments, the options and the command itself.
      const options = given.at(-2) as CommonOptions;
      const context: CommandContext = { io, json: options.json === true };
      const answer = await handler(context, options as never, ...(given.slice(0, -2) as never));
      print(answer, context);
      if (answer.negative === true) exitCode = 1;
    };
  try {
    await (await buildProgram(args, io, act)).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    const json = args.includes('--json');
    if (!(error instanceof CommanderError)) return fail(error, json, io);
    if (error.exitCode === 0) return 0;
    // commander has told the person already.
    const message = error.message.replace(/^error: /, '');
    if (json) io.out(`${JSON.stringify({ error: { code: 'usage-invalid', message, next: '' } })}\n`);
    return 2;
  }
}

function print({ json, text }: Answer, { io, json: asJson }: CommandContext): void {
  if (asJson) io.out(`${JSON.stringify(json)}\n`);
  else if (text.length > 0) io.out(`${text.join('\n')}\n`);
}

function fail(error: unknown, json: boolean, io: Io): number {
  const { code, message, next } = explain(error);
  const { errStyle: style } = io;
  io.err(`${style.red('aura:')} ${message} ${style.dim(`[${code}]`)}\n`);
  if (next !== '') io.err(`${style.cyan('next:')} ${next}\n`);
  if (io.env.AURA_DEBUG === '1') io.err(`${redactText(stackOf(error))}\n`);
  if (json) io.out(`${JSON.stringify({ error: { code, message, next } })}\n`);
  return code === 'usage-invalid' ? 2 : 1;
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** The whole program with the command that is called loaded, and the others by name and summary. */
async function buildProgram(args: readonly string[], io: Io, act: Act): Promise<Command> {
  const program = new Command('aura')
    .description('AURA prevents failures in fleets of cooperating agents: heartbeats in, signed decisions out.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; aura COMMAND --help explains a command')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText(
      'after',
      examples(
        ['aura demo', 'watch the whole pipeline on a simulated fleet; needs nothing else'],
        ['aura stack up', 'real servers on this machine'],
        ['aura run --prepare', 'all pipelines on a cluster'],
      ),
    )
    .showHelpAfterError('(aura --help lists the commands)')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride();
  const called = args[0] === 'help' ? args[1] : args[0];
  for (const entry of commands) await addCommand(program, entry, entry.name === called ? act : null);
  return program;
}

async function addCommand(program: Command, { name, summary, load }: CommandEntry, act: Act | null): Promise<void> {
  const command = program
    .command(name)
    .summary(summary)
    .description(`${summary[0].toUpperCase()}${summary.slice(1)}.`);
  if (act === null) return;
  const { configure } = await load();
  configure(command, act);
  for (const one of [command, ...command.commands])
    one.showHelpAfterError(`(aura ${name} --help explains it)`).helpCommand(false);
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
