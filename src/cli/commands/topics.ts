/** `aura topics`: make and list. */

import type { Command } from 'commander';
import { topicSpecs } from '../../../pipelines/topics.ts';
import { withTopics } from '../cluster.ts';
import { type Act, type Answer, type ConfiguredOptions, examples, withConfig } from '../command.ts';
import { textTable } from '../text-table.ts';

export function configure(command: Command, act: Act): void {
  command
    .description(
      'Make and list the topics of a cluster. `aura run` makes those that are missing too; make them beforehand where only some may create topics.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura topics create', 'make the topics that are missing'],
        ['aura topics list --json', 'what each topic holds, for a program'],
      ),
    );
  withConfig(command.command('create').description('Make the public topics that are missing.')).action(act(create));
  withConfig(command.command('list').description('Show partitions and records of every public topic.')).action(
    act(list),
  );
}

const create = async (...[context, options]: Parameters<typeof list>): Promise<Answer> =>
  withTopics(context, options, async ({ log, topics, config }) => {
    const specs = topicSpecs(topics, [], config.partitions);
    const before = new Set(await log.topicNames());
    await log.createTopics(specs);
    const created = specs.map(({ name }) => name).filter((name) => !before.has(name));
    return {
      json: { created, existing: specs.length - created.length },
      text: [...created.map((name) => `created ${name}`), `${specs.length} topics, ${created.length} of them new`],
    };
  });

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
