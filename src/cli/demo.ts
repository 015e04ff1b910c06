/** The demo: AURA embedded, the reference fleet in real time, and a view of both. */

import pg from 'pg';
import { defaultFleet } from '../fleet/fleet-record.ts';
import { fleetKey } from '../fleet/ids.ts';
import { createReferenceFleet, type ReferenceFleet } from '../fleet/reference/index.ts';
import { defaultPolicy } from '../interventions/policy.ts';
import type { Log } from '../streams/log.ts';
import { groupOf } from '../streams/names.ts';
import type { Topic } from '../streams/processor.ts';
import { Closers } from './closers.ts';
import type { Answer, CommandContext } from './command.ts';
import type { DemoOptions } from './commands/demo.ts';
import { loadConfig } from './config/config.ts';
import { type Embedded, startEmbedded } from './embedded.ts';
import { messageOf } from './errors.ts';
import { FleetDriver } from './live/driver.ts';
import { demoFaults } from './live/faults.ts';
import { summaryOf } from './live/summary.ts';
import { Tally } from './live/tally.ts';
import { watch } from './live/watch.ts';
import { scoringModelPath } from './model-store.ts';
import { writeRecords } from './tables.ts';

const tenant = 'demo';
const fleetName = 'reference';
const heartbeatMs = 1000;
/** The fleet has run for so long when one begins to watch: baselines take some windows to form. */
const pastMs = 30_000;
const { windowMs } = defaultFleet(tenant, fleetName);
/** Something is to happen on the screen all the time: a larger budget than a tenant would usually grant. */
const demoPolicy = { ...defaultPolicy(tenant), dryRun: false, budget: 60 };
const agentsPerCell = 200;
/** Longest wait, at the end, for what is under way. */
const settleMs = 5000;

export async function runDemo(context: CommandContext, options: DemoOptions): Promise<Answer> {
  const { io, json } = context;
  const configured = await loadConfig({ env: io.env });
  const wanted = options.model ?? configured.model;
  const model = wanted === undefined ? undefined : await scoringModelPath(configured.modelsDir, wanted);
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined); // it may come while nobody waits; whoever waits next hears of it
  let warning = '';
  const warn = (text: string): void => {
    warning = text;
    if (json || io.terminal() === null) io.err(`warning: ${text}\n`);
  };
  const closers = new Closers();
  try {
    if (!json) io.out('AURA demo: starting the pipelines, four validators and an embedded Postgres ...\n');
    const aura = await closers.open(
      startEmbedded({
        port: options.port,
        ...(model === undefined ? {} : { model }),
        observer: {
          taskState: (processor, partition, state, error) => {
            if (state === 'failed') warn(`${processor}/${partition} starts anew: ${messageOf(error)}`);
          },
        },
        failed: failure.reject,
      }),
    );
    const { log, running, engine, agreement } = aura;
    const validators = agreement.set;
    let history = 'history: the database is starting ...';
    void aura.database.then(({ port }) => {
      history = `history: psql "host=127.0.0.1 port=${port} user=postgres sslmode=disable"`;
      if (!json && io.terminal() === null) io.out(`${history}\n`);
    }, failure.reject);
    const { topics } = running;
    const cells = Math.ceil(options.agents / agentsPerCell);
    await writeRecords(log, topics.policies, [{ key: tenant, value: demoPolicy }]);
    await writeRecords(log, topics.fleets, [
      { key: fleetKey(tenant, fleetName), value: { ...defaultFleet(tenant, fleetName), cells } },
    ]);
    const tally = await closers.open(
      Tally.start({ log, topics, tenant, fleet: fleetName, agreement, now: Date.now, failed: failure.reject }),
    );
    const fleet = referenceFleet(options);
    const driver = await closers.open(
      FleetDriver.start({
        log,
        topics,
        fleet,
        agreement,
        now: Date.now,
        refused: ({ proposalId }, reason) => warn(`decision on ${proposalId} is not acted on: ${reason}`),
        failed: failure.reject,
      }),
    );
    await Promise.race([driver.catchUp(windowMs, () => taken(aura)), failure.promise]);
    driver.run();
    const firstDecision = whenFirst(() => tally.picture.counts.approved + tally.picture.counts.rejected > 0);
    closers.add(firstDecision.stop);
    const watchedMs = await watch({
      context,
      picture: tally.picture,
      driver,
      fleet,
      frame: {
        title: 'demo',
        subtitle: `${options.agents} agents · seed ${options.seed} · dry-run off for tenant ${tenant}`,
        threshold: engine.model.threshold,
        validators,
        acting: true,
      },
      forMs: options.for ?? null,
      foot: () => [history],
      warning: () => warning,
      failure: failure.promise,
    });
    if (!json) io.out('ending: the last decisions go into the history ...\n');
    const decisionRows = await Promise.race([settled(aura, tally), failure.promise]);
    const { picture } = tally;
    Object.assign(picture.counts, driver.sent);
    const { ms } = firstDecision;
    const first = ms === null ? 'none' : `${(ms / 1000).toFixed(1)} s after the command`;
    return summaryOf({
      log: 'memory',
      picture,
      watchedMs,
      decisionRows,
      notes: [`first decision ${first}`],
    });
  } finally {
    await closers.close();
  }
}

