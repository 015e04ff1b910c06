/** What is agreed on: a block of items, each the verdict on one proposal. */
import { type ByteReader, ByteWriter, equalBytes, HASH_BYTES, type Hash, sha256 } from './encoding.ts';
import type { Instance } from './instance.ts';
import { LEAF, type MerkleTree, merkleTree, rootOf } from './merkle.ts';

export type Outcome = 'APPROVED' | 'REJECTED';

/** The verdict on one record of aura.proposals. */
export interface Item {
  /** Offset of the record in its partition. */
  readonly offset: number;
  /** sha256 of the record's value, its framing included. */
  readonly digest: Hash;
  readonly verdict: Outcome;
  /** Why it was rejected, as the block's proposer saw it: a code like BUDGET_SPENT. Empty when approved. */
  readonly reason: string;
  /** The decision is made and signed, and not to be acted on. */
  readonly dryRun: boolean;
  /** Event time of the proposal, ms since 1970. It comes from the proposal, never from a clock. */
  readonly decidedMs: number;
}

export interface Block {
  /** 1 for the first block of an instance. */
  readonly height: number;
  /** Hash of the block below; the instance's genesis hash below height 1. */
  readonly parent: Hash;
  /** The view in which the block was made. A later view may propose the same block again. */
  readonly view: number;
  readonly items: readonly Item[];
}

/** What a block's hash covers, without the items themselves. */
export interface BlockHeader {
  readonly height: number;
  readonly parent: Hash;
  readonly view: number;
  readonly itemsRoot: Hash;
  readonly itemCount: number;
}

export const REASON_PATTERN = /^[A-Z][A-Z0-9_]{0,63}$/;

/** The reason that was well-formed last: few are in use. */
let reason = '';

/** Whether `text` may be given as the reason of a rejection. */
export function isReason(text: string): boolean {
  if (text !== reason || text === '') {
    if (!REASON_PATTERN.test(text)) return false;
    reason = text;
  }
  return true;
}

export function isWellFormed(item: Item): boolean {
  return (
    isCount(item.offset) &&
    isCount(item.decidedMs) &&
    item.digest.length === HASH_BYTES &&
    (item.verdict === 'APPROVED' ? item.reason === '' : isReason(item.reason))
  );
}

/** Bounded, and safe to hash. Says nothing about whether it fits on anything. */
export function isWellFormedBlock(block: Block, itemsMax: number): boolean {
  const { height, parent, view, items } = block;
  return (
    isCount(height) &&
    isCount(view) &&
    parent.length === HASH_BYTES &&
    items.length >= 1 &&
    items.length <= itemsMax &&
    items.every(isWellFormed)
  );
}

export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function writeItem(writer: ByteWriter, item: Item): void {
  writer
    .u64(item.offset)
    .raw(item.digest)
    .u8(item.verdict === 'APPROVED' ? 1 : 0)
    .u8(item.dryRun ? 1 : 0)
    .u64(item.decidedMs)
    .text(item.reason);
}

export function readItem(reader: ByteReader): Item {
  const offset = reader.u64();
  const digest = reader.hash();
  const verdict = reader.u8() === 1 ? 'APPROVED' : 'REJECTED';
  const dryRun = reader.u8() === 1;
  const decidedMs = reader.u64();
  return { offset, digest, verdict, dryRun, decidedMs, reason: reader.text() };
}

/** What the bytes under a hash begin with. */
const ITEM_LEAF = new ByteWriter(16).u8(LEAF).text('aura.item').finish();
const BLOCK = new ByteWriter(16).text('aura.block').finish();

/** For what is hashed, one after the other. */
const hashed = new ByteWriter(256);

/** The Merkle leaf of an item: domain tag, then the item's fields in the order of writeItem. */
export function itemLeaf(item: Item): Hash {
  writeItem(hashed.clear().raw(ITEM_LEAF), item);
  return sha256(hashed.finish());
}

/** By block: its hash and the proofs of its items are of one tree, and a block never changes. */
const trees = new WeakMap<Block, MerkleTree>();

/** The tree over the block's items. */
export function itemsTree(block: Block): MerkleTree {
  let tree = trees.get(block);
  if (tree === undefined) {
    tree = merkleTree(block.items.map(itemLeaf));
    trees.set(block, tree);
  }
  return tree;
}

export function headerOf(block: Block): BlockHeader {
  const { height, parent, view, items } = block;
  return { height, parent, view, itemsRoot: rootOf(itemsTree(block)), itemCount: items.length };
}

/** sha256 over domain, protocol, instance, validator set and header. */
export function hashHeader(instance: Instance, header: BlockHeader): Hash {
  return sha256(
    hashed
      .clear()
      .raw(BLOCK)
      .raw(instance.domain)
      .u64(header.height)
      .raw(header.parent)
      .u64(header.view)
      .raw(header.itemsRoot)
      .u32(header.itemCount)
      .finish(),
  );
}

/** By block, for the instance it was last asked for: every replica of a process asks it of the same object, and a block never changes. */
const hashes = new WeakMap<Block, { readonly instance: Instance; readonly hash: Hash }>();

export function hashBlock(instance: Instance, block: Block): Hash {
  if (instance.hashes !== null) return instance.hashes.hashBlock(block);
  const known = hashes.get(block);
  if (known?.instance === instance) return known.hash;
  const hash = hashHeader(instance, headerOf(block));
  hashes.set(block, { instance, hash });
  return hash;
}

export function writeBlock(writer: ByteWriter, block: Block): void {
  writer.u64(block.height).raw(block.parent).u64(block.view).u32(block.items.length);
  for (const item of block.items) writeItem(writer, item);
}

export function readBlock(reader: ByteReader): Block {
  const height = reader.u64();
  const parent = reader.hash();
  const view = reader.u64();
  const count = reader.u32();
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(readItem(reader));
  return { height, parent, view, items };
}

export function sameVerdict(a: Item, b: Item): boolean {
  // The reason is the proposer's words for a rejection; two honest checks may stumble over different rules first.
  return (
    a.offset === b.offset &&
    a.verdict === b.verdict &&
    a.dryRun === b.dryRun &&
    a.decidedMs === b.decidedMs &&
    equalBytes(a.digest, b.digest)
  );
}
