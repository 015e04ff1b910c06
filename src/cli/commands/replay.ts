/** `aura replay`: recorded telemetry through the whole pipeline. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { configOf, loggerOf } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  withConfig,
} from '../command.ts';
import { loadEngine } from '../engine.ts';
import { CliError } from '../errors.ts';
import { scoringModelPath } from '../model-store.ts';
import { ReplayError } from '../replay/errors.ts';
import type { Speed } from '../replay/play.ts';
import { type Progress, replayNezha } from '../replay/replay-nezha.ts';
import { report } from '../replay/report.ts';
import type { LogChoice } from '../replay/session.ts';

interface ReplayCommandOptions extends ConfiguredOptions {
  readonly data: string;
  readonly log: 'memory' | 'kafka';
  readonly speed: Speed;
  readonly model?: string;
  readonly until?: number;
}

export function configure(command: Command, act: Act): void {
  command.description(
    'Play recorded telemetry through the whole pipeline and compare what it says with what happened.',
  );
  withConfig(command.command('nezha'))
    .description(
      'The recordings of Nezha (ESEC/FSE 2023): OnlineBoutique and TrainTicket with injected faults. Every system and day in the folder is played; ' +
        'labels.csv is read to score the result and for nothing else.',
    )
    .requiredOption('--data <dir>', 'folder of SYSTEM_DATE_metrics.csv.gz and what goes with them')
    .addOption(
      new Option('--log <kind>', 'the embedded log, or topics of its own in the configured cluster, which stay there')
        .choices(['memory', 'kafka'])
        .default('memory'),
    )
    .option('--speed <n|max>', 'multiple of real time, or as fast as the pipeline goes', speed, 'max')
    .option(
      '--model <model>',
      'what scores: a name or id of `aura model list`, or a file; the one shipped unless given',
    )
    .option('--until <time>', 'leave out what was recorded at or after this time (ISO 8601)', time)
    .addHelpText(
      'after',
      examples(
        ['aura replay nezha --data nezha/dev', 'all of it, embedded'],
        ['aura replay nezha --data nezha/dev --until 2022-08-22T06:00Z', 'the first hours'],
        ['aura replay nezha --data nezha/dev --log kafka --speed 600', 'on the cluster that AURA_BROKERS names'],
      ),
    )
    .action(act(nezha));
}

async function nezha(context: CommandContext, options: ReplayCommandOptions): Promise<Answer> {
  const { io } = context;
  const log = await logChoice(context, options);
  const engine = await loadEngine(await modelFile(context, log, options));
  const stop = new AbortController();
  const unlisten = io.onStop((signal) =>
    stop.abort(new ReplayError('replay-interrupted', `the replay was ended by ${signal}`)),
  );
  const progress = progressLine(context);
  try {
    const result = await replayNezha({
      folder: options.data,
      log,
      speed: options.speed,
      engine,
      untilMs: options.until ?? null,
      signal: stop.signal,
      onProgress: progress.show,
    });
    progress.clear();
    return report(result);
  } catch (error) {
    progress.clear();
    if (error instanceof ReplayError && error.code === 'data-missing')
      throw new CliError('usage-invalid', error.message, 'README.md says where the recordings can be had', {
        cause: error,
      });
    throw error;
  } finally {
    unlisten();
    await engine.close();
  }
}

async function modelFile(
  context: CommandContext,
  log: LogChoice,
  options: ReplayCommandOptions,
): Promise<string | undefined> {
  const wanted = options.model ?? (log.kind === 'kafka' ? log.config.model : undefined);
  if (wanted === undefined) return undefined;
  return await scoringModelPath((await configOf(context, options)).modelsDir, wanted);
}

async function logChoice(context: CommandContext, options: ReplayCommandOptions): Promise<LogChoice> {
  if (options.log === 'memory') return { kind: 'memory' };
  const config = await configOf(context, options);
  // What the client has to say between errors would drown the progress.
  const logLevel = context.io.env.AURA_LOG_LEVEL === undefined ? 'error' : config.logLevel;
  const logger = loggerOf({ ...config, logLevel }, 'replay');
  return { kind: 'kafka', config, report: (level, message, details) => logger[level](details, message) };
}

/** One line of standard error, redrawn, where somebody watches. */
function progressLine({ io, json }: CommandContext): { show(progress: Progress): void; clear(): void } {
  const terminal = json ? null : io.terminal();
  if (terminal === null) return { show: () => undefined, clear: () => undefined };
  let shownMs = 0;
  return {
    show({ fleet, timeMs, fromMs, toMs, counts }) {
      const nowMs = performance.now();
      if (nowMs - shownMs < 100) return;
      shownMs = nowMs;
      const done = toMs === fromMs ? 100 : Math.floor((100 * (timeMs - fromMs)) / (toMs - fromMs));
      const line =
        `${fleet} ${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')}  ${String(done).padStart(3)} %  ` +
        `${counts.scores} windows scored, ${counts.approved + counts.rejected} decisions`;
      io.err(`\r\u001b[2K${line.slice(0, terminal.columns - 1)}`);
    },
    clear: () => io.err('\r\u001b[2K'),
  };
}

function speed(text: string): Speed {
  if (text === 'max') return 'max';
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Valid is max, or a number above 0: 1 is real time.');
}

function time(text: string): number {
  const value = Date.parse(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Valid is a time such as 2022-08-22T06:00Z.');
}
