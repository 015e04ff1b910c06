import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../../src/cli/replay/csv.ts';
import { all, folderOf, lines } from './files.ts';

const read = async (text: string, name = 'a.csv') => all(readCsv(join(folderOf({ [name]: text }), name)));

describe('CSV', () => {
  test('rows by column name, from a gzipped file too', async () => {
    for (const name of ['a.csv', 'a.csv.gz']) {
      const rows = await read('ts,service\n1,cart\n2,ads\n', name);
      expect(rows.map((row) => [row.number('ts'), row.text('service')])).toEqual([
        [1, 'cart'],
        [2, 'ads'],
      ]);
    }
  });

  test('a byte order mark, CRLF, empty lines and a last line without an end are all right', async () => {
    const rows = await read('\uFEFFa,b\r\n1,2\r\n\r\n3,4');
    expect(rows.map((row) => [row.number('a'), row.number('b')])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('what was written by the rules of RFC 4180 is read as it was', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 5 }), async (table) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const rows = await read(lines('x,y', ...table.map(([x, y]) => `${quoted(`k${x}`)},${quoted(`k${y}`)}`)));
        expect(rows.map((row) => [row.text('x'), row.text('y')])).toEqual(table.map(([x, y]) => [`k${x}`, `k${y}`]));
      }),
      { numRuns: 50 },
    );
  });

  test('what was not measured is null', async () => {
    const [row] = await read('a,b,c,d\n,NaN,inf,7\n');
    expect(['a', 'b', 'c', 'd', 'e'].map((column) => row.numberOrNull(column))).toEqual([null, null, null, 7, null]);
  });

  test('an error names the file, the line, the value and what would be valid', async () => {
    await expect(read('a,b\n1,2\n3\n')).rejects.toThrow('a.csv:3: 1 fields; valid is 2, as the first line names');
    await expect(read('a\n"x\n')).rejects.toThrow('a.csv:2: a quote is never closed');
    const [row] = await read('a,b\nx,\n');
    expect(() => row.number('a')).toThrow('a.csv:2: a is "x"; valid is a number');
    expect(() => row.text('b')).toThrow('a.csv:2: b is ""; valid is some text');
    expect(() => row.text('c')).toThrow('a.csv:2: c is missing; valid is some text');
  });

  test('two columns of one name are refused: whichever is read, it may be the wrong one', async () => {
    const refused = 'a.csv:1: two columns are "a"; valid is one of a name';
    await expect(read('a,b,a\n1,2,3\n')).rejects.toThrow(refused);
    await expect(read('a,b,a\n1,2\n')).rejects.toThrow(refused);
  });

  test('times are whole ms, however finely a clock told them, and none that is no date', async () => {
    const [row] = await read('a,b,c\n1661140279.1007123,1661140279,1e300\n');
    expect([row.timeMs('a'), row.timeMs('b')]).toEqual([1_661_140_279_101, 1_661_140_279_000]);
    expect(() => row.timeMs('c')).toThrow('a.csv:2: c is "1e300"; valid is a time in unix seconds');
  });

  test('a file that is not there, or no gzip, is unreadable', async () => {
    const unreadable = expect.objectContaining({ code: 'data-unreadable' });
    await expect(all(readCsv(join(folderOf({}), 'none.csv')))).rejects.toEqual(unreadable);
    await expect(all(readCsv(join(folderOf({}), 'none.csv.gz')))).rejects.toEqual(unreadable);
    const folder = folderOf({ 'a.csv': 'not gzip' });
    const { renameSync } = await import('node:fs');
    renameSync(join(folder, 'a.csv'), join(folder, 'a.csv.gz'));
    await expect(all(readCsv(join(folder, 'a.csv.gz')))).rejects.toEqual(unreadable);
  });
});
