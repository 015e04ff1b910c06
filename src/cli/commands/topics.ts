/** `aura topics`: make, list, and delete what nobody needs any more. */

import type { Command } from 'commander';
import { trimConsensus } from '../../../pipelines/consensus/trim.ts';
import { topicSpecs } from '../../../pipelines/topics.ts';
import { createValidatorSet } from '../../consensus/validator-set.ts';
import { withTopics } from '../cluster.ts';
import { type Act, type Answer, type ConfiguredOptions, duration, examples, withConfig } from '../command.ts';
import { keptSinceMs } from '../consensus-retention.ts';
import { CliError } from '../errors.ts';
import { installationTopics } from '../internal-topics.ts';
import { readTable } from '../tables.ts';
import { textTable } from '../text-table.ts';

interface CreateOptions extends ConfiguredOptions {
  readonly apart: boolean;
}

interface TrimCommandOptions extends ConfiguredOptions {
  readonly keep?: number;
  readonly without?: readonly string[];
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      'Make, list and trim the topics of a cluster. `aura run` makes those that are missing too; make them beforehand where only some may create topics.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura topics create', 'make the topics that are missing, the internal ones included'],
        ['aura topics list --json', 'what each topic holds, for a program'],
        ['aura topics trim', 'delete old records of aura.consensus that no validator needs'],
      ),
    );
  withConfig(command.command('create'))
    .description('Make every topic that an installation needs and that is missing, and say which.')
    .option('--apart', 'for snapshots, assessment and planning in processes of their own', false)
    .action(act(create));
  withConfig(command.command('list').description('Show partitions and records of every public topic.')).action(
    act(list),
  );
  withConfig(command.command('trim'))
    .description(
      'Delete the records of aura.consensus that no validator and no learner would read again, also if started anew. Their retention is unlimited, as ' +
        'a validator must know what it voted. `aura run` does the same once an hour where it runs consensus.',
    )
    .option('--keep <time>', 'keep what is younger, such as 7d; AURA_RETENTION_MS unless given', duration)
    .option(
      '--without <ids>',
      'do not wait for these validators, which are lost for good, separated by commas',
      (text) => text.split(','),
    )
    .action(act(trim));
}

const create = async (context: Parameters<typeof withTopics>[0], options: CreateOptions): Promise<Answer> =>
  withTopics(context, options, async ({ log, topics, config }) => {
    const specs = installationTopics(topics, options.apart ? 'apart' : 'together', config.partitions);
    const before = new Set(await log.topicNames());
    await log.createTopics(specs);
    const created = specs.map(({ name }) => name).filter((name) => !before.has(name));
    return {
      json: { created, existing: specs.length - created.length },
      text: [...created.map((name) => `created ${name}`), `${specs.length} topics, ${created.length} of them new`],
    };
  });

const trim = async (context: Parameters<typeof withTopics>[0], options: TrimCommandOptions): Promise<Answer> =>
  withTopics(context, options, async ({ log, topics, config }) => {
    const members = [...(await readTable(log, topics.validators)).values()];
    if (members.length === 0)
      throw new CliError('validators-missing', 'aura.validators is empty: nobody votes', 'aura keys publish fills it');
    const without = options.without ?? [];
    const stranger = without.find((id) => !members.some((member) => member.id === id));
    if (stranger !== undefined)
      throw new CliError(
        'usage-invalid',
        `--without names ${JSON.stringify(stranger)}; valid is ${members.map(({ id }) => id).join(', ')}`,
      );
    const partitions = await trimConsensus({
      log,
      topics,
      agreement: { cluster: config.cluster, set: createValidatorSet(members) },
      keptSinceMs: keptSinceMs(options.keep ?? config.retentionMs),
      without: new Set(without),
      withinMs: trimMs,
    });
    const deleted = partitions.reduce((sum, partition) => sum + partition.deleted, 0);
    const rows = partitions.map(({ partition, deleted, low, heldBy }) => [
      String(partition),
      String(deleted),
      String(low),
      heldBy,
    ]);
    return {
      json: { deleted, partitions: partitions.map((partition) => ({ ...partition })) },
      text: [...textTable(['partition', 'deleted', 'begins at', 'kept for'], rows), `${deleted} records deleted`],
    };
  });

/** Longest that reading one partition may take. */
const trimMs = 120_000;

const list = async (context: Parameters<typeof withTopics>[0], options: ConfiguredOptions): Promise<Answer> =>
  withTopics(context, options, async ({ log, topics, config }) => {
    const present = new Set(await log.topicNames());
    const found = await Promise.all(
      topicSpecs(topics, [], config.partitions).map(async ({ name, compacted }) => {
        const bounds = present.has(name) ? await log.bounds(name) : [];
        const records = bounds.reduce((sum, { low, high }) => sum + high - low, 0);
        return { name, exists: bounds.length > 0, partitions: bounds.length, records, table: compacted };
      }),
    );
    const rows = found.map(({ name, exists, partitions, records, table }) =>
      exists ? [name, String(partitions), String(records), table ? 'table' : ''] : [name, '-', '-', 'missing'],
    );
    return { json: { topics: found }, text: textTable(['topic', 'partitions', 'offsets', ''], rows) };
  });
