/** `aura policy`: what may be done to a tenant's agents, on aura.policies. */
import type { Command } from 'commander';
import { topicSpecs } from '../../../pipelines/topics.ts';
import type { Policy } from '../../../schemas/records.ts';
import { checkId } from '../../fleet/ids.ts';
import { checkPolicy, defaultPolicy } from '../../interventions/policy.ts';
import { withTopics } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  duration,
  examples,
  withConfig,
} from '../command.ts';
import { CliError } from '../errors.ts';
import { readPolicies, writeRecords } from '../tables.ts';

interface SetOptions extends ConfiguredOptions {
  readonly kinds?: readonly string[];
  readonly minFailure?: number;
  readonly blastRadius?: number;
  readonly budget?: number;
  readonly budgetWindow?: number;
  readonly cooldown?: number;
  readonly maxLifetime?: number;
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      'What may be done to a tenant’s agents. A tenant without a policy is in dry-run: decisions are made and signed, and marked as not to be acted on.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura policy show acme', 'what holds for a tenant now'],
        ['aura policy dry-run acme off', 'let actuators act on decisions about its agents'],
        ['aura policy stop acme', 'propose and approve nothing for it from now on'],
        ['aura policy set acme --budget 5 --kinds ESCALATE,THROTTLE', 'at most 5 approvals a cell and minute'],
      ),
    );
  const sub = (name: string, does: string): Command => withConfig(command.command(name).description(does));
  sub('show', 'Show the policy of a tenant, or of all that have one.').argument('[tenant]').action(act(show));
  sub('dry-run', 'Switch dry-run on or off.').argument('<tenant>').argument('<on|off>').action(act(setDryRun));
  sub('stop', 'Propose and approve nothing for a tenant; what is under way runs out.')
    .argument('<tenant>')
    .action(
      act((context, options: ConfiguredOptions, tenant: string) => change(context, options, tenant, { stopped: true })),
    );
  sub('resume', 'Undo stop.')
    .argument('<tenant>')
    .action(
      act((context, options: ConfiguredOptions, tenant: string) =>
        change(context, options, tenant, { stopped: false }),
      ),
    );
  const decimal = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
  sub('set', 'Change limits; what is not named stays.')
    .argument('<tenant>')
    .option('--kinds <list>', 'kinds that may be approved, separated by commas', (text) => text.split(','))
    .option('--min-failure <p>', 'least failure score of a target, 0 to 1', decimal)
    .option('--blast-radius <share>', 'largest share of a cell under interventions at once, 0 to 1', decimal)
    .option('--budget <n>', 'most approvals a cell and budget window', decimal)
    .option('--budget-window <time>', 'length of that window, such as 60s', duration)
    .option('--cooldown <time>', 'least time between two interventions on an agent', duration)
    .option('--max-lifetime <time>', 'longest life of an intervention', duration)
    .action(act(set));
}

async function show(context: CommandContext, options: ConfiguredOptions, tenant?: string): Promise<Answer> {
  if (tenant !== undefined) requireTenant(tenant);
  return await withTopics(context, options, async ({ log, topics }) => {
    const policies = await readPolicies(log, topics);
    if (tenant === undefined) {
      const all = [...policies.values()];
      return {
        json: { policies: all.map(toJson) },
        text:
          all.length === 0
            ? ['no tenant has a policy: all are in dry-run']
            : all.flatMap((policy) => lines(policy, '')),
      };
    }
    const policy = policies.get(tenant);
    return {
      json: { policy: toJson(policy ?? defaultPolicy(tenant)), byDefault: policy === undefined },
      text: lines(policy ?? defaultPolicy(tenant), policy === undefined ? ' (no record: the defaults)' : ''),
    };
  });
}

async function setDryRun(
  context: CommandContext,
  options: ConfiguredOptions,
  tenant: string,
  onOrOff: string,
): Promise<Answer> {
  if (onOrOff !== 'on' && onOrOff !== 'off')
    throw new CliError('usage-invalid', `dry-run is ${JSON.stringify(onOrOff)}; valid is on or off`);
  return await change(context, options, tenant, { dryRun: onOrOff === 'on' });
}

async function set(context: CommandContext, options: SetOptions, tenant: string): Promise<Answer> {
  const { kinds, minFailure, blastRadius, budget, budgetWindow, cooldown, maxLifetime } = options;
  const wanted = {
    allowedKinds: kinds,
    minFailure,
    blastRadius,
    budget,
    budgetMs: budgetWindow,
    cooldownMs: cooldown,
    maxLifetimeMs: maxLifetime,
  };
  const changes = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  if (Object.keys(changes).length === 0)
    throw new CliError('usage-invalid', 'nothing to change was named', 'aura policy set --help lists what there is');
  return await change(context, options, tenant, changes);
}

async function change(
  context: CommandContext,
  options: ConfiguredOptions,
  tenant: string,
  changes: Partial<Policy>,
): Promise<Answer> {
  requireTenant(tenant);
  return await withTopics(context, options, async ({ log, topics, config }) => {
    await log.createTopics(
      topicSpecs(topics, [], config.partitions).filter(({ name }) => name === topics.policies.name),
    );
    const before = (await readPolicies(log, topics)).get(tenant) ?? defaultPolicy(tenant);
    const policy = { ...before, ...changes };
    const wrong = checkPolicy(policy);
    if (wrong !== null) throw new CliError('record-invalid', wrong.reason);
    await writeRecords(log, topics.policies, [{ key: tenant, value: policy }]);
    return { json: { policy: toJson(policy) }, text: lines(policy, '') };
  });
}

function requireTenant(tenant: string): void {
  const wrong = checkId('tenant', tenant);
  if (wrong !== null) throw new CliError('usage-invalid', wrong.reason);
}

function toJson(policy: Policy): Answer['json'] {
  return { ...policy };
}

function lines(policy: Policy, note: string): string[] {
  const { tenant, dryRun, stopped, allowedKinds, minFailure, blastRadius, budget } = policy;
  const acting = stopped
    ? 'STOPPED: nothing is proposed or approved'
    : dryRun
      ? 'dry-run: decisions are not to be acted on'
      : 'decisions may be acted on';
  const seconds = (ms: number): string => `${ms / 1000} s`;
  return [
    `${tenant}: ${acting}${note}`,
    `  kinds         ${allowedKinds.join(', ')}`,
    `  min failure   ${minFailure}`,
    `  blast radius  ${blastRadius} of a cell`,
    `  budget        ${budget} approvals a cell in ${seconds(policy.budgetMs)}`,
    `  cooldown      ${seconds(policy.cooldownMs)}`,
    `  max lifetime  ${seconds(policy.maxLifetimeMs)}`,
  ];
}
