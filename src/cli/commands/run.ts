/** `aura run`: pipelines on a cluster, until a signal ends it. */
import type { Command } from 'commander';
import { type PipelineName, pipelineNames } from '../assembly.ts';
import { type Act, type ConfiguredOptions, examples, withConfig } from '../command.ts';
import { settingsHelp } from '../config/help.ts';
import { CliError } from '../errors.ts';

export interface RunOptions extends ConfiguredOptions {
  readonly without?: readonly PipelineName[];
  readonly prepare: boolean;
  readonly model?: string;
}

export function configure(command: Command, act: Act): void {
  withConfig(command)
    .description(
      'Run pipelines on a Kafka cluster, all of them when none is named, until SIGTERM or Ctrl-C. Start as many processes as there is work for: ' +
        'Kafka shares the partitions out among them. Serves /metrics, /health and /ready; logs go to standard error.',
    )
    .argument('[pipeline...]', pipelineNames.join(', '), (name: string, before: readonly PipelineName[] = []) => [
      ...before,
      pipelineName(name),
    ])
    .option('--without <list>', 'all but these, separated by commas', (text) => text.split(',').map(pipelineName))
    .option(
      '--prepare',
      'first make what is missing: four validator keys, their record in aura.validators, the database’s tables',
      false,
    )
    .option(
      '--model <model>',
      'what scores: a name or id of `aura model list`, or a file (AURA_MODEL; the one shipped)',
    )
    .addHelpText(
      'after',
      `${examples(
        ['aura run --prepare', 'everything in one process, from nothing'],
        ['aura run intake snapshots assessment planning', 'a worker without votes and databases'],
        ['AURA_VALIDATORS=validator-2 aura run consensus', 'one validator in a process of its own'],
        ['aura run --without graph', 'where there is no Neo4j'],
      )}\n\n${settingsHelp()}`,
    )
    .action(
      act(async (context, options: RunOptions, named: readonly PipelineName[] = []) => {
        const { runPipelines } = await import('../run-pipelines.ts');
        return await runPipelines(context, options, chosen(named, options.without ?? []));
      }),
    );
}

function chosen(named: readonly PipelineName[], without: readonly PipelineName[]): ReadonlySet<PipelineName> {
  if (named.length > 0 && without.length > 0)
    throw new CliError('usage-invalid', 'pipelines are named and left out at once; valid is one of the two');
  const pipelines = (named.length > 0 ? named : pipelineNames).filter((name) => !without.includes(name));
  if (pipelines.length === 0) throw new CliError('usage-invalid', 'every pipeline was left out');
  return new Set(pipelines);
}

function pipelineName(text: string): PipelineName {
  const name = pipelineNames.find((known) => known === text);
  if (name !== undefined) return name;
  throw new CliError('usage-invalid', `pipeline is ${JSON.stringify(text)}; valid is ${pipelineNames.join(', ')}`);
}
