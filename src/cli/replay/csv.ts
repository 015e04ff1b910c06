/** Comma-separated values (RFC 4180) as a stream of rows, from a plain file or a gzipped one (name ending in .gz). */
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { ReplayError } from './errors.ts';

/** The last instant that a date may be (ECMAScript), in ms since the epoch. */
const LATEST_MS = 8.64e15;

/** One row by column name. */
export class CsvRow {
  readonly #file: string;
  readonly #line: number;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #fields: readonly string[];

  constructor(file: string, line: number, columns: ReadonlyMap<string, number>, fields: readonly string[]) {
    this.#file = file;
    this.#line = line;
    this.#columns = columns;
    this.#fields = fields;
  }

  /** A field that must be there and hold something. */
  text(column: string): string {
    const text = this.#field(column);
    if (text === undefined || text === '') throw this.#malformed(column, text, 'some text');
    return text;
  }

  /** Null where the column is not there or its field is empty. */
  textOrNull(column: string): string | null {
    const text = this.#field(column) ?? '';
    return text === '' ? null : text;
  }

  /** A field that must be a finite number. */
  number(column: string): number {
    const value = this.numberOrNull(column);
    if (value === null) throw this.#malformed(column, this.#field(column), 'a number');
    return value;
  }

  /** A field that must be a time in unix seconds, in whole ms: finer than these no record's time is. */
  timeMs(column: string): number {
    const ms = Math.round(1000 * this.number(column));
    if (Math.abs(ms) > LATEST_MS) throw this.#malformed(column, this.#field(column), 'a time in unix seconds');
    return ms;
  }

  /** Null where the column is not there, or its field is empty or no finite number that was measured (NaN, inf). */
  numberOrNull(column: string): number | null {
    const text = this.#field(column)?.trim() ?? '';
    if (text === '' || /^[+-]?(nan|inf|infinity|null|none)$/i.test(text)) return null;
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.#malformed(column, text, 'a number, or nothing');
    return value;
  }

  /** Of the file, from 1. */
  get line(): number {
    return this.#line;
  }

  get columns(): Iterable<string> {
    return this.#columns.keys();
  }

  #field(column: string): string | undefined {
    const at = this.#columns.get(column);
    return at === undefined ? undefined : this.#fields[at];
  }

  #malformed(column: string, found: string | undefined, valid: string): ReplayError {
    const what = found === undefined ? 'missing' : JSON.stringify(found);
    return new ReplayError('data-malformed', `${this.#file}:${this.#line}: ${column} is ${what}; valid is ${valid}`);
  }
}

/** The rows of a file whose first line names the columns. Throws ReplayError `data-unreadable` or `data-malformed`. */
export async function* readCsv(path: string): AsyncGenerator<CsvRow> {
  const file = basename(path);
  let columns: Map<string, number> | null = null;
  for await (const { line, fields } of records(textOf(path), file)) {
    if (columns === null) {
      columns = columnsOf(fields, `${file}:${line}`);
      continue;
    }
    if (fields.length === 1 && fields[0] === '') continue;
    if (fields.length !== columns.size) {
      throw new ReplayError(
        'data-malformed',
        `${file}:${line}: ${fields.length} fields; valid is ${columns.size}, as the first line names`,
      );
    }
    yield new CsvRow(file, line, columns, fields);
  }
}

/** By name their places. Of two columns of one name nobody could say which is meant. */
function columnsOf(fields: readonly string[], where: string): Map<string, number> {
  const columns = new Map<string, number>();
  for (const [i, field] of fields.entries()) {
    const name = i === 0 ? field.replace(/^\uFEFF/, '') : field;
    if (columns.has(name)) {
      throw new ReplayError(
        'data-malformed',
        `${where}: two columns are ${JSON.stringify(name)}; valid is one of a name`,
      );
    }
    columns.set(name, i);
  }
  return columns;
}

async function* textOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const bytes = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // pipe() does not pass the source's error on.
  if (bytes !== file) file.on('error', (error) => bytes.destroy(error));
  try {
    bytes.setEncoding('utf8');
    for await (const chunk of bytes) yield String(chunk);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayError('data-unreadable', `cannot read ${path}: ${why}`, { cause });
  }
}

interface Fields {
  /** The line that it begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Cuts text at commas and line ends that do not stand within quotes; `""` within quotes is a quote. */
async function* records(chunks: AsyncIterable<string>, file: string): AsyncGenerator<Fields> {
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  /** A quote within quotes: the field's end, or the first half of an escaped one. */
  let pending = false;
  /** A carriage return outside quotes: part of the line's end, or of the field. */
  let returned = false;
  let line = 1;
  let began = 1;
  for await (const chunk of chunks) {
    for (const char of chunk) {
      if (char === '\n') line++;
      if (pending) {
        pending = false;
        if (char === '"') {
          field += '"';
          continue;
        }
        quoted = false;
      }
      if (quoted) {
        if (char === '"') pending = true;
        else field += char;
        continue;
      }
      if (returned && char !== '\n') field += '\r';
      returned = char === '\r';
      if (returned) continue;
      if (char === '"' && field === '') quoted = true;
      else if (char === ',') {
        fields.push(field);
        field = '';
      } else if (char === '\n') {
        fields.push(field);
        yield { line: began, fields };
        fields = [];
        field = '';
        began = line;
      } else field += char;
    }
  }
  if (quoted && !pending) throw new ReplayError('data-malformed', `${file}:${began}: a quote is never closed`);
  if (field !== '' || fields.length > 0) {
    fields.push(field);
    yield { line: began, fields };
  }
}
