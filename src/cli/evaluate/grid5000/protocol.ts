/** What is held back, and what is set aside within the rest. */
import { BLOCK_TICKS } from '../../../liquid/availability/blocks.ts';
import { TICK_S } from '../../../liquid/availability/question.ts';

/** The share of the events, in order of time, that models may learn from. */
export const LEARNED_SHARE = 2 / 3;
/** Where Grid'5000 stands. */
export const TIME_ZONE = 'Europe/Paris';

/** A stretch of eight days (whole blocks of sequences); every fifth is for stopping early and for calibration. */
const STRETCH_S = 5 * BLOCK_TICKS * TICK_S;

export function isValidationTime(tS: number): boolean {
  return Math.floor(tS / STRETCH_S) % 5 === 4;
}
