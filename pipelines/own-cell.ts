/** Actions come from users' actuators: one whose key is not of the cell that it speaks of goes to the dead letters. */
import { InterventionError } from '../src/interventions/errors.ts';
import type { Context, Input } from '../src/streams/processor.ts';

/** What `use` returns; null where the record turned out to be of another cell than its key. State is unchanged then. */
export function ofItsOwnCell<T>(record: Input, context: Context, use: () => T): T | null {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof InterventionError) || error.code !== 'WRONG_CELL') throw error;
    context.deadLetter(record, 'wrong-cell', error.message);
    return null;
  }
}
