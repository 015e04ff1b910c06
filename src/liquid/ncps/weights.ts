import { z } from 'zod';
import { LiquidError } from '../errors.ts';

/** A named weight: a matrix, row by row. A vector is one row. */
export interface NcpsWeight {
  readonly rows: number;
  readonly columns: number;
  readonly values: readonly number[];
}

/** The weights of an ncps model in torch (mlech26l/ncps), by their names in its state dictionary without `rnn_cell.`. */
export class NcpsWeights {
  readonly #weights: ReadonlyMap<string, NcpsWeight>;
  readonly #unused: Set<string>;

  constructor(weights: ReadonlyMap<string, NcpsWeight>) {
    this.#weights = weights;
    this.#unused = new Set(weights.keys());
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  /** Throws weights-shape where there is none of that name. */
  get(name: string): NcpsWeight {
    const found = this.#weights.get(name);
    if (found === undefined) {
      throw new LiquidError(
        'weights-shape',
        `weight '${name}' is missing; there are ${[...this.#weights.keys()].join(', ')}`,
      );
    }
    return found;
  }

  /** Its numbers, row by row; it counts as used. Throws weights-shape unless it has that shape. */
  take(name: string, rows: number, columns: number): readonly number[] {
    const found = this.get(name);
    if (found.rows !== rows || found.columns !== columns) {
      throw new LiquidError(
        'weights-shape',
        `weight '${name}' is ${found.rows} x ${found.columns}; it must be ${rows} x ${columns}`,
      );
    }
    this.#unused.delete(name);
    return found.values;
  }

  /** Throws weights-shape where a weight has no place in the model: then it is not the model that it looks like. */
  checkAllUsed(): void {
    if (this.#unused.size > 0) {
      throw new LiquidError('weights-shape', `no place for the weights ${[...this.#unused].join(', ')}`);
    }
  }
}

const tensor = z.union([z.array(z.number()).min(1), z.array(z.array(z.number()).min(1)).min(1)]);
const sequence = z.array(z.array(z.array(z.number()).min(1)).min(1)).min(1);

/**
 * An ncps model as JSON: its state dictionary as nested lists, and if recorded a run of it, by which an import is checked: input [B, steps, F],
 * timespans [B, steps, 1] (1 each where absent), output [B, steps, P], and the state after the last step, [B, H] or, with mixed memory, [2, B, H].
 */
const recordSchema = z
  .strictObject({
    mode: z.enum(['default', 'no_gate', 'pure']).optional(),
    weights: z.record(z.string(), tensor),
    input: sequence.optional(),
    timespans: sequence.optional(),
    output: sequence.optional(),
    state: z.array(z.union([z.array(z.number()), z.array(z.array(z.number()))])).optional(),
  })
  .readonly();

export type NcpsRecord = z.infer<typeof recordSchema>;

/** Throws model-malformed, naming the field, what it holds and what would be valid. */
export function parseNcps(json: unknown): NcpsRecord {
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const found = describe(at(json, issue.path));
  const path = issue.path.join('.') || 'the whole';
  const valid =
    issue.path[0] === 'weights' && issue.path.length > 1 ? 'numbers in one or two levels of lists' : issue.message;
  throw new LiquidError('model-malformed', `ncps model: ${path} is ${found}; valid: ${valid}`);
}

/** Throws weights-shape for rows of unequal length and not-finite. */
export function weightsOf({ weights }: NcpsRecord): NcpsWeights {
  const found = new Map<string, NcpsWeight>();
  for (const [key, value] of Object.entries(weights)) {
    const rows = value.map((row) => (typeof row === 'number' ? [row] : row));
    const columns = rows[0].length;
    const ragged = rows.findIndex((row) => row.length !== columns);
    if (ragged >= 0) {
      throw new LiquidError(
        'weights-shape',
        `weight '${key}': row ${ragged} has ${rows[ragged].length} numbers; the first has ${columns}`,
      );
    }
    const values = rows.flat();
    const bad = values.findIndex((number) => !Number.isFinite(number));
    if (bad >= 0) throw new LiquidError('not-finite', `weight '${key}' holds ${values[bad]} at ${bad}`);
    const isVector = typeof value[0] === 'number';
    found.set(key.replace(/^rnn_cell\./, ''), {
      rows: isVector ? 1 : rows.length,
      columns: isVector ? values.length : columns,
      values,
    });
  }
  return new NcpsWeights(found);
}

function at(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    json,
  );
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
