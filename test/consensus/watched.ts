/** Runs of a model with a watch of the test's own: what was said, by whom, in many adversarial schedules under fresh seeds. */
import { expect } from 'vitest';
import type { Vocabulary } from '../../src/consensus/core.ts';
import type { Instance } from '../../src/consensus/instance.ts';
import { anyModel, type Model, type Watch } from '../../src/consensus/simulator/model.ts';
import { failed } from '../../src/consensus/simulator/shrink.ts';
import { simulate } from '../../src/consensus/simulator/simulate.ts';

const firstSeed = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1e9));

/** `begin` makes the watch of a run; `report` what breaks the lemma. */
export function holdsInRuns<V extends Vocabulary>(
  model: Model<V>,
  runs: number,
  begin: (report: (violation: string) => void, quorum: number, instance: Instance) => Watch<V>,
): void {
  const watched = anyModel<V>({
    ...model,
    begin: (world) => ({
      ...model.begin(world),
      watch: (report) => begin(report, world.instance.set.quorum, world.instance),
    }),
  });
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const result = simulate(watched, { seed });
    expect(failed(result), `SIM_SEED=${seed}: ${result.violations.join('; ')}`).toBe(false);
  }
}

/** Sets of indexes by key. */
export class Sets {
  readonly #sets = new Map<string, Set<number>>();

  add(key: string, index: number): number {
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new Set();
      this.#sets.set(key, set);
    }
    return set.add(index).size;
  }

  get(key: string): ReadonlySet<number> {
    return this.#sets.get(key) ?? new Set();
  }
}
