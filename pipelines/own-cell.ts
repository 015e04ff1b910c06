/** Others may write to the topics too, actuators to that of actions: a record whose key is no cell, or not the cell that it speaks of, goes to the dead letters. */
import { FleetError } from '../src/fleet/errors.ts';
import { type CellId, parseCellKey } from '../src/fleet/ids.ts';
import { requireCell } from '../src/interventions/cell.ts';
import { InterventionError } from '../src/interventions/errors.ts';
import type { Context, Input } from '../src/streams/processor.ts';

/** What `use` returns; null where the record turned out to be of another cell than its key. State is unchanged then. */
export function ofItsOwnCell<T>(record: Input, context: Context, use: () => T): T | null {
  try {
    return use();
  } catch (error) {
    const notOurs = error instanceof FleetError || (error instanceof InterventionError && error.code === 'WRONG_CELL');
    if (!notOurs) throw error;
    context.deadLetter(record, 'wrong-cell', error.message);
    return null;
  }
}

/** Asked where state is kept by the record's key, before anything is. */
export function isOfItsOwnCell(record: Input<CellId>, context: Context): boolean {
  const own = ofItsOwnCell(record, context, () => {
    requireCell(parseCellKey(record.key), record.value);
    return true;
  });
  return own !== null;
}
