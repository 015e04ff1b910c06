/** `aura migrate`: the history's database. */
import type { Command } from 'commander';
import { migrate } from '../../sinks/postgres/migrate.ts';
import { dropOldDays } from '../../sinks/postgres/retention.ts';
import { configOf } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  wholeNumber,
  withConfig,
} from '../command.ts';
import { required } from '../config/kafka.ts';

interface MigrateOptions extends ConfiguredOptions {
  readonly keepDays?: number;
}

export function configure(command: Command, act: Act): void {
  withConfig(command)
    .description(
      'Bring the database of AURA_POSTGRES_URL to the version of this program. Safe to repeat, and to run from several machines at once.',
    )
    .option('--keep-days <n>', 'also drop the history before the last n days, today included', wholeNumber(1, 36_500))
    .addHelpText(
      'after',
      examples(
        ['aura migrate', 'apply what is missing'],
        ['aura migrate --keep-days 30', 'and keep a month, as a nightly job would'],
      ),
    )
    .action(act(run));
}

async function run(context: CommandContext, options: MigrateOptions): Promise<Answer> {
  const config = await configOf(context, options);
  const url = required(config, 'postgres.url', 'such as postgres://aura:secret@127.0.0.1:5432/aura');
  const { applied, version } = await migrate(url);
  const { keepDays } = options;
  const dropped = keepDays === undefined ? [] : await dropOldDays(url, { days: keepDays, nowMs: Date.now() });
  return {
    json: { applied, version, dropped },
    text: [
      ...applied.map((name) => `applied ${name}`),
      ...dropped.map((name) => `dropped ${name}`),
      `the database is at version ${version}${applied.length === 0 ? ' and was before' : ''}`,
    ],
  };
}
