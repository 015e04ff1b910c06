/** `aura train`: models from the reference fleet, or from one's own snapshots and incidents. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { VARIANT_NAMES } from '../../liquid/variants.ts';
import { type Act, duration, examples, wholeNumber, withConfig } from '../command.ts';
import { TIME, timeOf } from '../training/incidents.ts';
import type { OwnTrainOptions } from '../training/own.ts';
import { LABEL_SOURCES, type LabelSource } from '../training/own-recordings.ts';
import type { ReferenceTrainOptions } from '../training/reference.ts';

export function configure(command: Command, act: Act): void {
  command
    .description(
      'Train a model that scores, on runs of the reference fleet or on your own snapshots and incidents, measure it on what it has not seen, and put it into the folder of models.',
    )
    .addHelpText(
      'after',
      [
        '',
        'Incidents are a CSV file with the columns agent,from,to and, where fleets share names, fleet; or a JSON list of objects with these fields. Times are ISO 8601 with',
        'a zone; an empty `to` was not over yet. The data is cut in time: the earlier incidents are learned from, then some to choose and calibrate by, the last to measure on.',
        examples(
          [
            'aura train topics --name shop-1 --tenant acme --fleet shop --incidents incidents.csv',
            'what Kafka still holds',
          ],
          [
            'aura train history --name shop-2 --tenant acme --from 2026-01-01T00:00Z',
            'from Postgres; an agent fails where it says DOWN or is silent',
          ],
          [
            'aura train reference --name mine --training 20 --validation 8 --test 8',
            'the reference fleet, a few minutes',
          ],
          ['aura model card shop-1', 'what came of it'],
        ),
      ].join('\n'),
    );

  common(command.command('reference'))
    .description(
      'Runs of the reference fleet: seeds of their own for training, validation and test. The shipped model is made so.',
    )
    .option('--training <n>', 'training runs (56)', wholeNumber(1, 10_000))
    .option('--validation <n>', 'validation runs (20)', wholeNumber(1, 10_000))
    .option('--test <n>', 'test runs (24)', wholeNumber(1, 10_000))
    .option(
      '--surrounded <n>',
      'further training runs with busy hosts, noise, slow networks and long windows, and validation and test runs in proportion (0)',
      wholeNumber(0, 10_000),
    )
    .addOption(startOption('none'))
    .action(
      act(async (context, options: ReferenceTrainOptions) => {
        const { trainOnReference } = await import('../training/reference.ts');
        return await trainOnReference(context, options);
      }),
    );

  for (const [source, does] of [
    ['topics', 'Your own data from Kafka: aura.snapshots, and what was done meanwhile.'],
    ['history', 'Your own data from the history in Postgres (AURA_POSTGRES_URL).'],
  ] as const) {
    own(common(command.command(source)).description(does)).action(
      act(async (context, options: OwnTrainOptions) => {
        const { trainOnOwn } = await import('../training/own.ts');
        return await trainOnOwn(source, context, options);
      }),
    );
  }
}

function common(command: Command): Command {
  return withConfig(command)
    .requiredOption('--name <name>', 'what to call the model', name)
    .option('--models <folder>', 'folder of the models (AURA_MODELS_DIR, .aura/models)')
    .option('--out <file>', 'write it to this file rather than into the folder')
    .option('--replace', 'replace another model of that name')
    .option('--seed <n>', 'of everything random (1)', wholeNumber(0, 2 ** 32 - 1))
    .option('--epochs <n>', 'most passes over the data (9; 20 with a model to begin with)', wholeNumber(1, 1000))
    .option('--learning-rate <x>', 'of Adam (0.004; 0.001 with a model to begin with)', between(0, 1))
    .addOption(new Option('--variant <name>', 'network to train from random weights (cfc)').choices(VARIANT_NAMES))
    .option('--units <n>', 'its units (32)', wholeNumber(1, 1024))
    .option('--threshold <p>', 'score from which on an agent counts as about to fail (0.5)', between(0, 1))
    .option(
      '--false-alarms <rate>',
      'rather the lowest threshold with so few false alarms by agent and hour on validation',
      between(0, 3600),
    );
}

function own(command: Command): Command {
  return command
    .requiredOption('--tenant <id>', 'tenant of the fleets')
    .option('--fleet <id>', 'one fleet; all of the tenant unless given')
    .option('--from <time>', 'windows that end after this (ISO 8601)', time)
    .option('--to <time>', 'windows that end by this (ISO 8601)', time)
    .option('--incidents <file>', 'when agents had failed: CSV or JSON of agent, from, to')
    .option(
      '--labels <list>',
      `what counts as failed, separated by commas: ${LABEL_SOURCES.join(', ')} (incidents where a file is given, else down,silent)`,
      labels,
    )
    .option('--silent-after <time>', 'silence that counts as failed (five windows)', duration)
    .option('--horizon <time>', 'how far ahead to look (five windows, and at least 10 s)', duration)
    .addOption(startOption('the shipped one'));
}

function startOption(unlessGiven: string): Option {
  return new Option(
    '--start <model>',
    `model whose weights to begin with, by name, id or file, or none (${unlessGiven}; none with --variant or --units)`,
  );
}

function name(text: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text;
  throw new InvalidArgumentError('Valid is 1 to 64 of the characters A-Z a-z 0-9 . _ -');
}

function time(text: string): number {
  const ms = timeOf(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError(`Valid is ${TIME}.`);
}

function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (value > low && value < high) return value;
    throw new InvalidArgumentError(`Valid is a number above ${low} and below ${high}.`);
  };
}

function labels(text: string): readonly LabelSource[] {
  return text.split(',').map((part) => {
    const found = LABEL_SOURCES.find((source) => source === part.trim());
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Valid are ${LABEL_SOURCES.join(', ')}, separated by commas.`);
  });
}
