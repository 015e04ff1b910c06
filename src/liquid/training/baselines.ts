import { sigmoid } from '../dense.ts';
import { FEATURE_COUNT, FEATURE_NAMES } from '../features.ts';
import { fitLogistic, type Logistic, logisticLogOdds } from '../logistic.ts';
import type { TrackScores } from './alarms.ts';
import type { Recording } from './recording.ts';

/** The simple methods that the network is compared with, on the same recordings. */

/** Logistic regression on the inputs of one window. */
export function fitMemoryless(recordings: readonly Recording[]): Logistic {
  const rows: number[] = [];
  const labels: number[] = [];
  let seen = 0;
  for (const { tracks } of recordings) {
    for (const track of tracks) {
      for (let t = 0; t < track.steps; t++) {
        // A third of the windows says as much about 25 numbers as all of them.
        if (track.weights[t] === 0 || seen++ % 3 !== 0) continue;
        for (let k = 0; k < FEATURE_COUNT; k++) rows.push(track.features[t * FEATURE_COUNT + k]);
        labels.push(track.labels[t]);
      }
    }
  }
  return fitLogistic(Float32Array.from(rows), labels, FEATURE_COUNT, 1);
}

export function memorylessScores(recordings: readonly Recording[], model: Logistic): readonly TrackScores[] {
  return recordings.map(({ tracks }) =>
    tracks.map(({ steps, features }) =>
      Float64Array.from({ length: steps }, (_, t) => sigmoid(logisticLogOdds(model, features, t * FEATURE_COUNT))),
    ),
  );
}

const rising = ['latency.deviation', 'errors.deviation', 'saturation.deviation', 'silence.windows'].map(entryOf);
const eitherWay = entryOf('traffic.deviation');

/** The largest robust z-score: of latency, errors or saturation upwards, of traffic either way, or the silence, on one scale. */
export function largestDeviationScores(recordings: readonly Recording[]): readonly TrackScores[] {
  return recordings.map(({ tracks }) =>
    tracks.map(({ steps, features }) =>
      Float64Array.from({ length: steps }, (_, t) => {
        const row = t * FEATURE_COUNT;
        let largest = Math.abs(features[row + eitherWay]);
        for (const entry of rising) largest = Math.max(largest, features[row + entry]);
        return largest;
      }),
    ),
  );
}

function entryOf(name: string): number {
  return FEATURE_NAMES.indexOf(name);
}
