import type { Recording } from './recording.ts';

/** Scores by track of a recording, each [steps]. */
export type TrackScores = readonly Float64Array[];

/** What alarms at one threshold would have done. An alarm is a run of consecutive windows of one agent at or above the threshold. */
export interface AlarmReport {
  readonly threshold: number;
  /** Failures of agents that were watched and had been well for at least a horizon. */
  readonly failures: number;
  /** Share of these for which an alarm was up at some window that ended within a horizon before they began. */
  readonly foreseen: number;
  /** Share for which one was up then or at the first window that ended after. */
  readonly noticed: number;
  /** Median over the foreseen: from the end of the first such window to the failure, in ms; null where none was foreseen. */
  readonly leadMsMedian: number | null;
  /** Alarms with no failure of the agent from a horizon before them to a horizon after them, by agent and hour. */
  readonly falseAlarmsPerAgentHour: number;
}

export function alarmReport(
  recordings: readonly Recording[],
  scores: readonly TrackScores[],
  threshold: number,
): AlarmReport {
  const leads: number[] = [];
  let failures = 0;
  let noticed = 0;
  let falseAlarms = 0;
  let agentMs = 0;
  for (const [r, recording] of recordings.entries()) {
    for (const [i, track] of recording.tracks.entries()) {
      const endMs = (t: number) => recording.windows[track.firstWindow + t].endMs;
      const up = scores[r][i].map((score) => (score >= threshold ? 1 : 0));
      const spans = recording.failures.filter(({ agent }) => agent === track.agent);
      agentMs += track.steps * recording.windowMs;
      for (const { fromMs } of freshFailures(spans, recording.horizonMs)) {
        const after = firstIndex(track.steps, (t) => endMs(t) > fromMs);
        if (after <= 0 || after >= track.steps) continue;
        failures++;
        let first = firstIndex(track.steps, (t) => endMs(t) > fromMs - recording.horizonMs);
        while (first < after && up[first] === 0) first++;
        if (first < after) leads.push(fromMs - endMs(first));
        if (first < after || up[after] === 1) noticed++;
      }
      for (let t = 0; t < track.steps; t++) {
        if (up[t] === 0) continue;
        const from = t;
        while (t + 1 < track.steps && up[t + 1] === 1) t++;
        const startMs = endMs(from) - recording.windowMs - recording.horizonMs;
        const stopMs = endMs(t) + recording.horizonMs;
        // What happens after the recording is not known, so an alarm that reaches its end is not called false.
        if (stopMs > endMs(track.steps - 1)) continue;
        if (!spans.some(({ fromMs, toMs }) => fromMs < stopMs && (toMs ?? stopMs) > startMs)) falseAlarms++;
      }
    }
  }
  leads.sort((a, b) => a - b);
  return {
    threshold,
    failures,
    foreseen: failures === 0 ? 0 : leads.length / failures,
    noticed: failures === 0 ? 0 : noticed / failures,
    leadMsMedian: leads.length === 0 ? null : leads[leads.length >> 1],
    falseAlarmsPerAgentHour: agentMs === 0 ? 0 : falseAlarms / (agentMs / 3_600_000),
  };
}

/** About the lowest threshold that keeps false alarms within a rate: bisection over the quantiles of the scores, from the 0.5 to the highest. */
export function thresholdFor(
  recordings: readonly Recording[],
  scores: readonly TrackScores[],
  falseAlarmsPerAgentHour: number,
): number {
  const sorted = Float64Array.from(scores.flatMap((tracks) => tracks.flatMap((track) => [...track]))).sort();
  let low = sorted.length >> 1;
  let high = sorted.length - 1;
  for (let step = 0; step < 16 && high - low > 1; step++) {
    // False alarms crowd at the top, so halve the distance from there in its logarithm.
    const middle = sorted.length - Math.round(Math.sqrt((sorted.length - low) * (sorted.length - high)));
    const rate = alarmReport(recordings, scores, sorted[middle]).falseAlarmsPerAgentHour;
    if (rate > falseAlarmsPerAgentHour) low = middle;
    else high = middle;
  }
  return sorted[high];
}

/** Failures that do not follow within a horizon of another. */
function freshFailures<T extends { readonly fromMs: number; readonly toMs: number | null }>(
  spans: readonly T[],
  horizonMs: number,
): readonly T[] {
  return spans.filter(
    (span) =>
      !spans.some(
        ({ fromMs, toMs }) => fromMs < span.fromMs && (toMs ?? Number.POSITIVE_INFINITY) > span.fromMs - horizonMs,
      ),
  );
}

function firstIndex(length: number, holds: (t: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
