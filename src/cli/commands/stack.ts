/** `aura stack`: real servers on this machine. */
import type { Command } from 'commander';
import { down, type LocalStack, type Runner, status, up } from '../../../infra/stack/local.ts';
import { DEFAULT_FOLDER, SERVICE_NAMES, type ServiceName } from '../../../infra/stack/stack.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type CommonOptions,
  examples,
  type Json,
  withJson,
} from '../command.ts';
import { CliError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { textTable } from '../text-table.ts';

interface StackCommandOptions extends CommonOptions {
  readonly folder: string;
}

interface UpOptions extends StackCommandOptions {
  readonly docker: boolean;
  readonly native: boolean;
  readonly randomPorts: boolean;
  readonly secure: boolean;
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      `Start, stop and show real servers on this machine (${SERVICE_NAMES.join(', ')}): by Docker where an engine answers, else as processes of ` +
        'their own, which the first start downloads. They listen on the loopback interface. Their data stays until it is removed by hand.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura stack up', 'all of them; prints the environment for the other commands'],
        ['eval "$(aura stack up | grep ^export)"', 'and takes it over into this shell'],
        ['aura stack up kafka registry', 'some of them'],
        ['aura stack down', 'stop them; the next up finds their data'],
      ),
    );
  const sub = (name: string, does: string): Command =>
    withJson(command.command(name).description(does)).option(
      '--folder <dir>',
      'data and logs of servers without Docker',
      DEFAULT_FOLDER,
    );
  const servers = ['[server...]', SERVICE_NAMES.join(', ')] as const;
  sub('up', 'Start servers and leave them running; those that run are left alone.')
    .argument(...servers)
    .option('--docker', 'by Docker, or not at all', false)
    .option('--native', 'as processes of their own, even where there is Docker', false)
    .option('--random-ports', 'without Docker: any free ports rather than 9092, 5432 and so on', false)
    .option('--secure', 'without Docker: Kafka also listens with TLS, and with logins or client certificates', false)
    .action(act(startServers));
  sub('down', 'Stop servers.')
    .argument(...servers)
    .action(act(stopServers));
  sub('status', 'Show what runs, and where.').action(
    act(async (_context, { folder }: StackCommandOptions) => answer(await status(folder))),
  );
}

async function startServers(
  { io }: CommandContext,
  { folder, docker, native, randomPorts, secure }: UpOptions,
  names: readonly string[],
): Promise<Answer> {
  if (docker && native) throw new CliError('usage-invalid', '--docker and --native are given; valid is one of the two');
  if (docker && secure) throw new CliError('usage-invalid', '--docker and --secure are given; valid is one of the two');
  const runner: Runner | null = docker ? 'docker' : native ? 'native' : null;
  const stop = new AbortController();
  const unlisten = io.onStop((signal) => {
    io.err('ending: what was started is stopped again; once more to leave it\n');
    stop.abort(new CliError('start-interrupted', `the start was ended by ${signal}`, 'aura stack status'));
  });
  try {
    const stack = await up({
      folder,
      services: servicesOf(names),
      randomPorts,
      secure,
      signal: stop.signal,
      onProgress: (line) => io.err(`${line}\n`),
      ...(runner === null ? {} : { runner }),
    });
    return answer(stack);
  } finally {
    unlisten();
  }
}

async function stopServers(
  _context: CommandContext,
  { folder }: StackCommandOptions,
  names: readonly string[],
): Promise<Answer> {
  await down(folder, servicesOf(names));
  return answer(await status(folder));
}

function answer({ runner, servers, environment }: LocalStack): Answer {
  const rows = servers.map(({ name, version, status, pid, folder }) => [
    name,
    version,
    status,
    pid === null ? '' : String(pid),
    folder ?? '',
  ]);
  return {
    json: {
      runner,
      servers: servers.map(({ name, version, status, pid, address }) => ({
        name,
        version,
        status,
        pid,
        address: address as Json,
      })),
      environment,
    },
    text: [
      ...textTable(['server', 'version', 'status', 'pid', 'folder'], rows),
      ...Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`),
    ],
  };
}

function servicesOf(names: readonly string[]): readonly ServiceName[] {
  const unknown = names.find((name) => !SERVICE_NAMES.some((service) => service === name));
  if (unknown !== undefined)
    throw new CliError('usage-invalid', `server is ${JSON.stringify(unknown)}; valid is ${SERVICE_NAMES.join(', ')}`);
  return names.length === 0 ? SERVICE_NAMES : SERVICE_NAMES.filter((service) => names.includes(service));
}
