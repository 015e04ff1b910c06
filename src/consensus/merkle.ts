/**
 * The Merkle tree of RFC 9162, section 2.1, over sha256: leaf = H(0x00 ‖ data), node = H(0x01 ‖ left ‖ right), split at the
 * largest power of two below the size. It lets one decision prove its own item without carrying the rest of its block.
 */
import { ByteWriter, equalBytes, type Hash, sha256 } from './encoding.ts';

/** What the bytes of a leaf begin with. */
export const LEAF = 0;

export function leafHash(data: Uint8Array): Hash {
  return sha256(new ByteWriter(data.length + 1).u8(LEAF).raw(data).finish());
}

/** For one node after the other. */
const node = new ByteWriter(65);

function nodeHash(left: Hash, right: Hash): Hash {
  return sha256(node.clear().u8(1).raw(left).raw(right).finish());
}

/** All levels, leaves first. */
export type MerkleTree = readonly (readonly Hash[])[];

/**
 * All levels of the tree, leaves first, one root last. Pairing neighbours and handing an odd last one up unchanged gives the same
 * tree as splitting at the largest power of two.
 */
export function merkleTree(leaves: readonly Hash[]): MerkleTree {
  const levels = [leaves.length === 0 ? [sha256(new Uint8Array(0))] : leaves];
  for (let level = levels[0]; level.length > 1; ) {
    const above: Hash[] = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(i + 1 < level.length ? nodeHash(level[i], level[i + 1]) : level[i]);
    }
    levels.push(above);
    level = above;
  }
  return levels;
}

/** The root of a tree; that of no leaves is H(''). */
export function rootOf(tree: MerkleTree): Hash {
  return tree[tree.length - 1][0];
}

/** Audit path of leaf `index`, nearest sibling first (RFC 9162, 2.1.3.1). */
export function merklePath(tree: MerkleTree, index: number): Hash[] {
  const path: Hash[] = [];
  let position = index;
  for (const level of tree) {
    const sibling = position ^ 1;
    if (sibling < level.length) path.push(level[sibling]);
    position >>= 1;
  }
  return path;
}

/** Whether `leaf` is number `index` of `size` leaves under `root` (RFC 9162, 2.1.3.2). */
export function verifyPath(leaf: Hash, index: number, size: number, path: readonly Hash[], root: Hash): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size || size > 2 ** 31)
    return false;
  let position = index;
  let last = size - 1;
  let computed = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      computed = nodeHash(sibling, computed);
      while (position % 2 === 0 && position !== 0) {
        position >>= 1;
        last >>= 1;
      }
    } else {
      computed = nodeHash(computed, sibling);
    }
    position >>= 1;
    last >>= 1;
  }
  return last === 0 && equalBytes(computed, root);
}
