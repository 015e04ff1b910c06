import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashBlock, headerOf, type Item } from '../../src/consensus/block.ts';
import { ByteReader, ByteWriter, hex, sha256 } from '../../src/consensus/encoding.ts';
import { voteStatement } from '../../src/consensus/message.ts';
import { ed25519Signer } from '../../src/consensus/signature.ts';
import { testInstance, testKeys } from './cluster.ts';

// The hexadecimal values come from a program of 40 lines in Python 3.11 (hashlib, struct), and the keys and the signature from
// OpenSSL 3.0.19, written from the comments in encoding.ts, block.ts and message.ts and not from the code.
const { validators, pairs } = testKeys(4);
const instance = testInstance(validators);
const digest = (text: string) => sha256(Buffer.from(text));
const items: Item[] = [
  { offset: 0, digest: digest('zero'), verdict: 'APPROVED', reason: '', dryRun: false, decidedMs: 1700000000000 },
  { offset: 7, digest: digest('seven'), verdict: 'REJECTED', reason: 'BUDGET_SPENT', dryRun: true, decidedMs: 5 },
  { offset: 2 ** 40, digest: digest('big'), verdict: 'APPROVED', reason: '', dryRun: true, decidedMs: 0 },
];
const block = { height: 1, parent: instance.genesis, view: 3, items };

test('keys, hashes and signatures are those that an independent program makes', () => {
  expect(hex(pairs[0].publicKey)).toBe('8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c');
  expect(hex(instance.set.hash)).toBe('ae1bff7feb4204bcec7d8c6d30cd7ae50407b74b735d67de8b45ae85fdeb2b27');
  expect(hex(instance.genesis)).toBe('1910d116a96be9db4e6b5d82e8f04e7d20e45ebd411f8c625d0d65217b5b5daf');
  expect(hex(headerOf(block).itemsRoot)).toBe('adcaa7fdde94c6e37f96366f40f3ba36f9514fc63081e9e1edafba7e3563d7fa');
  expect(hex(hashBlock(instance, block))).toBe('7defc3844ea74f971ed2ed7fbf0d863c36dca25afe781e2fac97efb0d5b0b111');
  const statement = voteStatement(instance, 9, 'COMMIT', 4, hashBlock(instance, block));
  expect(hex(sha256(statement))).toBe('0818be12e9d8febf4561ff8718c108ec351a53d0599e6f14ac752e5221c93a1e');
  expect(hex(ed25519Signer(pairs[0]).sign(statement))).toBe(
    'e28db9a786c2fe2204e06c66918f377ff798b3ba07d4f8796e5677d55deb5358c8c7e73a1064dfaebf8328e22e0599bbd8d37413e9f65043a3904c36cfcccf0c',
  );
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.string(),
      fc.uint8Array(),
      fc.nat(255),
      fc.nat(2 ** 32 - 1),
      (u64, text, blob, u8, u32) => {
        const reader = new ByteReader(new ByteWriter(1).u64(u64).text(text).blob(blob).u8(u8).u32(u32).finish());
        // A lone surrogate has no UTF-8; everything else is kept as it is.
        const kept = Buffer.from(text).toString();
        expect([reader.u64(), reader.text(), reader.blob(), reader.u8(), reader.u32()]).toEqual([
          u64,
          kept,
          blob,
          u8,
          u32,
        ]);
        reader.end();
      },
    ),
  );
});

test.each([-1, 1.5, 2 ** 32, Number.NaN])('%d is no u32, and is not written as another number', (value) => {
  expect(() => new ByteWriter().u32(value)).toThrow(expect.objectContaining({ code: 'BAD_ENCODING' }));
});

test('a writer that is used again gives the same bytes as a new one, and what was copied stays', () => {
  const writer = new ByteWriter(1);
  const write = (text: string) =>
    writer
      .clear()
      .blobOf(() => writer.text(text).u8(1))
      .copy();
  const first = write('a first text, longer than the second');
  const second = write('second');
  const anew = (text: string) => new ByteWriter().blob(new ByteWriter().text(text).u8(1).finish()).finish();
  expect(hex(first)).toBe(hex(anew('a first text, longer than the second')));
  expect(hex(second)).toBe(hex(anew('second')));
});

test('a whole number has the same eight bytes on both sides of 2^32', () => {
  for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1])
    expect(hex(new ByteWriter().u64(value).finish())).toBe(value.toString(16).padStart(16, '0'));
});

test('bytes that were not written by it are refused with a typed error', () => {
  expect(() => new ByteReader(new Uint8Array(3)).u32()).toThrow('BAD_ENCODING');
  expect(() => new ByteReader(new ByteWriter().u32(9).finish()).blob()).toThrow('BAD_ENCODING');
  expect(() => new ByteReader(new Uint8Array(8).fill(255)).u64()).toThrow('BAD_ENCODING');
  expect(() => new ByteReader(new Uint8Array(1)).end()).toThrow('BAD_ENCODING');
  for (const bad of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => new ByteWriter().u64(bad)).toThrow('BAD_ENCODING');
});
