/** The reference fleet in real time against a cluster, with a view of it. */
import { topicSpecs } from '../../pipelines/topics.ts';
import { createValidatorSet } from '../consensus/validator-set.ts';
import { checkId } from '../fleet/ids.ts';
import { createReferenceFleet } from '../fleet/reference/index.ts';
import { defaultPolicy } from '../interventions/policy.ts';
import { Closers } from './closers.ts';
import { withTopics } from './cluster.ts';
import type { Answer, CommandContext } from './command.ts';
import type { ReferenceOptions } from './commands/reference.ts';
import { CliError } from './errors.ts';
import { FleetDriver } from './live/driver.ts';
import { demoFaults } from './live/faults.ts';
import { summaryOf } from './live/summary.ts';
import { Tally } from './live/tally.ts';
import { watch } from './live/watch.ts';
import { readPolicies, readTable } from './tables.ts';

/** The model that scores runs elsewhere: its threshold is not known here, and the view's colours take the middle. */
const threshold = 0.5;

export async function runReference(context: CommandContext, options: ReferenceOptions): Promise<Answer> {
  const { tenant, fleet: fleetName, agents, seed, heartbeat, faultsEvery } = options;
  const wrong = checkId('--tenant', tenant) ?? checkId('--fleet', fleetName);
  if (wrong !== null) throw new CliError('usage-invalid', wrong.reason);
  return await withTopics(context, options, async ({ log, topics, config }) => {
    await log.createTopics(topicSpecs(topics, [], config.partitions));
    const members = [...(await readTable(log, topics.validators)).values()];
    if (members.length === 0)
      throw new CliError(
        'validators-missing',
        'aura.validators is empty: no decision could be checked',
        'start the pipelines first: aura run --prepare',
      );
    const validators = createValidatorSet(members);
    const policy = (await readPolicies(log, topics)).get(tenant) ?? defaultPolicy(tenant);
    const acting = !policy.dryRun && !policy.stopped;
    const closers = new Closers();
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined); // it may come while nobody waits; whoever waits next hears of it
    let warning = acting ? '' : `${tenant} is ${policy.stopped ? 'stopped' : 'in dry-run'}: decisions are not acted on`;
    const agreement = { cluster: config.cluster, set: validators };
    try {
      const tally = await closers.open(
        Tally.start({
          log,
          topics,
          tenant,
          fleet: fleetName,
          agreement,
          now: Date.now,
          failed: failure.reject,
        }),
      );
      const nowMs = Date.now();
      const fleet = createReferenceFleet({
        seed,
        tenant,
        fleet: fleetName,
        agents,
        startMs: nowMs,
        heartbeatMs: heartbeat,
        // Baselines have to form first.
        faults: demoFaults({ seed, agents, nowMs: nowMs + baselineMs, everyMs: faultsEvery }),
      });
      const driver = await closers.open(
        FleetDriver.start({
          log,
          topics,
          fleet,
          agreement,
          now: Date.now,
          refused: ({ proposalId }, reason) => {
            warning = `decision on ${proposalId} is not acted on: ${reason}`;
          },
          failed: failure.reject,
        }),
      );
      driver.run();
      const watchedMs = await watch({
        context,
        picture: tally.picture,
        driver,
        fleet,
        frame: {
          title: 'reference',
          subtitle: `${tenant}/${fleetName}, ${agents} agents, seed ${seed}${acting ? '' : ' · dry-run'}`,
          threshold,
          validators,
          acting,
        },
        foot: () => [],
        forMs: options.for ?? null,
        warning: () => warning,
        failure: failure.promise,
      });
      Object.assign(tally.picture.counts, driver.sent);
      return summaryOf({ log: 'kafka', picture: tally.picture, watchedMs, decisionRows: null, notes: [] });
    } finally {
      await closers.close();
    }
  });
}

const baselineMs = 25_000;
