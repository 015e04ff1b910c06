/** `aura verify`: is this decision what a quorum of the validators signed? */
import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { instanceName } from '../../../pipelines/consensus/agreement.ts';
import type { Decision } from '../../../schemas/records.ts';
import { createValidatorSet, type Validator } from '../../consensus/validator-set.ts';
import { checkCopies, type DecisionRefusal, type Verification, verifyDecision } from '../../consensus/verify.ts';
import { withTopics } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  withConfig,
} from '../command.ts';
import { readDecision, readProposal } from '../decision-file.ts';
import { CliError, messageOf } from '../errors.ts';
import { readPublicKeys } from '../key-files.ts';
import { recordsOf } from '../read-topic.ts';
import { readable } from '../readable.ts';
import { readTable } from '../tables.ts';

interface VerifyOptions extends ConfiguredOptions {
  readonly id?: string;
  readonly keys?: string;
  readonly instance?: readonly string[];
}

export function configure(command: Command, act: Act): void {
  withConfig(command)
    .description(
      'Check a decision’s certificate with public keys alone, and that the decision says what its proposal says. The exit code is 0 only where both hold.',
    )
    .argument('[decision]', 'file with the record’s value, or with JSON of the same shape; - is standard input')
    .option('--id <proposal>', 'take the decision on this proposal from aura.decisions')
    .option('--keys <dir>', 'folder with the public keys of all validators; aura.validators unless given')
    .option(
      '--instance <name>',
      'accept only this instance, such as aura/aura.proposals/0; may be repeated; with --id that of AURA_CLUSTER and the record’s partition unless given',
      collect,
    )
    .addHelpText(
      'after',
      examples(
        ['aura verify decision.bin --keys .aura/keys', 'no broker and no registry is asked'],
        ["kcat -C -b HOST:PORT -t aura.decisions -o -1 -c 1 -D '' | aura verify -", 'the newest one of a partition'],
        ['aura verify --id 0f3c9a… --json', 'one decision of the topic, for a program'],
      ),
    )
    .action(act(verify));
}

async function verify(context: CommandContext, options: VerifyOptions, source?: string): Promise<Answer> {
  if ((source === undefined) === (options.id === undefined))
    throw new CliError('usage-invalid', 'name one of a file, - and --id', 'aura verify --help has examples');
  const given = source === undefined ? null : readDecision(await readSource(context, source));
  const own = options.keys === undefined ? null : await keysIn(options.keys);
  if (given !== null && own !== null) return check(context, options, given, own, keysFrom(options));
  return await withTopics(context, options, async ({ config, log, topics }) => {
    const validators = own ?? [...(await readTable(log, topics.validators)).values()];
    if (validators.length === 0)
      throw new CliError(
        'validators-missing',
        'aura.validators is empty',
        'aura keys publish fills it; or give --keys',
      );
    const from = keysFrom(options);
    if (given !== null) return check(context, options, given, validators, from);
    let refused: Answer | null = null;
    for await (const record of recordsOf(log, topics.decisions.name)) {
      const { value } = record;
      // The id stands in the record as its UTF-8 bytes: only a record that holds them is decoded.
      if (value === null || !Buffer.from(value).includes(options.id ?? '')) continue;
      // Anybody may write to the topic: neither what cannot be read nor what is forged hides the decision that holds.
      const decision = await readable(topics.decisions, record);
      if (decision === null || decision.proposalId !== options.id) continue;
      const accepted = { ...options, instance: options.instance ?? [instanceName(config, record.partition)] };
      const answer = checked(() => check(context, accepted, decision, validators, from));
      if (answer?.negative !== true && answer !== null) return answer;
      refused ??= answer;
    }
    if (refused !== null) return refused;
    throw new CliError('decision-not-found', `aura.decisions holds no decision on proposal ${options.id}`);
  });
}

