import { LiquidError } from './errors.ts';

/** Far beyond what any file of ours nests, far below what the stack carries. */
const DEPTH_MAX = 100;

/**
 * A file is checked and hashed level by level, which a hostile one of thousands of levels would make end in a full stack: an error that says nothing of the
 * file. Throws model-malformed; `what` is for the message.
 */
export function checkDepth(json: unknown, what: string): void {
  let level: readonly unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEPTH_MAX) {
      throw new LiquidError('model-malformed', `${what}: nested deeper than ${DEPTH_MAX} levels; valid is up to these`);
    }
    level = level.flatMap((value): readonly unknown[] =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
