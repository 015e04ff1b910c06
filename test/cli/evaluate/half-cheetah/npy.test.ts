import { expect, test } from 'vitest';
import { parseNpy } from '../../../../src/cli/evaluate/half-cheetah/npy.ts';

/** What numpy 2.4.6 writes for np.save(file, np.array([[1, -2.5, 3], [4, 5, 6e10]], '<f8')), in base64. */
const written =
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAATAAAAAAAAACEAAAAAAAAAQQAAAAAAAABRAAAAAsI7wK0I=';

test('reads what numpy wrote', () => {
  const { rows, columns, values } = parseNpy(Buffer.from(written, 'base64'), 'a.npy');
  expect([rows, columns, ...values]).toEqual([2, 3, 1, -2.5, 3, 4, 5, 6e10]);
});

const header = (text: string, numbers: Buffer, version = 1): Buffer => {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(text),
    numbers,
  ]);
};
const floats = (...values: readonly number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
};
const said = (change: { descr?: string; fortran?: string; shape?: string }) =>
  `{'descr': '${change.descr ?? '<f4'}', 'fortran_order': ${change.fortran ?? 'False'}, 'shape': (${change.shape ?? '1, 2'}), }  \n`;

test('reads float32, and versions 2 and 3 with their longer header length', () => {
  for (const version of [1, 2, 3]) {
    expect([...parseNpy(header(said({}), floats(0.5, 2), version), 'a.npy').values]).toEqual([0.5, 2]);
  }
});

test.each([
  ['no NumPy array file', Buffer.from('PK zipped, as npz is')],
  ['format version 9', header(said({}), floats(1, 2), 9)],
  ['it ends within its header', header(said({}), floats()).subarray(0, 30)],
  ["descr '>f4'; valid is <f4 or <f8", header(said({ descr: '>f4' }), floats(1, 2))],
  ["descr '<i8'", header(said({ descr: '<i8' }), floats(1, 2))],
  ['fortran_order True; valid is False', header(said({ fortran: 'True' }), floats(1, 2))],
  ['shape (2,); valid is two sizes', header(said({ shape: '2,' }), floats(1, 2))],
  ['shape (1, 1, 2)', header(said({ shape: '1, 1, 2' }), floats(1, 2))],
  ['8 bytes of numbers; valid is 16 for (2, 2)', header(said({ shape: '2, 2' }), floats(1, 2))],
  ['row 0, column 1 is NaN; valid is a finite number', header(said({}), floats(1, Number.NaN))],
  ['valid is descr, fortran_order, shape', header("{'shape': (1, 2)}", floats(1, 2))],
])('refuses with data-malformed: %s', (message, bytes) => {
  expect(() => parseNpy(bytes, 'trace.npy')).toThrow(
    expect.objectContaining({ code: 'data-malformed', message: expect.stringContaining(message) }),
  );
  expect(() => parseNpy(bytes, 'trace.npy')).toThrow(/^trace\.npy: /);
});
