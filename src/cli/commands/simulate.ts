/** aura simulate: the consensus protocols under adversarial schedules, by seed. */
import { appendFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PLANTED_BUGS } from '../../consensus/simulator/bugs.ts';
import { describeIncident, FAULTS, type Fault } from '../../consensus/simulator/incidents.ts';
import { MODELS } from '../../consensus/simulator/models.ts';
import { shrink } from '../../consensus/simulator/shrink.ts';
import { type RunOptions, runUnder, simulate } from '../../consensus/simulator/simulate.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type CommonOptions,
  examples,
  type Json,
  wholeNumber,
  withJson,
} from '../command.ts';
import { CliError, messageOf } from '../errors.ts';
import type { Batch, Tally } from '../simulation/runs.ts';
import { runThreaded } from '../simulation/threads.ts';

interface SimulateOptions extends CommonOptions {
  readonly protocol: string;
  readonly replicas: number;
  readonly runs: number;
  readonly seed?: number;
  readonly faults: readonly Fault[];
  readonly proposals?: number;
  readonly bug?: string;
  readonly listBugs?: boolean;
  readonly threads?: number;
  readonly append?: string;
}

const SEED_MAX = 2 ** 31 - 1;
/** Fewer runs than this are done before threads have started. */
const RUNS_WORTH_A_THREAD = 200;
/** Of a failed run's schedule, the last events told. */
const EVENTS_TOLD = 40;

export function configure(command: Command, act: Act): void {
  withJson(command)
    .description(
      'Run a consensus protocol in a whole simulated cluster, again and again, each time under another seed: messages lost, late, twice and ' +
        'out of order, partitions, crashes that lose unsynced writes, clocks that run fast and slow, and up to a third of the validators ' +
        'lying. Every run is checked for agreement, order, validity, integrity, one vote a view and phase, evidence, and progress once the ' +
        'faults have ended.',
    )
    .addOption(new Option('--protocol <protocol>', 'what to run').choices(Object.keys(MODELS)).default('hotstuff'))
    .option('--replicas <number>', 'validators in a run', wholeNumber(1, 100), 4)
    .option('--runs <number>', 'how many runs', wholeNumber(1, 1_000_000_000), 100)
    .option(
      '--seed <number>',
      'seed of the first run; the others count up from it (drawn and told unless given)',
      wholeNumber(0, SEED_MAX),
    )
    .option('--faults <list>', `which faults may occur: ${FAULTS.join(',')}, or none`, faultList, FAULTS)
    .option('--proposals <number>', 'proposals in a run (1 to 12 by the seed unless given)', wholeNumber(0, 100_000))
    .option('--bug <name>', 'plant this bug, to see whether the checkers notice')
    .option('--list-bugs', 'list the bugs that can be planted')
    .option('--threads <number>', 'worker threads (one for each core unless given)', wholeNumber(1, 256))
    .option('--append <file>', 'add the JSON of this batch to a file as one line, so that batches can be added up')
    .addHelpText(
      'after',
      [
        '',
        'A run that fails is made short (incidents are left out while it still fails) and told with one command that repeats it.',
        'The JSON is {"runs":N,"violations":N,"stalls":N,"committed":N,"runsPerSecond":x}: runs with a violation, runs that came to a',
        'standstill, and proposals decided; besides, by fault, the runs in which it happened. The exit code is 1 when there was a violation or a standstill.',
        examples(
          ['aura simulate --protocol pbft --runs 10000', 'ten thousand schedules under fresh seeds'],
          ['aura simulate --protocol hotstuff --bug lock-not-checked --runs 500', 'see a planted bug found'],
          ['aura simulate --list-bugs --json', 'the planted bugs of all protocols'],
        ),
      ].join('\n'),
    )
    .action(act(run));
}

