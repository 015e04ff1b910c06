import { type Parsed, type Rejection, refused, reject } from './rejection.ts';

/** A JSON object whose fields are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record itself must be an object. */
export function parseObject(json: unknown): Parsed<JsonObject> {
  if (isObject(json)) return { ok: true, value: json };
  return refused(reject('not-an-object', 'the record', json, 'a JSON object'));
}

/**
 * Reads the fields of one JSON object and remembers the first thing wrong with them, so that a record's reader is a flat list.
 * Where a field is wrong a value of the right type is returned all the same; the reader must look at `rejection` before use.
 * Fields that nobody asks for are ignored, as Avro ignores what its reader's schema does not have.
 */
export class JsonFields {
  readonly #object: JsonObject;
  readonly #path: string;
  rejection: Rejection | null = null;

  constructor(object: JsonObject, path = '') {
    this.#object = object;
    this.#path = path;
  }

  #get(field: string): unknown {
    return Object.hasOwn(this.#object, field) ? this.#object[field] : undefined;
  }

  #refuse(code: 'field-missing' | 'type-invalid', field: string, value: unknown, valid: string): void {
    this.rejection ??= reject(code, this.#path + field, value, valid);
  }

  /** `fallback` stands for a missing field; without one the field is required. */
  string(field: string, fallback?: string): string {
    const value = this.#get(field);
    if (typeof value === 'string') return value;
    if (value === undefined && fallback !== undefined) return fallback;
    this.#refuse(value === undefined ? 'field-missing' : 'type-invalid', field, value, 'a string');
    return '';
  }

  number(field: string, fallback?: number): number {
    const value = this.#get(field);
    if (typeof value === 'number') return value;
    if (value === undefined && fallback !== undefined) return fallback;
    this.#refuse(value === undefined ? 'field-missing' : 'type-invalid', field, value, 'a number');
    return 0;
  }

  numberOrNull(field: string): number | null {
    const value = this.#get(field);
    if (typeof value === 'number') return value;
    if (value !== undefined && value !== null) this.#refuse('type-invalid', field, value, 'a number or null');
    return null;
  }

  /** An optional object; `{}` where it is missing. */
  object(field: string): JsonObject {
    const value = this.#get(field);
    if (isObject(value)) return value;
    if (value !== undefined) this.#refuse('type-invalid', field, value, 'an object');
    return {};
  }
}