function referenceFleet({ seed, agents, faultsEvery }: DemoOptions): ReferenceFleet {
  const nowMs = Date.now();
  return createReferenceFleet({
    seed,
    tenant,
    fleet: fleetName,
    agents,
    startMs: nowMs - pastMs,
    heartbeatMs,
    faults: demoFaults({ seed, agents, nowMs, everyMs: faultsEvery }),
  });
}

/** Resolves when all that was written has become snapshots and scores. */
async function taken({ log, running: { topics, workers } }: Embedded): Promise<void> {
  const { heartbeats, interactions, observations } = topics;
  await committed(log, 'intake', [heartbeats, interactions]);
  // Snapshots may run alone or be the first link of a chain, which is named by all its links.
  const chain = workers.find(({ name }) => name.split('-').includes('snapshots'));
  if (chain !== undefined) await committed(log, chain.name, [observations]);
}

/** Resolves when a processor has committed all that its topics hold now. */
async function committed(log: Log, processor: string, topics: readonly Topic[]): Promise<void> {
  const bounds = await Promise.all(
    topics.map(async ({ name: topic }) => (await log.bounds(topic)).map((bound) => ({ topic, ...bound }))),
  );
  const ends = bounds.flat().filter(({ low, high }) => high > low);
  for (;;) {
    const positions = await log.committed(groupOf({ name: processor }), ends);
    const done = ends.every(({ topic, partition, high }) =>
      positions.some((at) => at.topic === topic && at.partition === partition && at.offset >= high),
    );
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/**
 * Waits for a moment at which each proposal is decided and each decision is in the database, or for settleMs; the number of decisions there. The fleet
 * goes on meanwhile: agents that fell silent would be one more thing to decide on.
 */
async function settled(aura: Embedded, { picture: { counts } }: Tally): Promise<number> {
  const { url } = await aura.database;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const giveUpMs = performance.now() + settleMs;
    for (;;) {
      const { rows } = await client.query<{ decisions: number }>(
        'select count(*)::int as decisions from aura.decisions',
      );
      const [{ decisions }] = rows;
      const decided = counts.approved + counts.rejected;
      if ((decided === counts.proposals && decisions === decided) || performance.now() > giveUpMs) return decisions;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await client.end();
  }
}

/** When something was first the case, in ms since the process began; null: not yet. */
function whenFirst(isSo: () => boolean): { readonly ms: number | null; stop(): void } {
  let ms: number | null = null;
  const timer = setInterval(() => {
    if (!isSo()) return;
    ms = performance.now();
    clearInterval(timer);
  }, 50);
  return {
    get ms() {
      return ms;
    },
    stop: () => clearInterval(timer),
  };
}
