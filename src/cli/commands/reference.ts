/** `aura reference`: the reference fleet against a cluster. */
import type { Command } from 'commander';
import {
  type Act,
  type ConfiguredOptions,
  duration,
  examples,
  timeOption,
  wholeNumber,
  withConfig,
} from '../command.ts';

export interface ReferenceOptions extends ConfiguredOptions {
  readonly tenant: string;
  readonly fleet: string;
  readonly agents: number;
  readonly seed: number;
  readonly faultsEvery: number;
  readonly heartbeat: number;
  readonly for?: number;
}

export function configure(command: Command, act: Act): void {
  withConfig(command)
    .description(
      'Run the reference fleet in real time against the configured cluster, with an actuator that carries out the decisions that check out, and a live view. ' +
        'The pipelines run elsewhere: aura run. A new tenant is in dry-run: aura policy dry-run TENANT off lets decisions be acted on.',
    )
    .option('--tenant <id>', 'tenant of the fleet', 'demo')
    .option('--fleet <id>', 'id of the fleet', 'reference')
    .option('--agents <n>', 'number of agents', wholeNumber(5, 10_000), 80)
    .option('--seed <n>', 'of the fleet and its faults', wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(timeOption('--heartbeat <time>', 'time between two heartbeats of an agent', '1s'))
    .addOption(timeOption('--faults-every <time>', 'mean time between two faults', '30s'))
    .option('--for <time>', 'end after so long, such as 5m; until Ctrl-C unless given', duration)
    .addHelpText(
      'after',
      examples(
        ['aura reference', 'eighty agents to watch on a real Kafka'],
        ['aura reference --tenant load --agents 2000 --for 10m --json', 'a larger fleet, for a while'],
      ),
    )
    .action(
      act(async (context, options: ReferenceOptions) => {
        const { runReference } = await import('../reference.ts');
        return await runReference(context, options);
      }),
    );
}
