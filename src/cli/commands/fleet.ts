/** `aura fleet`: how fleets are cut into cells, windowed and mapped, on aura.fleets. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { topicSpecs } from '../../../pipelines/topics.ts';
import type { Fleet } from '../../../schemas/records.ts';
import { checkFleet, defaultFleet, inOrder, succeeding } from '../../fleet/fleet-record.ts';
import { checkId, fleetKey } from '../../fleet/ids.ts';
import { withTopics } from '../cluster.ts';
import {
  type Act,
  type Answer,
  type CommandContext,
  type ConfiguredOptions,
  duration,
  examples,
  wholeNumber,
  withConfig,
} from '../command.ts';
import { CliError, messageOf } from '../errors.ts';
import { readFleets, writeRecords } from '../tables.ts';

interface SetOptions extends ConfiguredOptions {
  readonly cells?: number;
  readonly window?: number;
  readonly grace?: number;
  readonly forget?: number;
  readonly mapping?: string;
  readonly staggered?: string;
  readonly effective?: string;
}

export function configure(command: Command, act: Act): void {
  command
    .description(
      'How a fleet is cut into cells of at most 256 agents, windowed and mapped. A fleet without a record has one cell, windows of 1 s and 200 ms of grace.',
    )
    .addHelpText(
      'after',
      examples(
        ['aura fleet show acme checkout', 'what holds for a fleet now'],
        ['aura fleet set acme checkout --cells 8', 'room for some 2000 agents'],
        ['aura fleet set acme checkout --window 10s --grace 2s', 'for agents that report every 10 s'],
        ['aura fleet set acme checkout --staggered on', 'cells close one after another'],
        ['aura fleet set acme checkout --mapping signals.json', 'raw metrics to golden signals'],
      ),
    );
  withConfig(command.command('show'))
    .description('Show the record of a fleet, or all records.')
    .argument('[tenant]')
    .argument('[fleet]')
    .action(act(show));
  withConfig(command.command('set'))
    .description('Change a fleet’s record; what is not named stays.')
    .argument('<tenant>')
    .argument('<fleet>')
    .option('--cells <n>', 'number of cells; agents are spread over them by a hash of their ids', wholeNumber(1, 4096))
    .option('--window <time>', 'length of the tumbling window, such as 1s', duration)
    .option('--grace <time>', 'how long after a window’s end late observations count', duration)
    .option('--forget <time>', 'an agent silent for longer is no longer a member', duration)
    .option('--mapping <file>', 'JSON: [{"signal": "LATENCY", "metrics": ["p50_ms"], "scale": 1}, ...]')
    .addOption(
      new Option('--staggered <on|off>', 'whether cells close one after another; for many cells').choices([
        'on',
        'off',
      ]),
    )
    .option('--effective <time>', 'event time from which it holds, as ISO 8601; now unless given')
    .action(act(set));
}

async function show(
  context: CommandContext,
  options: ConfiguredOptions,
  tenant?: string,
  fleet?: string,
): Promise<Answer> {
  return await withTopics(context, options, async ({ log, topics }) => {
    const records = await readFleets(log, topics);
    if (tenant === undefined || fleet === undefined) {
      const some = [...records.values()].filter((record) => tenant === undefined || record.tenant === tenant);
      return {
        json: { fleets: some.map(toJson) },
        text:
          some.length === 0
            ? ['no fleet has a record: the defaults hold']
            : some.flatMap((record) => lines(record, '')),
      };
    }
    requireIds(tenant, fleet);
    const record = records.get(fleetKey(tenant, fleet));
    return {
      json: { fleet: toJson(record ?? defaultFleet(tenant, fleet)), byDefault: record === undefined },
      text: lines(record ?? defaultFleet(tenant, fleet), record === undefined ? ' (no record: the defaults)' : ''),
    };
  });
}

async function set(context: CommandContext, options: SetOptions, tenant: string, fleet: string): Promise<Answer> {
  requireIds(tenant, fleet);
  const { cells, window, grace, forget } = options;
  const mapping = options.mapping === undefined ? undefined : await readMapping(options.mapping);
  const staggered = options.staggered === undefined ? undefined : options.staggered === 'on';
  const wanted = { cells, windowMs: window, graceMs: grace, forgetMs: forget, mapping, staggered };
  const changes = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  if (Object.keys(changes).length === 0)
    throw new CliError('usage-invalid', 'nothing to change was named', 'aura fleet set --help lists what there is');
  const nowMs = Date.now();
  const effectiveMs = options.effective === undefined ? nowMs : timeOf(options.effective);
  return await withTopics(context, options, async ({ log, topics, config }) => {
    await log.createTopics(topicSpecs(topics, [], config.partitions).filter(({ name }) => name === topics.fleets.name));
    const key = fleetKey(tenant, fleet);
    const before = (await readFleets(log, topics)).get(key) ?? null;
    const known = before === null ? [defaultFleet(tenant, fleet)] : inOrder(before);
    const changed = known.findLast((one) => one.effectiveMs <= effectiveMs) ?? known[0];
    const record = succeeding(before, { ...changed, ...changes, effectiveMs }, nowMs);
    const wrong = checkFleet(record);
    if (wrong !== null) throw new CliError('record-invalid', wrong.reason);
    await writeRecords(log, topics.fleets, [{ key, value: record }]);
    return { json: { fleet: toJson(record) }, text: lines(record, '') };
  });
}

const mappingFile = z.array(
  z.strictObject({
    signal: z.enum(['LATENCY', 'TRAFFIC', 'ERRORS', 'SATURATION']),
    metrics: z.array(z.string()).min(1),
    scale: z.number(),
  }),
);

async function readMapping(file: string): Promise<Fleet['mapping']> {
  try {
    return mappingFile.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new CliError('record-invalid', `${file} is no mapping: ${why}`, '', { cause });
  }
}

function timeOf(text: string): number {
  const ms = Date.parse(text);
  if (ms >= 0) return ms;
  throw new CliError(
    'usage-invalid',
    `--effective is ${JSON.stringify(text)}; valid is a time such as ${new Date(0).toISOString()}`,
  );
}

function requireIds(tenant: string, fleet: string): void {
  const wrong = checkId('tenant', tenant) ?? checkId('fleet', fleet);
  if (wrong !== null) throw new CliError('usage-invalid', wrong.reason);
}

function toJson({ previous: _, ...record }: Fleet) {
  return { ...record, mapping: record.mapping.map((mapping) => ({ ...mapping })) };
}

function lines(record: Fleet, note: string): string[] {
  const { tenant, fleet, cells, windowMs, graceMs, forgetMs, effectiveMs, mapping, staggered } = record;
  return [
    `${tenant}/${fleet}: ${cells} ${cells === 1 ? 'cell' : 'cells'}${note}`,
    `  window     ${windowMs} ms, ${graceMs} ms of grace${staggered ? ', each cell on a grid of its own' : ''}`,
    `  forget     agents silent for ${forgetMs / 1000} s`,
    `  effective  from ${new Date(effectiveMs).toISOString()}`,
    ...mapping.map(({ signal, metrics, scale }) => `  mapping    ${signal} = ${scale} x (${metrics.join(' + ')})`),
  ];
}
