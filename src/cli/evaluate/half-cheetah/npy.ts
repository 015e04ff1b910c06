/**
 * NumPy's array file (NEP 1, numpy.lib.format): a magic string, a version, a header that is a Python dictionary, the numbers. Read here: tables
 * of float32 or float64 in little-endian C order, versions 1.0 to 3.0.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ReplayError } from '../../replay/errors.ts';

export interface Table {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly values: Float64Array;
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const HEADER =
  /^\{'descr': '(?<descr>[^']*)', 'fortran_order': (?<fortran>True|False), 'shape': \((?<shape>[0-9, ]*)\),? *\}\s*$/;
const READERS = {
  '<f4': { bytes: 4, read: (from: Buffer, at: number) => from.readFloatLE(at) },
  '<f8': { bytes: 8, read: (from: Buffer, at: number) => from.readDoubleLE(at) },
} as const;

/** Throws ReplayError `data-unreadable` or `data-malformed`. */
export async function readNpy(path: string): Promise<Table> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayError('data-unreadable', `cannot read ${path}: ${why}`, { cause });
  }
  return parseNpy(bytes, basename(path));
}

/** `file` is for messages. Throws ReplayError `data-malformed`. */
export function parseNpy(bytes: Buffer, file: string): Table {
  const malformed = (what: string, valid: string) =>
    new ReplayError('data-malformed', `${file}: ${what}; valid is ${valid}`);
  if (bytes.length < 10 || !bytes.subarray(0, 6).equals(MAGIC)) {
    throw malformed('no NumPy array file', 'a file that begins with \\x93NUMPY');
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw malformed(`format version ${version}`, '1, 2 or 3');
  const lengthBytes = version === 1 ? 2 : 4;
  const start = 8 + lengthBytes;
  if (bytes.length < start) throw malformed('it ends within its header', 'a whole header');
  const length = bytes.readUIntLE(8, lengthBytes);
  const body = start + length;
  if (bytes.length < body) throw malformed('it ends within its header', 'a whole header');
  const header = bytes.toString('utf8', start, body);
  const { descr = '', fortran = '', shape = '' } = HEADER.exec(header)?.groups ?? {};
  if (descr === '' && fortran === '')
    throw malformed(`header ${JSON.stringify(header)}`, 'descr, fortran_order, shape');
  if (descr !== '<f4' && descr !== '<f8') throw malformed(`descr '${descr}'`, Object.keys(READERS).join(' or '));
  if (fortran === 'True') throw malformed('fortran_order True', 'False');
  const sizes = shape.split(',').map((size) => size.trim());
  const [rows, columns] = sizes.map(Number);
  if (sizes.length !== 2 || sizes.includes('') || !Number.isSafeInteger(rows * columns)) {
    throw malformed(`shape (${shape})`, 'two sizes, (rows, columns)');
  }
  const { bytes: wide, read } = READERS[descr];
  const due = rows * columns * wide;
  if (bytes.length - body !== due) throw malformed(`${bytes.length - body} bytes of numbers`, `${due} for (${shape})`);
  const values = new Float64Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    values[i] = read(bytes, body + i * wide);
    if (!Number.isFinite(values[i])) {
      throw malformed(`row ${Math.floor(i / columns)}, column ${i % columns} is ${values[i]}`, 'a finite number');
    }
  }
  return { rows, columns, values };
}
