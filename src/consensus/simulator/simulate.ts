/** From a seed to an outcome: the incidents that the seed draws, and the run under them. */
import { drawIncidents, FAULTS, type Fault, type Incident } from './incidents.ts';
import type { AnyModel } from './model.ts';
import { Random } from './random.ts';
import { type Outcome, Simulation } from './simulation.ts';

export interface RunOptions {
  readonly seed: number;
  /** 4 unless given. */
  readonly replicas?: number;
  /** Faults that may occur; all unless given. */
  readonly faults?: readonly Fault[];
  /** Proposals in the run; drawn by the seed unless given. */
  readonly proposals?: number;
  /** A planted bug of the model, by name. */
  readonly bug?: string | null;
}

export interface RunResult extends Outcome {
  readonly seed: number;
  readonly incidents: readonly Incident[];
}

/** The incidents of a run. */
export function incidentsOf(model: AnyModel, options: RunOptions): readonly Incident[] {
  const replicas = options.replicas ?? 4;
  return drawIncidents(new Random(options.seed), model, {
    replicas,
    faulty: Math.floor((replicas - 1) / 3),
    allowed: new Set(options.faults ?? FAULTS),
    proposals: options.proposals ?? null,
  });
}

/** Runs under `incidents`, which are those of the seed or some of them. `onLine` is told of everything that happens. */
export function runUnder(
  model: AnyModel,
  options: RunOptions,
  incidents: readonly Incident[],
  onLine?: (line: string) => void,
): RunResult {
  const { seed, replicas = 4, bug = null } = options;
  const outcome = model.with((known) => new Simulation(known, { seed, replicas, incidents, bug, onLine }).run());
  return { seed, incidents, ...outcome };
}

export function simulate(model: AnyModel, options: RunOptions): RunResult {
  return runUnder(model, options, incidentsOf(model, options));
}
