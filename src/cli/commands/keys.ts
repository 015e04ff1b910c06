/** `aura keys`: the validators' key files, and their public keys on aura.validators. */
import type { Command } from 'commander';
import { type Topics, topicSpecs } from '../../../pipelines/topics.ts';
import { equalBytes } from '../../consensus/encoding.ts';
import { ConsensusError } from '../../consensus/errors.ts';
import { publicKeyToBase64 } from '../../consensus/keys.ts';
import {
  createValidatorSet,
  VALIDATORS_MAX,
  type Validator,
  type ValidatorSet,
} from '../../consensus/validator-set.ts';
import { checkId } from '../../fleet/ids.ts';
import type { KafkaLog } from '../../streams/kafka/kafka-log.ts';
import { configOf, withTopics } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  wholeNumber,
  withConfig,
} from '../command.ts';
import { CliError, messageOf } from '../errors.ts';
import { generateKeys, readPublicKeys } from '../key-files.ts';
import { readTable, writeRecords } from '../tables.ts';
import { textTable } from '../text-table.ts';

interface KeysOptions extends ConfiguredOptions {
  readonly keys?: string;
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      'Make, list and publish the keys of the validators. A decision is agreed by a quorum of them: 3 of 4 bear one that lies, 5 of 7 bear two.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura keys generate 4', 'four validators, validator-1 to validator-4, in .aura/keys'],
        ['aura keys generate 1 --name site-b', 'one more, for a process of its own elsewhere'],
        ['aura keys publish', 'put their public keys on aura.validators'],
      ),
    );
  const folder = ['--keys <dir>', 'folder of the keys; AURA_KEYS_DIR unless given'] as const;
  withConfig(command.command('generate'))
    .description('Make key pairs; private keys are readable by their owner alone, and no key is ever overwritten.')
    .argument('[count]', 'how many', wholeNumber(1, VALIDATORS_MAX), 4)
    .option('--name <name>', 'ids begin with it; a single one is called by it', 'validator')
    .option(...folder)
    .action(act(generate));
  withConfig(command.command('list').description('Show the keys in the folder.'))
    .option(...folder)
    .action(act(list));
  withConfig(command.command('publish'))
    .description('Write the public keys to aura.validators, where validators and consumers find the whole set.')
    .option('--replace', 'remove validators from the topic that are not in the folder', false)
    .option(...folder)
    .action(act(publish));
}

async function folderOf(context: CommandContext, options: KeysOptions): Promise<string> {
  return options.keys ?? (await configOf(context, options)).keysDir;
}

async function generate(
  context: CommandContext,
  options: KeysOptions & { readonly name: string },
  count: number,
): Promise<Answer> {
  const named = count === 1 && options.name !== 'validator';
  const ids = named ? [options.name] : Array.from({ length: count }, (_, i) => `${options.name}-${i + 1}`);
  // The last is the longest.
  const wrong = checkId('--name', options.name) ?? checkId('the last id', ids[count - 1]);
  if (wrong !== null) throw new CliError('usage-invalid', wrong.reason);
  const folder = await folderOf(context, options);
  const made = await generateKeys(folder, ids);
  return {
    json: { folder, validators: made.map(({ id, publicKey }) => ({ id, publicKey: publicKeyToBase64(publicKey) })) },
    text: [
      ...made.map(({ id, publicKey }) => `${id}  ${publicKeyToBase64(publicKey)}`),
      `${made.length} key ${made.length === 1 ? 'pair' : 'pairs'} in ${folder}; private keys stay there, aura keys publish makes the public ones known`,
    ],
  };
}

async function list(context: CommandContext, options: KeysOptions): Promise<Answer> {
  const folder = await folderOf(context, options);
  const keys = await readPublicKeys(folder);
  const validators = keys.map(({ id, publicKey, canSign }) => ({
    id,
    publicKey: publicKeyToBase64(publicKey),
    canSign,
  }));
  const rows = validators.map(({ id, publicKey, canSign }) => [id, publicKey, canSign ? 'yes' : 'no']);
  return {
    json: { folder, validators },
    text: rows.length === 0 ? [`no keys in ${folder}`] : textTable(['id', 'public key', 'can sign here'], rows),
  };
}

async function publish(context: CommandContext, options: KeysOptions & { readonly replace: boolean }): Promise<Answer> {
  const folder = await folderOf(context, options);
  const keys = await readPublicKeys(folder);
  if (keys.length === 0)
    throw new CliError('keys-missing', `${folder} has no keys`, 'make some first: aura keys generate 4');
  return await withTopics(context, options, async ({ log, topics, config }) => {
    await log.createTopics(
      topicSpecs(topics, [], config.partitions).filter(({ name }) => name === topics.validators.name),
    );
    const before = await readTable(log, topics.validators);
    const own = new Set(keys.map(({ id }) => id));
    const removed = options.replace ? [...before.keys()].filter((id) => !own.has(id)) : [];
    const after = new Map<string, Validator>([...before].filter(([id]) => !removed.includes(id)));
    for (const { id, publicKey } of keys) after.set(id, { id, publicKey });
    const set = setOf([...after.values()]);
    if (before.size > 0 && (await hasVoted(log, topics)) && !equalBytes(setOf([...before.values()]).hash, set.hash)) {
      throw new CliError(
        'validators-fixed',
        `${before.size} validators have voted here already, and their votes count in no other set: a changed one would decide nothing`,
        'begin anew under another AURA_PREFIX and AURA_CLUSTER, or publish the keys that were there',
      );
    }
    await writeRecords(log, topics.validators, [
      ...keys.map(({ id, publicKey }) => ({ key: id, value: { id, publicKey: Buffer.from(publicKey) } })),
      ...removed.map((key) => ({ key, value: null })),
    ]);
    const ids = set.validators.map(({ id }) => id);
    return {
      json: { published: [...own], removed, validators: ids, quorum: set.quorum, faulty: set.faulty },
      text: [
        `aura.validators holds ${ids.join(', ')}`,
        `a decision takes ${set.quorum} of ${set.size} and bears ${set.faulty} that ${set.faulty === 1 ? 'lies' : 'lie'}`,
        ...(removed.length > 0 ? [`removed ${removed.join(', ')}`] : []),
        'processes that run now keep the set they started with: start them anew',
      ],
    };
  });
}

/** Whether any validator has said anything in this installation. */
async function hasVoted(log: KafkaLog, { consensus }: Topics): Promise<boolean> {
  if (!(await log.topicNames()).includes(consensus.name)) return false;
  return (await log.bounds(consensus.name)).some(({ high }) => high > 0);
}

/** A set that nobody could start with is told before anything of it is written. */
function setOf(validators: readonly Validator[]): ValidatorSet {
  try {
    return createValidatorSet(validators);
  } catch (cause) {
    if (!(cause instanceof ConsensusError)) throw cause;
    throw new CliError(
      'key-invalid',
      `with the keys on aura.validators these make no set: ${messageOf(cause)}`,
      'aura keys publish --replace removes the others',
      { cause },
    );
  }
}
