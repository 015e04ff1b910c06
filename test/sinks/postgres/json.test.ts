/** What jsonb columns are given. */
import { expect, test } from 'vitest';
import { json } from '../../../src/sinks/postgres/types.ts';

test('bytes are hexadecimal, as a codec reads them too', () => {
  const signatures = [{ validator: 'v', signature: Buffer.from([1, 2, 255]) }];
  expect(JSON.parse(json({ validatorSet: Uint8Array.of(7), signatures, path: [Buffer.alloc(0)] }))).toEqual({
    validatorSet: '07',
    signatures: [{ validator: 'v', signature: '0102ff' }],
    path: [''],
  });
});

test('what Postgres cannot read as JSON is replaced', () => {
  const value = { 'na\0me': 'te\0xt', half: '\ud800', none: Number.NaN, list: [Number.POSITIVE_INFINITY, null, 0.5] };
  expect(JSON.parse(json(value))).toEqual({
    'na\ufffdme': 'te\ufffdxt',
    half: '\ufffd',
    none: null,
    list: [null, null, 0.5],
  });
});