function check(
  { io: { style } }: CommandContext,
  { instance }: VerifyOptions,
  decision: Decision,
  validators: readonly Validator[],
  keys: string,
): Answer {
  const { proposalId, kind, targets, tenant, fleet, cell, reason, dryRun, expiresMs, certificate } = decision;
  const about = { proposalId, tenant, fleet, cell, kind, targets };
  const set = createValidatorSet(validators);
  const verified = verifyDecision(decision, validators, instance === undefined ? {} : { instances: instance });
  const why = verified.ok ? copiesThatDiffer(decision) : verified.reason;
  if (!verified.ok || why !== null)
    return {
      json: { ok: false, reason: why, ...about },
      text: [
        `${style.red('NOT VALID')}  ${why}`,
        ...inWords(verified),
        `  proposal    ${printable(proposalId)}`,
        `  keys        ${keys}`,
      ],
      negative: true,
    };
  const { verdict, mayAct, signers, height } = verified;
  const expired = expiresMs <= Date.now();
  const deed = mayAct ? (expired ? 'approved, and expired by now' : 'approved: may be acted on') : 'not to be acted on';
  return {
    json: {
      ok: true,
      ...about,
      verdict,
      reason,
      dryRun,
      mayAct,
      expiresMs,
      expired,
      signers,
      quorum: set.quorum,
      validators: set.size,
      instance: certificate.instance,
      height,
    },
    text: [
      `${style.green('VALID')}  ${verdict}${reason === '' ? '' : ` (${reason})`}${dryRun ? ', dry-run' : ''}; ${deed}`,
      `  proposal    ${printable(proposalId)}`,
      `  to do       ${printable(`${kind} ${targets.join(', ')} of ${tenant}/${fleet}/${cell}`)}`,
      `  expires     ${timeOf(expiresMs)}`,
      `  signed by   ${signers.join(', ')}: ${signers.length} of ${set.size}, ${set.quorum} bind`,
      `  agreed in   ${printable(certificate.instance)}, block ${height}`,
      `  keys        ${keys}`,
    ],
  };
}

/** Whom the answer rests on. */
function keysFrom({ keys }: VerifyOptions): string {
  return keys ?? 'those on aura.validators, as whoever may write it has it; --keys takes your own';
}

/** Null: it holds no proposal that could be read. */
function checked(check: () => Answer): Answer | null {
  try {
    return check();
  } catch (error) {
    if (error instanceof CliError && error.code === 'decision-unreadable') return null;
    throw error;
  }
}

/** A rejected proposal may name any time. */
function timeOf(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? `${ms} ms since 1970` : time.toISOString();
}

/** What each refusal means for the one who asks. */
const refusals: Readonly<Record<DecisionRefusal, string>> = {
  WRONG_VALIDATOR_SET:
    'it was agreed by another set of validators than the keys given; all of their keys are needed, and no others',
  WRONG_INSTANCE: 'it was agreed in an instance that is not accepted here',
  NOT_IN_BLOCK: 'proposal, verdict, reason, dry-run or time are not what was signed',
  MALFORMED: 'the certificate is no well-formed one',
  TOO_FEW_SIGNERS: 'fewer validators signed than a decision takes',
  DUPLICATE_SIGNER: 'a validator is counted twice',
  UNKNOWN_SIGNER: 'somebody signed who is no validator',
  BAD_SIGNATURE: 'a signature is not that of its validator over this decision',
  WRONG_PHASE: 'the votes are not commit votes',
  WRONG_BLOCK: 'the votes are for another block',
};

function inWords(verified: Verification): string[] {
  return [
    `  meaning     ${verified.ok ? 'the fields beside the proposal do not say what it says' : refusals[verified.reason]}`,
  ];
}

/** A decision's texts may be anybody's: no control characters reach the terminal. */
function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 500);
}

/** Null: the copies agree with the proposal. */
function copiesThatDiffer(decision: Decision): string | null {
  const differing = checkCopies(decision, readProposal(decision));
  return differing.length === 0 ? null : `COPIES_DIFFER: ${differing.join(', ')}`;
}

async function keysIn(folder: string): Promise<readonly Validator[]> {
  const keys = await readPublicKeys(folder);
  if (keys.length === 0)
    throw new CliError(
      'keys-missing',
      `${folder} holds no keys`,
      'valid is a folder with an ID.pub of every validator',
    );
  return keys;
}

async function readSource({ io }: CommandContext, source: string): Promise<Uint8Array> {
  if (source === '-') return await io.readInput();
  try {
    return await readFile(source);
  } catch (cause) {
    throw new CliError('decision-unreadable', `cannot read ${source}: ${messageOf(cause)}`, '', { cause });
  }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
