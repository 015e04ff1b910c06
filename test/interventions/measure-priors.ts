/**
 * Measures what each kind of intervention avoids, by controlled experiment on the reference fleet: the same seed and fault run once left alone and once
 * with the intervention from the second window on in which the struck agent stands out. Prints, by the trouble it was in and kind, the share of the
 * agent-seconds of failure of the next minute that were avoided. Run by hand: `node test/interventions/measure-priors.ts [runs]`; the catalogue's
 * priors come from it.
 */
import type { Snapshot } from '../../schemas/records.ts';
import { FAULT_KINDS, randomFaults } from '../../src/fleet/reference/index.ts';
import { troubleOf } from '../../src/interventions/blame.ts';
import type { Kind } from '../../src/interventions/catalogue.ts';
import { worstDeviation } from '../../src/interventions/trouble.ts';
import { at, WatchedFleet } from './closed-loop.ts';

const agents = 40;
const measuredS = 60;
const kinds: readonly Kind[] = ['THROTTLE', 'REROUTE', 'RESTART', 'ISOLATE'];
const runs = Number(process.argv[2] ?? 8);
const table = new Map<string, Map<string, number[]>>();

for (const kind of FAULT_KINDS) {
  for (let seed = 1; seed <= runs; seed++) {
    const faults = randomFaults({ seed, agents, fromMs: at(40), toMs: at(600), everyMs: 20_000, kinds: [kind] }).slice(
      0,
      1,
    );
    if (faults.length === 0) continue;
    const [fault] = faults;
    const standsOut = (snapshot: Snapshot): boolean => {
      const agent = snapshot.agents.find((one) => one.agent === fault.agent);
      return agent !== undefined && worstDeviation(agent.deviation, agent.silentMs, 1000) >= 6;
    };
    const run = (intervention: Kind | null): { readonly trouble: string; readonly failed: number } | null => {
      const world = new WatchedFleet(seed, agents, faults);
      let streak = 0;
      for (let ms = at(0); ms < at(800); ms += 100) {
        for (const snapshot of world.advanceTo(ms)) {
          streak = snapshot.windowEndMs > fault.fromMs && standsOut(snapshot) ? streak + 1 : 0;
          if (streak < 2) continue;
          const agent = snapshot.agents.find((one) => one.agent === fault.agent);
          if (agent === undefined) continue;
          const score = { ...agent, failure: 1, confidence: 1, signals: [], neighbours: [] };
          const trouble = `${troubleOf(score, 1000)} ${kind}`;
          const fromMs = ms;
          if (intervention !== null) {
            const parameters = intervention === 'THROTTLE' ? [{ name: 'keep', value: 0.5 }] : [];
            world.fleet.apply({
              id: 'x',
              kind: intervention,
              targets: [fault.agent],
              parameters,
              expiresMs: fromMs + 60_000,
            });
          }
          world.advanceTo(fromMs + 1000 * measuredS);
          return { trouble, failed: world.failedSeconds(fromMs, fromMs + 1000 * measuredS) };
        }
      }
      return null;
    };
    const alone = run(null);
    if (alone === null || alone.failed < 3) continue;
    const row = table.get(alone.trouble) ?? new Map<string, number[]>();
    table.set(alone.trouble, row);
    for (const intervention of kinds) {
      const with_ = run(intervention);
      if (with_ === null) continue;
      const list = row.get(intervention) ?? [];
      row.set(intervention, list);
      list.push((alone.failed - with_.failed) / alone.failed);
    }
  }
}

for (const [trouble, row] of [...table].sort()) {
  const cells = kinds.map((kind) => {
    const list = (row.get(kind) ?? []).sort((a, b) => a - b);
    const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
    return `${kind} ${mean.toFixed(2)} (median ${list[list.length >> 1]?.toFixed(2)})`;
  });
  console.log(`${trouble.padEnd(24)} n=${row.get('THROTTLE')?.length}  ${cells.join('  ')}`);
}
