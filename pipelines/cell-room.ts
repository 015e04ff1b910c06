/** How many cells a task keeps something of. Whoever may write to a topic can make up any number of them, and must not fill the memory. */
import type { Context, Input } from '../src/streams/processor.ts';
import type { Store } from '../src/streams/store.ts';

/** In each store of a task. */
export const cellsMax = 5_000;

/** Whether the record's cell is known to the store or can become so; if not, the record goes to the dead letters. */
export function hasRoom(
  store: Pick<Store<unknown>, 'get' | 'size'>,
  record: Input,
  context: Context,
  most = cellsMax,
): boolean {
  if (store.size < most || store.get(record.key) !== undefined) return true;
  context.deadLetter(
    record,
    'cells-too-many',
    `${record.key} would be cell ${store.size + 1} of this partition; at most ${most} are kept`,
  );
  return false;
}
