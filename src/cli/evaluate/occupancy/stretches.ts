/** Rows in a row, and how they are counted. */
import { type Recording, SENSORS, TEST_STRIDE, WINDOW_ROWS } from './room.ts';

/** Rows from <= i < to of a recording. */
export interface Stretch {
  readonly recording: Recording;
  readonly from: number;
  readonly to: number;
}

export const whole = (recording: Recording): Stretch => ({ recording, from: 0, to: recording.rows });

/** Windows of 16 rows that lie within the stretch. */
export function windowsOf({ recording, from, to }: Stretch, stride: number): readonly Stretch[] {
  const windows: Stretch[] = [];
  for (let first = from; first + WINDOW_ROWS <= to; first += stride) {
    windows.push({ recording, from: first, to: first + WINDOW_ROWS });
  }
  return windows;
}

/** As published: a window every eighth row. The published program leaves out one that would end with the last row; so does this. */
export function publishedWindows(recording: Recording): readonly Stretch[] {
  return windowsOf({ recording, from: 0, to: recording.rows - 1 }, TEST_STRIDE);
}

/** For every row of the stretch the 16 rows that end with it, or as many as there are. */
export function trailing({ recording, from, to }: Stretch): readonly Stretch[] {
  return Array.from({ length: to - from }, (_, i) => ({
    recording,
    from: Math.max(from, from + i + 1 - WINDOW_ROWS),
    to: from + i + 1,
  }));
}

export function rowsOf(stretches: readonly Stretch[]): Float64Array {
  const width = SENSORS.length;
  return Float64Array.from(
    stretches.flatMap(({ recording, from, to }) => [...recording.values.subarray(from * width, to * width)]),
  );
}

export function labelsOf(stretches: readonly Stretch[]): Uint8Array {
  return Uint8Array.from(stretches.flatMap(({ recording, from, to }) => [...recording.occupied.subarray(from, to)]));
}

/** What a method says of every row of every stretch, in log-odds, by the rows of that stretch up to it alone. */
export type Classifier = (stretches: readonly Stretch[]) => readonly Float64Array[];

export interface Correct {
  readonly right: number;
  readonly of: number;
}

/** Each row once, told by the 16 rows that end with it. */
export function rightRows(classifier: Classifier, stretches: readonly Stretch[]): Correct {
  const asked = stretches.flatMap(trailing);
  const said = classifier(asked);
  const right = asked.filter(
    ({ recording, to }, i) => told(said[i][said[i].length - 1]) === recording.occupied[to - 1],
  );
  return { right: right.length, of: asked.length };
}

/** The published measure: every row of every window, from the window's first on; a row in two windows counts twice. */
export function rightInWindows(classifier: Classifier, recordings: readonly Recording[]): Correct {
  const windows = recordings.flatMap(publishedWindows);
  let right = 0;
  let of = 0;
  for (const [w, logOdds] of classifier(windows).entries()) {
    const { recording, from } = windows[w];
    for (const [t, u] of logOdds.entries()) {
      of++;
      if (told(u) === recording.occupied[from + t]) right++;
    }
  }
  return { right, of };
}

function told(logOdds: number): number {
  return logOdds > 0 ? 1 : 0;
}

/** The training rows by the day they fall on, each day a stretch. */
export function byDay(recording: Recording): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  for (let to = 1; to <= recording.rows; to++) {
    if (to < recording.rows && recording.days[to] === recording.days[from]) continue;
    stretches.push({ recording, from, to });
    from = to;
  }
  return stretches;
}
