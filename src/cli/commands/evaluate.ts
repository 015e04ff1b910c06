/** `aura evaluate`: the models against recorded data that nobody here made. */
import type { Command } from 'commander';
import { configOf } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  examples,
  withConfig,
} from '../command.ts';
import { CliError } from '../errors.ts';
import { type DataSet, dataSets } from '../evaluate/data-sets.ts';
import { ReplayError } from '../replay/errors.ts';

interface EvaluateOptions extends ConfiguredOptions {
  readonly data: string;
  readonly model?: string;
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      'Measure failure scores and attribution on recorded data, beside simple methods and floors on the same cases and the published numbers.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura evaluate nezha --data nezha/dev', 'OnlineBoutique and TrainTicket with injected faults'],
        ['aura evaluate grid5000 --data grid5000/dev --json', 'a grid’s real failures, as one JSON object'],
      ),
    );
  for (const dataSet of dataSets) {
    withConfig(command.command(dataSet.name))
      .description(dataSet.summary)
      .requiredOption('--data <dir>', dataSet.folder)
      .option(
        '--model <model>',
        'a name or id of `aura model list`, or a file; the one chosen for this data unless given',
      )
      .action(act((context: CommandContext, options: EvaluateOptions) => evaluate(dataSet, context, options)));
  }
}

async function evaluate(dataSet: DataSet, context: CommandContext, options: EvaluateOptions): Promise<Answer> {
  const { io } = context;
  const { modelsDir } = await configOf(context, options);
  const stop = new AbortController();
  const unlisten = io.onStop((signal) =>
    stop.abort(new ReplayError('replay-interrupted', `the evaluation was ended by ${signal}`)),
  );
  const startedMs = performance.now();
  try {
    const run = await dataSet.load();
    const { text, ...figures } = await run({
      folder: options.data,
      ...(options.model === undefined ? {} : { model: options.model }),
      modelsDir,
      signal: stop.signal,
      tell: (line) => {
        if (io.terminal() === null && context.json) return;
        io.err(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
      },
    });
    return {
      json: { dataSet: dataSet.name, ...figures, targets: figures.targets.map((target) => ({ ...target })) },
      text,
    };
  } catch (error) {
    if (error instanceof ReplayError && error.code === 'data-missing') {
      throw new CliError('usage-invalid', error.message, 'README.md says where the recordings can be had', {
        cause: error,
      });
    }
    throw error;
  } finally {
    unlisten();
  }
}
