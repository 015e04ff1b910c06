/** `aura raft-scripts`: etcd's own test vectors against the Raft here. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import { beyond, type Difference, runScript, type ScriptKind } from '../../consensus/raft/scripts/run-script.ts';
import { type Act, type Answer, type CommandContext, type CommonOptions, examples, withJson } from '../command.ts';
import { CliError, codeOf, messageOf } from '../errors.ts';

const KINDS: readonly ScriptKind[] = ['quorum', 'confchange', 'interaction'];

type Outcome =
  | { readonly is: 'passed' }
  | { readonly is: 'failed'; readonly why: Difference | string }
  /** It needs what is not promised here, and did not pass. */
  | { readonly is: 'not covered'; readonly needs: string };

interface Ran {
  /** kind/name, without the ending. */
  readonly name: string;
  readonly outcome: Outcome;
}

export function configure(command: Command, act: Act): void {
  withJson(command)
    .description(
      'Run test scripts of etcd’s raft against the Raft of this program, and say by name which passed. All that nodes write down must be ' +
        'equal, lines of a log (INFO, DEBUG, ...) aside. The exit code is 1 if a script that should pass did not.',
    )
    .argument('<dir>', 'folder with quorum/, confchange/ and interaction/, or one of these')
    .addHelpText(
      'after',
      [
        '',
        'Scripts that need asynchronous storage or membership change are run as well; one that does not pass is listed as not covered.',
        'The JSON is {"passed":[name],"failed":[{"name","line","command","expected","actual"}],"notCovered":[{"name","needs"}]}.',
        examples(
          ['aura raft-scripts ../etcd-raft', 'all three folders'],
          ['aura raft-scripts ../etcd-raft/quorum --json', 'one of them, for a program'],
        ),
      ].join('\n'),
    )
    .action(act(runAll));
}

async function runAll({ io: { style } }: CommandContext, _options: CommonOptions, folder: string): Promise<Answer> {
  const ran: Ran[] = [];
  for (const { kind, path } of await foldersIn(folder))
    for (const file of (await namesIn(path)).filter((name) => name.endsWith('.txt')).sort()) {
      const name = `${kind}/${basename(file, '.txt')}`;
      ran.push({ name, outcome: outcomeOf(kind, await scriptIn(join(path, file))) });
    }
  if (ran.length === 0)
    throw new CliError(
      'file-unreadable',
      `${folder} holds no scripts`,
      'valid are *.txt in quorum, confchange and interaction',
    );
  const passed: string[] = [];
  const failed: { name: string; why: Difference | string }[] = [];
  const notCovered: { name: string; needs: string }[] = [];
  for (const { name, outcome } of ran) {
    if (outcome.is === 'passed') passed.push(name);
    else if (outcome.is === 'failed') failed.push({ name, why: outcome.why });
    else notCovered.push({ name, needs: outcome.needs });
  }
  return {
    json: {
      passed,
      failed: failed.map(({ name, why }) => (typeof why === 'string' ? { name, reason: why } : { name, ...why })),
      notCovered,
    },
    text: [
      ...passed.map((name) => `${style.green('passed')}       ${name}`),
      ...notCovered.map(({ name, needs }) => `${style.yellow('not covered')}  ${name}  (${needs})`),
      ...failed.flatMap(({ name, why }) => [`${style.red('failed')}       ${name}`, ...inWords(why)]),
      `${passed.length} passed, ${failed.length} failed, ${notCovered.length} not covered`,
    ],
    negative: failed.length > 0,
  };
}

function outcomeOf(kind: ScriptKind, text: string): Outcome {
  const why = whyNot(kind, text);
  if (why === null) return { is: 'passed' };
  const needs = beyond(kind, text);
  return needs === null ? { is: 'failed', why } : { is: 'not covered', needs };
}

function whyNot(kind: ScriptKind, text: string): Difference | string | null {
  try {
    return runScript(kind, text).difference;
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

/** The folder itself where it is named as a kind, else the folders of each kind in it. */
async function foldersIn(folder: string): Promise<readonly { readonly kind: ScriptKind; readonly path: string }[]> {
  const own = KINDS.find((kind) => kind === basename(folder));
  if (own !== undefined) return [{ kind: own, path: folder }];
  const names = await namesIn(folder);
  return KINDS.filter((kind) => names.includes(kind)).map((kind) => ({ kind, path: join(folder, kind) }));
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const what = codeOf(cause) === 'ENOENT' ? 'there is no such folder' : messageOf(cause);
    throw new CliError('file-unreadable', `cannot read ${folder}: ${what}`, '', { cause });
  }
}

async function scriptIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CliError('file-unreadable', `cannot read ${file}: ${messageOf(cause)}`, '', { cause });
  }
}

function inWords(why: Difference | string): readonly string[] {
  if (typeof why === 'string') return [`  ${why}`];
  const shown = (title: string, lines: readonly string[]): readonly string[] => [
    `  ${title}:`,
    ...lines.map((line) => `    ${stripVTControlCharacters(line)}`),
  ];
  return [`  line ${why.line}: ${why.command}`, ...shown('expected', why.expected), ...shown('actual', why.actual)];
}
