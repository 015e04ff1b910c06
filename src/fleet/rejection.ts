/** Stable codes of what can be wrong with a record that came from outside. */
export type RejectionCode =
  | 'not-an-object'
  | 'field-missing'
  | 'type-invalid'
  | 'value-invalid'
  | 'id-invalid'
  | 'string-too-long'
  | 'time-negative'
  | 'time-too-far-ahead'
  | 'number-not-finite'
  | 'number-out-of-range'
  | 'metrics-too-many'
  | 'metric-name-invalid';

/** Why a record is refused: the reason names the field, the value found and what would be valid. At most 400 characters. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly reason: string;
}

/** A typed value, or why there is none. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly rejection: Rejection };

const SHOWN_LENGTH_MAX = 64;
/** A control character takes six in quotes. */
const QUOTED_LENGTH_MAX = 2 * SHOWN_LENGTH_MAX;

/** The value as an operator may read it, cut short: it may be hostile and huge. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    const shown = shortened(value);
    return value.length > shown.length
      ? `${JSON.stringify(shown)} (${value.length} characters)`
      : JSON.stringify(shown);
  }
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}

/** As much of its beginning as is short in quotes too. */
function shortened(text: string): string {
  let shown = text.slice(0, SHOWN_LENGTH_MAX);
  while (JSON.stringify(shown).length > QUOTED_LENGTH_MAX) shown = shown.slice(0, -1);
  return shown;
}

/** `valid` says what would be valid, as the end of the sentence "FIELD is VALUE; valid is ...". */
export function reject(code: RejectionCode, field: string, value: unknown, valid: string): Rejection {
  return { code, reason: `${field} is ${show(value)}; valid is ${valid}` };
}

export function refused(rejection: Rejection): Parsed<never> {
  return { ok: false, rejection };
}
