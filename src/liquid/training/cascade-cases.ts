import { CASCADE_FEATURES, cascadeFeatures, cascadeSize } from '../cascade.ts';
import { fitLogistic, type Logistic } from '../logistic.ts';
import type { TrackScores } from './alarms.ts';
import type { Recording } from './recording.ts';

/** Cell windows whose outcome is known. */
export interface CascadeCases {
  /** [n, CASCADE_FEATURES] */
  readonly rows: Float64Array;
  readonly labels: Uint8Array;
  /** Fewer agents than a cascade's had failed at the window's end. */
  readonly before: Uint8Array;
}

export function cascadeCases(recordings: readonly Recording[], scores: readonly TrackScores[]): CascadeCases {
  const rows: number[] = [];
  const labels: number[] = [];
  const before: number[] = [];
  for (const [r, { windows, tracks, horizonMs }] of recordings.entries()) {
    const lastMs = windows.at(-1)?.endMs ?? 0;
    const tracksOf = new Map<string, number[]>();
    for (const [i, { agent }] of tracks.entries()) tracksOf.set(agent, [...(tracksOf.get(agent) ?? []), i]);
    for (const [w, { endMs, agents, cell, stability }] of windows.entries()) {
      if (endMs + horizonMs > lastMs || agents.length < cascadeSize(agents.length)) continue;
      const failure = new Float64Array(agents.length);
      let failing = 0;
      let failed = 0;
      for (const [place, agent] of agents.entries()) {
        const i = (tracksOf.get(agent) ?? []).find((one) => {
          const t = w - tracks[one].firstWindow;
          return t >= 0 && t < tracks[one].steps;
        });
        if (i === undefined) continue;
        const t = w - tracks[i].firstWindow;
        failure[place] = scores[r][i][t];
        failing += tracks[i].labels[t];
        failed += tracks[i].failed[t];
      }
      const needed = cascadeSize(agents.length);
      rows.push(...cascadeFeatures(cell, failure, stability));
      labels.push(failing >= needed ? 1 : 0);
      before.push(failed < needed ? 1 : 0);
    }
  }
  return { rows: Float64Array.from(rows), labels: Uint8Array.from(labels), before: Uint8Array.from(before) };
}

/** Holds back weights of inputs that go together. */
const RIDGE = 1;

export function fitCascade({ rows, labels }: CascadeCases): Logistic {
  return fitLogistic(rows, labels, CASCADE_FEATURES.length, RIDGE);
}