async function run(context: CommandContext, options: SimulateOptions): Promise<Answer> {
  if (options.listBugs === true) return listBugs();
  const { protocol, replicas, runs, faults, bug } = options;
  const { bugs } = MODELS[protocol];
  if (bug !== undefined && !bugs.includes(bug))
    throw new CliError('usage-invalid', `${protocol} has no planted bug ${bug}`, `valid: ${bugs.join(', ')}`);
  const lastFirst = SEED_MAX - runs + 1;
  if (options.seed !== undefined && options.seed > lastFirst)
    throw new CliError('usage-invalid', `--seed is ${options.seed}; valid is at most ${lastFirst} with ${runs} runs`);
  // Before the runs, which may take hours.
  if (options.append !== undefined) append(options.append, '');
  const firstSeed = options.seed ?? Math.floor(Math.random() * (SEED_MAX / 2));
  const common = {
    replicas,
    faults: [...faults],
    bug: bug ?? null,
    ...(options.proposals === undefined ? {} : { proposals: options.proposals }),
  };
  const batch: Batch = { ...common, protocol, firstSeed, runs };
  const threads = runs < RUNS_WORTH_A_THREAD ? 1 : (options.threads ?? availableParallelism());
  const start = performance.now();
  const report = progress(context, runs, start);
  const tally = await runThreaded(batch, threads, report.onTally);
  report.end();
  const runsPerSecond = Number(((1000 * tally.runs) / (performance.now() - start)).toFixed(2));
  const failures = tally.failing.slice(0, 1).map((seed) => failure(protocol, { ...common, seed }));
  const { violations, stalls, committed, blocks } = tally;
  const json: Json = {
    runs: tally.runs,
    violations,
    stalls,
    committed,
    runsPerSecond,
    protocol,
    replicas,
    seed: firstSeed,
    faults: [...faults],
    blocks,
    byFault: happened(tally),
    ...(failures.length === 0 ? {} : { failures: failures.map(({ json }) => json), failing: tally.failing }),
  };
  if (options.append !== undefined) append(options.append, `${JSON.stringify(json)}\n`);
  return {
    json,
    text: [
      `${protocol}, ${replicas} validators, seeds ${firstSeed} to ${firstSeed + runs - 1}: ${tally.runs} runs, ${violations} with a violation, ` +
        `${stalls} at a standstill, ${committed} proposals decided in ${blocks} blocks, ${runsPerSecond} runs a second`,
      ...failures.flatMap(({ text }) => text),
    ],
    negative: tally.failing.length > 0,
  };
}

function append(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch (cause) {
    throw new CliError('file-unwritable', `cannot write ${file}: ${messageOf(cause)}`, '', { cause });
  }
}

function listBugs(): Answer {
  const width = Math.max(...PLANTED_BUGS.map(({ protocol }) => protocol.length));
  return {
    json: PLANTED_BUGS.map(({ protocol, bug }) => ({ protocol, bug })),
    text: PLANTED_BUGS.map(({ protocol, bug }) => `${protocol.padEnd(width)}  ${bug}`),
  };
}

/** A failed run made short, with the command that repeats it. */
function failure(protocol: string, options: RunOptions): { readonly json: Json; readonly text: readonly string[] } {
  const model = MODELS[protocol];
  const original = simulate(model, options);
  const short = shrink(model, options, original);
  const events: string[] = [];
  runUnder(model, options, short.incidents, (line) => events.push(line));
  const what = short.violations[0] ?? 'not everything was decided in time';
  const replay = replayCommand(protocol, options);
  const incidents = short.incidents.map(describeIncident);
  return {
    json: { seed: options.seed, what, replay, incidents, events: events.length },
    text: [
      '',
      `seed ${options.seed}: ${what}`,
      `It fails still with ${incidents.length} of its ${original.incidents.length} incidents:`,
      ...incidents.map((line) => `  ${line}`),
      ...(events.length > EVENTS_TOLD ? [`The last ${EVENTS_TOLD} of ${events.length} events:`] : ['All events:']),
      ...events.slice(-EVENTS_TOLD).map((line) => `  ${line}`),
      'To repeat it:',
      `  ${replay}`,
    ],
  };
}

function replayCommand(protocol: string, { seed, replicas, faults, proposals, bug }: RunOptions): string {
  const given = [
    `--protocol ${protocol} --replicas ${replicas} --runs 1 --seed ${seed}`,
    `--faults ${faults === undefined || faults.length === 0 ? 'none' : faults.join(',')}`,
    ...(proposals === undefined ? [] : [`--proposals ${proposals}`]),
    ...(bug === undefined || bug === null ? [] : [`--bug ${bug}`]),
  ];
  return `npm run -s aura -- simulate ${given.join(' ')}`;
}

/** One line that rewrites itself, where a person watches. */
function progress({ io, json }: CommandContext, runs: number, start: number) {
  const terminal = json ? null : io.terminal();
  return {
    onTally(tally: Tally): void {
      const perSecond = (1000 * tally.runs) / (performance.now() - start);
      const failing =
        tally.failing.length === 0 ? 'all well' : io.style.red(`failed: seed ${tally.failing.join(', ')}`);
      terminal?.write(`\r\x1b[K${tally.runs} of ${runs} runs, ${perSecond.toFixed(0)} a second, ${failing}`);
    },
    end(): void {
      terminal?.write('\r\x1b[K');
    },
  };
}

function faultList(text: string): readonly Fault[] {
  const names = text === 'none' ? [] : text.split(',').map((name) => name.trim());
  return names.map((name) => {
    const fault = FAULTS.find((known) => known === name);
    if (fault === undefined)
      throw new InvalidArgumentError(`Valid are ${FAULTS.join(', ')}, separated by commas, or none.`);
    return fault;
  });
}

function happened({ byFault }: Tally): Json {
  const counts = Object.entries(byFault).filter(([, { runs }]) => runs > 0);
  return Object.fromEntries(
    counts.map(([fault, { runs, violations, stalls }]) => [fault, { runs, violations, stalls }]),
  );
}
