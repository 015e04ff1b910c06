/** What knows nothing but a position: it names the same place of every run. */
import type { Run } from '../../../liquid/attribution/run.ts';
import type { Figures } from '../evaluation.ts';
import type { RecordedRun } from './read-runs.ts';
import { toPercent } from './scores.ts';

export interface FaultyRun extends RecordedRun {
  readonly fault: NonNullable<RecordedRun['fault']>;
}

/** A floor and its share of hits in percent. */
export interface Floor {
  readonly name: string;
  readonly percent: number;
}

export function agentFloors(runs: readonly FaultyRun[]): readonly Floor[] {
  const speaker = (run: Run, index: number) => run.steps.at(index)?.speaker ?? null;
  return [
    floor('first speaker', runs, ({ run, fault }) => speaker(run, 0) === fault.agent),
    floor('last speaker', runs, ({ run, fault }) => speaker(run, -1) === fault.agent),
    floor('most frequent speaker', runs, ({ run, fault }) => mostFrequent(run) === fault.agent),
    ...places(runs).map((k) =>
      floor(`speaker of step ${k}`, runs, ({ run, fault }) => speaker(run, k) === fault.agent),
    ),
    floor('speaker of a step drawn at random', runs, ({ run, fault }) => {
      return run.steps.filter((step) => step.speaker === fault.agent).length / run.steps.length;
    }),
  ];
}

export function stepFloors(runs: readonly FaultyRun[]): readonly Floor[] {
  return [
    ...places(runs).map((k) => floor(`step ${k}`, runs, ({ fault }) => fault.step === k)),
    ...places(runs).map((k) =>
      floor(`step ${k + 1} from the end`, runs, ({ run, fault }) => fault.step === run.steps.length - 1 - k),
    ),
    floor('a step drawn at random', runs, ({ run }) => 1 / run.steps.length),
  ];
}

/** The highest floor; the first of equal ones. */
export function highest(floors: readonly Floor[]): Floor {
  return floors.reduce((best, one) => (one.percent > best.percent ? one : best));
}

/** Hits in percent where each part has the floor that is highest there: what nobody could know beforehand. */
export function chosenPerPart(
  parts: readonly (readonly FaultyRun[])[],
  floorsOf: (runs: readonly FaultyRun[]) => readonly Floor[],
): number {
  const hits = parts.reduce((sum, runs) => sum + (highest(floorsOf(runs)).percent / 100) * runs.length, 0);
  return toPercent(hits / parts.reduce((sum, runs) => sum + runs.length, 0));
}

export function floorFigures(floors: readonly Floor[]): Figures {
  const best = highest(floors);
  return {
    highest: best.name,
    percent: best.percent,
    each: Object.fromEntries(floors.map((f) => [f.name, f.percent])),
  };
}

/** Every place that some run has, at most the first 40. */
function places(runs: readonly FaultyRun[]): readonly number[] {
  const longest = Math.max(...runs.map(({ run }) => run.steps.length));
  return Array.from({ length: Math.min(longest, 40) }, (_, k) => k);
}

function mostFrequent({ steps }: Run): string {
  const counts = new Map<string, number>();
  for (const { speaker } of steps) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  return Array.from(counts).reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function floor(name: string, runs: readonly FaultyRun[], hit: (run: FaultyRun) => boolean | number): Floor {
  return { name, percent: toPercent(runs.reduce((sum, run) => sum + Number(hit(run)), 0) / runs.length) };
}
