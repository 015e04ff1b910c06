import { type FeatureGroup, logMinutes } from './feature-group.ts';
import type { FleetClock } from './fleet-clock.ts';
import { HORIZON_S, LEAD_S } from './question.ts';
import { countUntil, TimePointers } from './sorted-times.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const WINDOWS = [
  ['1h', HOUR_S],
  ['6h', 6 * HOUR_S],
  ['1d', DAY_S],
  ['7d', 7 * DAY_S],
  ['30d', 30 * DAY_S],
] as const;

/** A node that is set up anew is started more than once; in between it is in service for less than this. */
const SHORT_S = 600;

/** Spells in service that a node's own survival is read off. */
const SPELLS = 40;

/** What the node itself went through. */
export class OwnHistory implements FeatureGroup {
  readonly names = [
    'own.up',
    ...WINDOWS.map(([name]) => `own.failures.${name}`),
    'own.outage.1',
    'own.outage.2',
    'own.outage.3',
    'own.spell.1',
    'own.spell.2',
    'own.spell.3',
    'own.shortSpells',
    'own.typicalSpell',
    'own.upAgainstTypical',
    'own.survival',
    'own.survivalSpells',
    'own.dayAgo',
    'own.daysAgo',
    'own.weekAgo',
    'own.nextInRhythm',
  ];
  readonly #clock: FleetClock;
  readonly #windows: readonly TimePointers[];

  constructor(clock: FleetClock) {
    this.#clock = clock;
    const failures = clock.trace.nodes.map(({ failedS }) => failedS);
    this.#windows = WINDOWS.map(() => new TimePointers(failures));
  }

  advance(): void {
    for (const [w, [, length]] of WINDOWS.entries()) this.#windows[w].advance(this.#clock.nowS - length);
  }

  fill(node: number, row: Float32Array, at: number): void {
    const clock = this.#clock;
    const { failedS, returnedS, firstUpS } = clock.trace.nodes[node];
    const now = clock.nowS;
    const n = clock.failures(node);
    const upS = now - clock.upSinceS(node);
    const up = logMinutes(upS);
    let to = at;
    row[to++] = up;
    for (const window of this.#windows) row[to++] = Math.log2(1 + n - window.counts[node]);

    // Spell i ends with failure i and began with the return before it.
    const spellS = (i: number) => failedS[i] - (i === 0 ? firstUpS : returnedS[i - 1]);
    let typical = 0;
    let outlasted = 0;
    let endedInHorizon = 0;
    let spells = 0;
    const recent = Math.min(5, n);
    for (let i = n - 1; i >= 0 && spells < SPELLS; i--, spells++) {
      const spell = spellS(i);
      if (spells < recent) typical += logMinutes(spell) / recent;
      if (spell > upS) {
        outlasted++;
        if (spell > upS + LEAD_S && spell <= upS + HORIZON_S) endedInHorizon++;
      }
    }
    for (let i = n - 1; i >= n - 3; i--) row[to++] = i < 0 ? 0 : logMinutes(returnedS[i] - failedS[i]);
    for (let i = n - 1; i >= n - 3; i--) row[to++] = i < 0 ? 0 : logMinutes(spellS(i));
    let short = 0;
    for (let i = n - 1; i >= 0 && i >= n - 6; i--) if (spellS(i) < SHORT_S) short++;
    row[to++] = short;
    row[to++] = typical;
    row[to++] = n === 0 ? 0 : up - typical;
    row[to++] = (endedInHorizon + 0.1) / (outlasted + 1);
    row[to++] = Math.log2(1 + outlasted);
    row[to++] = this.#failedAround(failedS, now - DAY_S);
    let daysAgo = 0;
    for (let d = 2; d <= 7; d++) daysAgo += this.#failedAround(failedS, now - d * DAY_S);
    row[to++] = daysAgo;
    row[to++] = this.#failedAround(failedS, now - 7 * DAY_S);
    // As long after the last failure as that one was after the failure before it.
    const due = n < 2 ? Number.POSITIVE_INFINITY : failedS[n - 1] + (failedS[n - 1] - failedS[n - 2]) - now;
    row[to++] = due > LEAD_S && due <= HORIZON_S ? 1 : 0;
  }

  /** 1 where it failed in the horizon of that instant, which lies in the past. */
  #failedAround(failedS: Float64Array, tS: number): number {
    return countUntil(failedS, tS + HORIZON_S) > countUntil(failedS, tS + LEAD_S) ? 1 : 0;
  }
}
