import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Hash, hex, sha256 } from '../../src/consensus/encoding.ts';
import { leafHash, merklePath, merkleTree, rootOf, verifyPath } from '../../src/consensus/merkle.ts';

const leaves = (n: number): Hash[] => Array.from({ length: n }, (_, i) => leafHash(Uint8Array.of(i)));

// RFC 9162, 2.1.1, written down as it stands there, in Python 3.11 (hashlib), over the one-byte leaves 0, 1, 2, ...
const golden: readonly (readonly [number, string])[] = [
  [0, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [1, '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7'],
  [2, 'a20bf9a7cc2dc8a08f5f415a71b19f6ac427bab54d24eec868b5d3103449953a'],
  [3, '3b6cccd7e3e023ff393006f030315ee7ad9eb111b022b41fba7e5b7a3973f688'],
  [5, 'b855b42d6c30f5b087e05266783fbd6e394f7b926013ccaa67700a8b0c5a596f'],
  [7, '3560191803028444b232018ac047fdb561c09c23a7a6876c85e08b5e4d48e9f3'],
  [8, 'ef7f49b620f6c7ea9b963a214da34b5021c6ded8ed57734380a311ab726aa907'],
  [13, 'df5ee130e5a247600d190c31074458de3c0dc58f0b0d8a6a2b3dd4fd7e569501'],
  [33, '1ef78c0bde9f58143b0600eb015b6b7c76e89b6af0ca70d80be3c56e3289de97'],
];

test.each(golden)('the root over %i leaves is that of RFC 9162', (n, root) => {
  expect(hex(rootOf(merkleTree(leaves(n))))).toBe(root);
});

test('every leaf proves itself, and nothing else', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (n, a, b) => {
      const all = leaves(n);
      const tree = merkleTree(all);
      const root = rootOf(tree);
      const index = a % n;
      const path = merklePath(tree, index);
      expect(verifyPath(all[index], index, n, path, root)).toBe(true);
      const other = b % n;
      if (other !== index) {
        expect(verifyPath(all[other], index, n, path, root)).toBe(false);
        expect(verifyPath(all[index], other, n, path, root)).toBe(false);
      }
      expect(verifyPath(all[index], index, n, [...path, root], root)).toBe(false);
      expect(verifyPath(all[index], index, n, path.slice(1), root)).toBe(n === 1);
      expect(verifyPath(all[index], index, n, path, sha256(root))).toBe(false);
    }),
  );
});

test('places out of range are refused', () => {
  const [leaf] = leaves(1);
  for (const [index, size] of [
    [1, 1],
    [-1, 1],
    [0, 0],
    [0.5, 1],
    [0, Number.NaN],
  ]) {
    expect(verifyPath(leaf, index, size, [], leaf)).toBe(false);
  }
});
