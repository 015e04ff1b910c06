/** Breaches of the service level, and whether the service at fault was named before they could be seen. */
import type { FrontRow } from '../nezha/front.ts';
import type { Fault } from '../nezha/labels.ts';
import { type ScoredWindow, windowsWithin } from '../score-book.ts';
import { medianOf } from './floor.ts';

const trailingMs = 1_800_000;
const factor = 1.5;
/** A breach this long after the injection is the fault's. */
const followsMs = 300_000;

/** When the front end's P90 was first measured above 1.5 times its trailing 30-minute median after the injection; null: within 5 minutes never. */
export function breachMs(front: readonly FrontRow[], { injectMs }: Fault): number | null {
  for (const { timeMs, p90Ms } of front) {
    if (p90Ms === null || timeMs <= injectMs || timeMs > injectMs + followsMs) continue;
    const trailing = front.flatMap((row) =>
      row.timeMs >= timeMs - trailingMs && row.timeMs < timeMs && row.p90Ms !== null ? row.p90Ms : [],
    );
    if (trailing.length > 0 && p90Ms > factor * medianOf(trailing)) return timeMs;
  }
  return null;
}

/**
 * A service is named by a window in which its score is at or above the threshold and no other's is higher. True where a window that ended after the
 * injection and no later than `byMs` named the service at fault.
 */
export function namedBy(
  windows: readonly ScoredWindow[],
  { injectMs, service }: Fault,
  byMs: number,
  threshold: number,
): boolean {
  return windowsWithin(windows, injectMs, byMs).some(({ failure }) => {
    const own = failure.get(service) ?? 0;
    return own >= threshold && ![...failure.values()].some((score) => score > own);
  });
}
