/** False alarms: how often a service's score crosses the threshold in hours without a fault. */
import type { Fault } from '../nezha/labels.ts';
import type { ScoredWindow } from '../score-book.ts';

export interface FalseAlarms {
  readonly alarms: number;
  /** Hours without a fault that windows cover. */
  readonly hours: number;
}

const hourMs = 3_600_000;

/** A run of consecutive windows at or above the threshold is one alarm of its service. Hours are those of the clock. */
export function falseAlarms(
  windows: readonly ScoredWindow[],
  faults: readonly Fault[],
  threshold: number,
  windowMs: number,
): FalseAlarms {
  const faulty = new Set<number>();
  for (const { injectMs, endMs } of faults) {
    for (let hour = Math.floor(injectMs / hourMs); hour * hourMs <= endMs; hour++) faulty.add(hour);
  }
  let alarms = 0;
  let covered = 0;
  let up = new Set<string>();
  for (const { endMs, failure } of windows) {
    const above = new Set([...failure].filter(([, score]) => score >= threshold).map(([agent]) => agent));
    // A window's last instant is what it belongs to the hour of.
    if (!faulty.has(Math.floor((endMs - 1) / hourMs))) {
      covered++;
      for (const agent of above) if (!up.has(agent)) alarms++;
    }
    up = above;
  }
  return { alarms, hours: (covered * windowMs) / hourMs };
}
