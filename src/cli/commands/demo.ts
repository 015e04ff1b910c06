/** `aura demo`, which is `npm start`. */
import type { Command } from 'commander';
import { type Act, type CommonOptions, duration, examples, timeOption, wholeNumber, withJson } from '../command.ts';

export interface DemoOptions extends CommonOptions {
  readonly for?: number;
  readonly agents: number;
  readonly seed: number;
  readonly faultsEvery: number;
  readonly port: number;
  readonly model?: string;
}

export function configure(command: Command, act: Act): void {
  withJson(command)
    .description(
      'The whole pipeline in this process, nothing else needed: the reference fleet sends heartbeats, something goes wrong every so often, and AURA ' +
        'scores, proposes, agrees and signs; the fleet’s actuator checks the signatures and carries the decisions out (the tenant demo is not in dry-run). ' +
        'The history goes to an embedded Postgres that psql can open. Ends with a summary, by Ctrl-C or --for.',
    )
    .option('--for <time>', 'end after so long, such as 30s; until Ctrl-C unless given', duration)
    .option('--agents <n>', 'agents of the reference fleet, in cells of at most 200', wholeNumber(5, 1000), 80)
    .option('--seed <n>', 'of the fleet and its faults', wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(timeOption('--faults-every <time>', 'mean time between two faults', '30s'))
    .option('--port <n>', 'of the embedded Postgres on 127.0.0.1; 0 is any free one', wholeNumber(0, 65_535), 0)
    .option(
      '--model <model>',
      'what scores: a name or id of `aura model list`, or a file (AURA_MODEL; the one shipped)',
    )
    .addHelpText(
      'after',
      examples(
        ['aura demo', 'watch, until Ctrl-C'],
        ['aura demo --for 30s --json', 'half a minute, then one line of JSON'],
        ['aura demo --agents 200 --faults-every 10s', 'more to see'],
      ),
    )
    .action(
      act(async (context, options: DemoOptions) => {
        const { runDemo } = await import('../demo.ts');
        return await runDemo(context, options);
      }),
    );
}
