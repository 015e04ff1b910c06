/** Where the rows of a recording lie within the minute: a window that ends right after a scrape holds it whole and waits for nothing. */

export interface ScrapeGrid {
  readonly windowMs: number;
  /** 0 to windowMs - 1: windows end at this many ms past every multiple of windowMs. 0 where the rows keep no rhythm. */
  readonly phaseMs: number;
}

/** Time left after the last row of a scrape before the window ends. */
const marginMs = 1000;

/** A gap without any row, below which there is no rhythm to go by: the windows are then those of the clock. */
const gapMsMin = 10_000;

/** From the rows' times alone: windows end `marginMs` after the place in the minute from which on it is longest quiet. */
export function scrapeGridOf(timesMs: readonly number[], windowMs: number): ScrapeGrid {
  const places = [...new Set(timesMs.map((timeMs) => timeMs % windowMs))].sort((a, b) => a - b);
  let longest = 0;
  let last = 0;
  for (const [i, place] of places.entries()) {
    const next = i + 1 < places.length ? places[i + 1] : places[0] + windowMs;
    if (next - place > longest) {
      longest = next - place;
      last = place;
    }
  }
  return { windowMs, phaseMs: longest < gapMsMin ? 0 : (last + marginMs) % windowMs };
}
