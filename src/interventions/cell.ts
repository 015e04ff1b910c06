/** One state machine serves one cell; records of another one are refused. */
import { type CellId, cellKey } from '../fleet/ids.ts';
import { InterventionError } from './errors.ts';

export function keyOf(of: CellId): string {
  return cellKey(of.tenant, of.fleet, of.cell);
}

/** @throws InterventionError WRONG_CELL where the record belongs to another cell */
export function requireCell(own: CellId, record: CellId): void {
  if (record.tenant === own.tenant && record.fleet === own.fleet && record.cell === own.cell) return;
  throw new InterventionError('WRONG_CELL', 'record of another cell', keyOf(record), keyOf(own));
}
