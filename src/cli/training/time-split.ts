/** Where one's own data is cut in time: what is learned from, then what is chosen by, then what is measured on. Nothing later is learned from. */
import { LiquidError } from '../../liquid/errors.ts';
import type { Split } from '../../liquid/training/reference-runs.ts';

export interface TimeSplit {
  /** Training ends here, and validation there; in ms. */
  readonly cutsMs: readonly [number, number];
  /** Incidents apart in time, by part. */
  readonly episodes: Readonly<Record<Split, number>>;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** Fewest incidents apart in time by part: with fewer there is nothing to choose by or to say afterwards. */
export const EPISODES_MIN: Readonly<Record<Split, number>> = { training: 4, validation: 2, test: 2 };
const NEEDED = EPISODES_MIN.training + EPISODES_MIN.validation + EPISODES_MIN.test;

/** Of those beyond the fewest, what learning gets and what measuring gets. */
const TRAINING_SHARE = 0.6;
const TEST_SHARE = 0.2;

/**
 * Failures of several agents that overlap, or follow within `apartMs`, are one incident: a cascade is never cut in two. The cuts lie halfway between
 * incidents, with three fifths of them before the first and a fifth after the second, as far as that goes. Throws data-insufficient.
 * @param endMs when the data ends: what was not over ended then
 */
export function timeSplit(failures: readonly Span[], apartMs: number, endMs: number): TimeSplit {
  const episodes = episodesOf(failures, apartMs, endMs);
  const count = episodes.length;
  if (count < NEEDED) {
    const labelled = `${failures.length} ${failures.length === 1 ? 'failure' : 'failures'} of agents`;
    throw new LiquidError(
      'data-insufficient',
      `the data holds ${count} ${count === 1 ? 'incident' : 'incidents'} more than ${apartMs / 1000} s apart (${labelled}); ` +
        `at least ${NEEDED} are needed: ${EPISODES_MIN.training} to learn from, then ${EPISODES_MIN.validation} to choose and calibrate by, then ${EPISODES_MIN.test} to measure on`,
    );
  }
  const test = Math.max(EPISODES_MIN.test, Math.round(TEST_SHARE * count));
  const training = Math.min(
    Math.max(EPISODES_MIN.training, Math.round(TRAINING_SHARE * count)),
    count - test - EPISODES_MIN.validation,
  );
  const between = (i: number): number => (episodes[i - 1].toMs + episodes[i].fromMs) / 2;
  return {
    cutsMs: [between(training), between(count - test)],
    episodes: { training, validation: count - training - test, test },
  };
}

function episodesOf(
  failures: readonly Span[],
  apartMs: number,
  endMs: number,
): readonly { readonly fromMs: number; readonly toMs: number }[] {
  const episodes: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of failures.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = episodes.at(-1);
    if (last !== undefined && fromMs <= last.toMs + apartMs) last.toMs = Math.max(last.toMs, toMs ?? endMs);
    else episodes.push({ fromMs, toMs: toMs ?? endMs });
  }
  return episodes;
}
