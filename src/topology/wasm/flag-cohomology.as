// Persistent cohomology of a flag complex over a prime field, dimensions 1 and more: the kernel behind homology/flag-cohomology.ts.
// AssemblyScript (compiled by build.ts); the same computation in TypeScript is homology/cohomology.ts over filtrations/flag-simplices.ts.
//
// A simplex of dimension d is a key of d ranks, most significant first, `bits` bits each: its last edge, then for each other vertex the later
// of its two edges to that edge's ends, falling. Keys so compare as simplices enter.

/** In the rank matrix: no edge, and greater than any rank. */
const NO_EDGE: i32 = 0x7fffffff;
const NONE: i32 = -1;
const DONE: u64 = 0xffffffffffffffff;
/** Also what an empty slot of a hash table holds: no simplex has it. */
const EMPTY: u64 = 0xffffffffffffffff;

// ---------------------------------------------------------------- the complex

let n: i32 = 0;
let m: i32 = 0;
let bits: u64 = 0;
let mask: u64 = 0;
/** Entries of a row of the rank matrix: n, rounded up to whole SIMD vectors, the rest NO_EDGE. */
let stride: i32 = 0;
let modulus: u32 = 2;
let tails: usize = 0;
let heads: usize = 0;
let values: usize = 0;
let inForest: usize = 0;
let ranks: usize = 0;
/** Ranks of the edges at v, ascending: entries starts[v] .. starts[v + 1]. */
let starts: usize = 0;
let lists: usize = 0;
/** By edge: the rank of the later edge from its witness, the vertex of its lune where that is least; NONE for an empty lune. */
let firsts: usize = 0;
/** By edge: 1 if its witness is joined to the whole lune, so that all simplices that enter with it pair up among themselves. */
let coned: usize = 0;

@inline function rankOf(u: i32, v: i32): i32 {
  return load<i32>(ranks + (((<usize>(u * stride)) + v) << 2));
}
@inline function i32At(array: usize, index: i32): i32 {
  return load<i32>(array + ((<usize>index) << 2));
}
@inline function setI32(array: usize, index: i32, value: i32): void {
  store<i32>(array + ((<usize>index) << 2), value);
}
/** The end of an edge that is not v. */
@inline function otherEnd(edge: i32, v: i32): i32 {
  return i32At(tails, edge) ^ i32At(heads, edge) ^ v;
}

/** Makes room for a complex; the caller then fills tails (i32), heads (i32), values (f64) and inForest (u8), by rank, and calls build. */
export function allocate(vertexCount: i32, edgeCount: i32, prime: i32): void {
  n = vertexCount;
  modulus = prime;
  m = edgeCount;
  bits = <u64>max(1, 32 - clz(max(1, edgeCount - 1)));
  mask = (<u64>1 << bits) - 1;
  stride = (n + 3) & ~3;
  tails = heap.alloc(max(4, <usize>m << 2));
  heads = heap.alloc(max(4, <usize>m << 2));
  values = heap.alloc(max(8, <usize>m << 3));
  inForest = heap.alloc(max(4, <usize>m));
}
export function tailsAt(): usize {
  return tails;
}
export function headsAt(): usize {
  return heads;
}
export function valuesAt(): usize {
  return values;
}
export function inForestAt(): usize {
  return inForest;
}

export function build(): void {
  const entries: usize = <usize>(n * stride);
  ranks = heap.alloc(entries << 2);
  const none = i32x4.splat(NO_EDGE);
  for (let at: usize = 0; at < entries << 2; at += 16) v128.store(ranks + at, none);
  starts = heap.alloc((<usize>n + 1) << 2);
  memory.fill(starts, 0, (<usize>n + 1) << 2);
  for (let edge = 0; edge < m; edge++) {
    const u = i32At(tails, edge);
    const v = i32At(heads, edge);
    setI32(ranks, u * stride + v, edge);
    setI32(ranks, v * stride + u, edge);
    setI32(starts, u + 1, i32At(starts, u + 1) + 1);
    setI32(starts, v + 1, i32At(starts, v + 1) + 1);
  }
  for (let v = 0; v < n; v++) setI32(starts, v + 1, i32At(starts, v + 1) + i32At(starts, v));
  const fill = heap.alloc((<usize>n + 1) << 2);
  memory.copy(fill, starts, (<usize>n + 1) << 2);
  lists = heap.alloc(max(4, <usize>m << 3));
  for (let edge = 0; edge < m; edge++) {
    for (let end = 0; end < 2; end++) {
      const v = i32At(end == 0 ? tails : heads, edge);
      const at = i32At(fill, v);
      setI32(fill, v, at + 1);
      setI32(lists, at, edge);
    }
  }
  heap.free(fill);
  firsts = heap.alloc(max(4, <usize>m << 2));
  coned = heap.alloc(max(4, <usize>m));
  for (let edge = 0; edge < m; edge++) findWitness(edge);
}

function findWitness(edge: i32): void {
  const rowA = ranks + ((<usize>(i32At(tails, edge) * stride)) << 2);
  const rowB = ranks + ((<usize>(i32At(heads, edge) * stride)) << 2);
  const bytes: usize = <usize>stride << 2;
  let least = i32x4.splat(NO_EDGE);
  for (let at: usize = 0; at < bytes; at += 16) {
    least = i32x4.min_s(least, i32x4.max_s(v128.load(rowA + at), v128.load(rowB + at)));
  }
  const first = min(
    min(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1)),
    min(i32x4.extract_lane(least, 2), i32x4.extract_lane(least, 3)),
  );
  if (first >= edge) {
    setI32(firsts, edge, NONE);
    store<u8>(coned + edge, 0);
    return;
  }
  setI32(firsts, edge, first);
  const tail = i32At(tails, first);
  const a = i32At(tails, edge);
  const witness = tail == a || tail == i32At(heads, edge) ? i32At(heads, first) : tail;
  const rowW = ranks + ((<usize>(witness * stride)) << 2);
  const own = i32x4.splat(edge);
  // Vertices of the lune that are not joined to the witness by an earlier edge: the witness itself is one.
  let apart: i32 = 0;
  for (let at: usize = 0; at < bytes && apart < 2; at += 16) {
    const inLune = i32x4.lt_s(i32x4.max_s(v128.load(rowA + at), v128.load(rowB + at)), own);
    const notJoined = i32x4.ge_s(v128.load(rowW + at), own);
    apart += popcnt(i32x4.bitmask(v128.and(inLune, notJoined)));
  }
  store<u8>(coned + edge, apart < 2 ? 1 : 0);
}

// ---------------------------------------------------------------- members: simplices with a place in their coboundary

// Layout of a member: key u64, next u64 (the cofacet that it stands on, or DONE), cursor i32 (the rank by which it was found), coefficient
// u16 (below the modulus), isInHeap u8, a byte free, then vertices i32[d + 1] (ends of the last edge first), then positions i32[d + 1] in their lists.
const KEY: usize = 0;
const NEXT: usize = 8;
const CURSOR: usize = 16;
const COEFFICIENT: usize = 20;
const IN_HEAP: usize = 22;
const VERTICES: usize = 24;

/** Dimension of the simplices in hand. */
let dimension: i32 = 0;
let memberBytes: usize = 0;
let positionsAt: usize = 0;

@inline function lastEdge(key: u64, digits: i32): i32 {
  return <i32>(key >> (bits * <u64>(digits - 1)));
}

function decode(member: usize): void {
  const key = load<u64>(member + KEY);
  let shift = bits * <u64>(dimension - 1);
  const last = <i32>(key >> shift);
  const a = i32At(tails, last);
  const b = i32At(heads, last);
  store<i32>(member + VERTICES, a);
  store<i32>(member + VERTICES + 4, b);
  for (let k: usize = 2; k <= <usize>dimension; k++) {
    shift -= bits;
    const edge = <i32>((key >> shift) & mask);
    const tail = i32At(tails, edge);
    store<i32>(member + VERTICES + (k << 2), tail == a || tail == b ? i32At(heads, edge) : tail);
  }
}

/** First position in v's list of a rank of at least `least`. */
function lowerBound(v: i32, least: i32): i32 {
  let low = i32At(starts, v);
  let high = i32At(starts, v + 1);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (i32At(lists, middle) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sets the positions of a decoded member to go on after the rank `cursor`. */
function seek(member: usize, cursor: i32): void {
  store<i32>(member + CURSOR, cursor);
  const last = lastEdge(load<u64>(member + KEY), dimension);
  const lists = cursor < last ? 2 : dimension + 1;
  for (let k: usize = 0; k < <usize>lists; k++) {
    store<i32>(member + positionsAt + (k << 2), lowerBound(load<i32>(member + VERTICES + (k << 2)), cursor + 1));
  }
}

/** True if w is joined to every vertex of the member from the k-th on by an edge before `before`. */
@inline function isJoined(member: usize, w: i32, from: usize, before: i32): bool {
  for (let k = from; k <= <usize>dimension; k++) {
    if (rankOf(load<i32>(member + VERTICES + (k << 2)), w) >= before) return false;
  }
  return true;
}

/** Moves a member to its first cofacet. */
function toFirst(member: usize): void {
  const last = lastEdge(load<u64>(member + KEY), dimension);
  const first = i32At(firsts, last);
  if (first == NONE) {
    seek(member, last);
    advance(member);
    return;
  }
  const a = load<i32>(member + VERTICES);
  const b = load<i32>(member + VERTICES + 4);
  const tail = i32At(tails, first);
  const witness = tail == a || tail == b ? i32At(heads, first) : tail;
  seek(member, first);
  if (isJoined(member, witness, 2, last)) insertInside(member, first);
  else advance(member);
}

/** Moves a member to its next cofacet. */
function advance(member: usize): void {
  const last = lastEdge(load<u64>(member + KEY), dimension);
  const positions = member + positionsAt;
  if (load<i32>(member + CURSOR) < last) {
    const a = load<i32>(member + VERTICES);
    const b = load<i32>(member + VERTICES + 4);
    let atA = load<i32>(positions);
    let atB = load<i32>(positions + 4);
    // Both lists hold the last edge, so neither is left.
    let rankA = i32At(lists, atA);
    let rankB = i32At(lists, atB);
    while (rankA != rankB) {
      if (rankA < rankB) {
        const w = otherEnd(rankA, a);
        const rank = rankA;
        rankA = i32At(lists, ++atA);
        if (rankOf(b, w) < rank && isJoined(member, w, 2, last)) {
          store<i32>(positions, atA);
          store<i32>(positions + 4, atB);
          insertInside(member, rank);
          return;
        }
      } else {
        const w = otherEnd(rankB, b);
        const rank = rankB;
        rankB = i32At(lists, ++atB);
        if (rankOf(a, w) < rank && isJoined(member, w, 2, last)) {
          store<i32>(positions, atA);
          store<i32>(positions + 4, atB);
          insertInside(member, rank);
          return;
        }
      }
    }
    store<i32>(positions, atA + 1);
    store<i32>(positions + 4, atB + 1);
    for (let k: usize = 2; k <= <usize>dimension; k++) {
      store<i32>(positions + (k << 2), lowerBound(load<i32>(member + VERTICES + (k << 2)), last + 1));
    }
  }
  for (;;) {
    let least = NO_EDGE;
    let from: usize = 0;
    for (let k: usize = 0; k <= <usize>dimension; k++) {
      const at = load<i32>(positions + (k << 2));
      const v = load<i32>(member + VERTICES + (k << 2));
      if (at == i32At(starts, v + 1)) continue;
      const rank = i32At(lists, at);
      if (rank < least) {
        least = rank;
        from = k;
      }
    }
    if (least == NO_EDGE) {
      store<i32>(member + CURSOR, NO_EDGE);
      store<u64>(member + NEXT, DONE);
      return;
    }
    store<i32>(positions + (from << 2), load<i32>(positions + (from << 2)) + 1);
    const v = load<i32>(member + VERTICES + (from << 2));
    const w = otherEnd(least, v);
    let isLast = true;
    for (let k: usize = 0; k <= <usize>dimension; k++) {
      if (k != from && rankOf(load<i32>(member + VERTICES + (k << 2)), w) >= least) {
        isLast = false;
        break;
      }
    }
    if (!isLast) continue;
    store<i32>(member + CURSOR, least);
    store<u64>(member + NEXT, outsideKey(member, from, w, least));
    return;
  }
}

/** True if the member's sign in the boundary of the cofacet that it stands on is negative: an odd number of its vertices is below the new one. */
function isNegative(member: usize): bool {
  const edge = load<i32>(member + CURSOR);
  const tail = i32At(tails, edge);
  const head = i32At(heads, edge);
  let below = 0;
  let added = head;
  for (let k: usize = 0; k <= <usize>dimension; k++) {
    if (load<i32>(member + VERTICES + (k << 2)) == head) added = tail;
  }
  for (let k: usize = 0; k <= <usize>dimension; k++) {
    if (load<i32>(member + VERTICES + (k << 2)) < added) below += 1;
  }
  return (below & 1) != 0;
}

/** What a member adds to the coefficient of the cofacet that it stands on. */
@inline function contribution(member: usize): u32 {
  const coefficient = <u32>load<u16>(member + COEFFICIENT);
  return modulus == 2 || !isNegative(member) ? coefficient : modulus - coefficient;
}

@inline function times(a: u32, b: u32): u32 {
  return modulus == 2 ? a & b : <u32>((<u64>a * <u64>b) % <u64>modulus);
}

/** a^(modulus - 2), by Fermat's little theorem. */
function inverse(a: u32): u32 {
  let result: u32 = 1;
  let power = a;
  for (let exponent = modulus - 2; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = times(result, power);
    power = times(power, power);
  }
  return result;
}

/** Sets the cofacet of a vertex that lies in the lune of the member's last edge, `rank` the later of its edges to that edge's ends. */
@inline function insertInside(member: usize, rank: i32): void {
  const key = load<u64>(member + KEY);
  store<i32>(member + CURSOR, rank);
  // Digits above the new one move up by one place.
  let shift: u64 = 0;
  let below: u64 = 0;
  for (let k = 1; k < dimension; k++) {
    if (((key >> shift) & mask) > <u64>rank) break;
    shift += bits;
  }
  below = key & ((<u64>1 << shift) - 1);
  store<u64>(member + NEXT, ((((key >> shift) << bits) | <u64>rank) << shift) | below);
}

/** The key of the cofacet whose last edge joins the member's vertex number `from` to the new vertex w. */
@inline function outsideKey(member: usize, from: usize, w: i32, last: i32): u64 {
  const v = load<i32>(member + VERTICES + (from << 2));
  if (dimension == 1) {
    const x = load<i32>(member + VERTICES + ((1 - from) << 2));
    return (<u64>last << bits) | <u64>max(rankOf(v, x), rankOf(w, x));
  }
  if (dimension == 2) {
    const x = load<i32>(member + VERTICES + ((from == 0 ? 1 : 0) << 2));
    const y = load<i32>(member + VERTICES + ((from == 2 ? 1 : 2) << 2));
    const s = max(rankOf(v, x), rankOf(w, x));
    const t = max(rankOf(v, y), rankOf(w, y));
    return (((<u64>last << bits) | <u64>max(s, t)) << bits) | <u64>min(s, t);
  }
  let digits: u64 = 0;
  let count: u64 = 0;
  for (let k: usize = 0; k <= <usize>dimension; k++) {
    if (k == from) continue;
    const x = load<i32>(member + VERTICES + (k << 2));
    const digit = <u64>max(rankOf(v, x), rankOf(w, x));
    let shift: u64 = 0;
    for (let j: u64 = 0; j < count; j++) {
      if (((digits >> shift) & mask) > digit) break;
      shift += bits;
    }
    digits = ((((digits >> shift) << bits) | digit) << shift) | (digits & ((<u64>1 << shift) - 1));
    count += 1;
  }
  return (<u64>last << (bits * count)) | digits;
}

// ---------------------------------------------------------------- hash tables from keys to numbers

class Table {
  keys: usize = 0;
  numbers: usize = 0;
  capacity: i32 = 0;
  size: i32 = 0;
}

function newTable(capacity: i32): Table {
  const table = new Table();
  table.capacity = capacity;
  table.keys = heap.alloc(<usize>capacity << 3);
  table.numbers = heap.alloc(<usize>capacity << 2);
  memory.fill(table.keys, 0xff, <usize>capacity << 3);
  return table;
}

@inline function slotOf(table: Table, key: u64): usize {
  const wrap = <usize>(table.capacity - 1);
  let slot = <usize>((key * 0x9e3779b97f4a7c15) >> 32) & wrap;
  let found = load<u64>(table.keys + (slot << 3));
  while (found != key && found != EMPTY) {
    slot = (slot + 1) & wrap;
    found = load<u64>(table.keys + (slot << 3));
  }
  return slot;
}

/** The number of a key, or NONE. */
@inline function lookUp(table: Table, key: u64): i32 {
  const slot = slotOf(table, key);
  return load<u64>(table.keys + (slot << 3)) == key ? load<i32>(table.numbers + (slot << 2)) : NONE;
}

function insert(table: Table, key: u64, number: i32): void {
  if (table.size * 2 >= table.capacity) {
    const keys = table.keys;
    const numbers = table.numbers;
    const capacity = table.capacity;
    table.capacity = capacity * 2;
    table.keys = heap.alloc(<usize>table.capacity << 3);
    table.numbers = heap.alloc(<usize>table.capacity << 2);
    memory.fill(table.keys, 0xff, <usize>table.capacity << 3);
    for (let slot: usize = 0; slot < <usize>capacity; slot++) {
      const old = load<u64>(keys + (slot << 3));
      if (old == EMPTY) continue;
      const to = slotOf(table, old);
      store<u64>(table.keys + (to << 3), old);
      store<i32>(table.numbers + (to << 2), load<i32>(numbers + (slot << 2)));
    }
    heap.free(keys);
    heap.free(numbers);
  }
  const slot = slotOf(table, key);
  store<u64>(table.keys + (slot << 3), key);
  store<i32>(table.numbers + (slot << 2), number);
  table.size += 1;
}

function freeTable(table: Table): void {
  heap.free(table.keys);
  heap.free(table.numbers);
}

// ---------------------------------------------------------------- growing arrays

class Bytes {
  data: usize = 0;
  size: usize = 0;
  capacity: usize = 0;
}

function newBytes(capacity: usize): Bytes {
  const array = new Bytes();
  array.data = heap.alloc(capacity);
  array.capacity = capacity;
  return array;
}

/** Makes room for `bytes` more at the end and answers where. */
@inline function extend(array: Bytes, bytes: usize): usize {
  if (array.size + bytes > array.capacity) {
    array.capacity = max(array.capacity + (array.capacity >> 1), array.size + bytes);
    array.data = heap.realloc(array.data, array.capacity);
  }
  const at = array.data + array.size;
  array.size += bytes;
  return at;
}

// ---------------------------------------------------------------- the sum in hand: its members, and a heap of them by next cofacet

let members: Bytes = newBytes(1 << 12);
let memberCount: i32 = 0;
let memberOf: Table = newTable(256);
/** Entries of 16 bytes: next cofacet u64, member number i32. */
let queue: Bytes = newBytes(1 << 10);
let queueSize: i32 = 0;

@inline function memberAt(number: i32): usize {
  return members.data + <usize>number * memberBytes;
}

function clearSum(): void {
  if (memberCount * 8 > memberOf.capacity) memory.fill(memberOf.keys, 0xff, <usize>memberOf.capacity << 3);
  else {
    // Last in, first out, so that no probe is cut short.
    for (let number = memberCount - 1; number >= 0; number--) {
      store<u64>(memberOf.keys + (slotOf(memberOf, load<u64>(memberAt(number) + KEY)) << 3), EMPTY);
    }
  }
  memberOf.size = 0;
  memberCount = 0;
  members.size = 0;
  queueSize = 0;
}

/** A new member, not yet in the sum, decoded. */
function newMember(key: u64, coefficient: u32): usize {
  const member = extend(members, memberBytes);
  store<u64>(member + KEY, key);
  store<u16>(member + COEFFICIENT, <u16>coefficient);
  store<u8>(member + IN_HEAP, 0);
  decode(member);
  return member;
}

/** Puts the member made last, standing on its next cofacet, into the sum. */
function commit(member: usize): void {
  const number = memberCount++;
  insert(memberOf, load<u64>(member + KEY), number);
  if (load<u64>(member + NEXT) != DONE) push(load<u64>(member + NEXT), number);
}

/** Adds a simplex whose coboundary goes on after `cursor`: a rank, or NO_EDGE if nothing is left. */
function addAfter(key: u64, cursor: i32, coefficient: u32): void {
  const present = lookUp(memberOf, key);
  if (present != NONE) {
    addTo(present, coefficient);
    return;
  }
  const member = newMember(key, coefficient);
  if (cursor == NO_EDGE) {
    store<i32>(member + CURSOR, NO_EDGE);
    store<u64>(member + NEXT, DONE);
  } else {
    seek(member, cursor);
    advance(member);
  }
  commit(member);
}

/** Both copies stand on the same cofacet, so from there on their coefficients add up. */
@inline function addTo(number: i32, coefficient: u32): void {
  const member = memberAt(number);
  const sum = (<u32>load<u16>(member + COEFFICIENT) + coefficient) % modulus;
  store<u16>(member + COEFFICIENT, <u16>sum);
  // A member that left the heap while it was 0 has stood still since: bring it to where the sum stands.
  if (sum != 0 && !load<u8>(member + IN_HEAP) && load<u64>(member + NEXT) != DONE) {
    while (load<u64>(member + NEXT) <= lastPivot) advance(member);
    if (load<u64>(member + NEXT) != DONE) push(load<u64>(member + NEXT), number);
  }
}

let lastPivot: u64 = 0;
/** 1..modulus - 1. */
let pivotCoefficient: u32 = 0;

/** The least cofacet on which the members that stand there do not cancel, taken out of the sum; or DONE. */
function takePivot(): u64 {
  while (queueSize > 0) {
    const pivot = load<u64>(queue.data);
    let sum: u32 = 0;
    while (queueSize > 0 && load<u64>(queue.data) == pivot) {
      const number = load<i32>(queue.data + 8);
      const member = memberAt(number);
      if (!load<u16>(member + COEFFICIENT)) {
        store<u8>(member + IN_HEAP, 0);
        dropLeast();
        continue;
      }
      sum = (sum + contribution(member)) % modulus;
      advance(member);
      const next = load<u64>(member + NEXT);
      if (next == DONE) {
        store<u8>(member + IN_HEAP, 0);
        dropLeast();
      } else sinkLeast(next, number);
    }
    if (sum != 0) {
      lastPivot = pivot;
      pivotCoefficient = sum;
      return pivot;
    }
  }
  return DONE;
}

function push(key: u64, number: i32): void {
  store<u8>(memberAt(number) + IN_HEAP, 1);
  queue.size = <usize>queueSize << 4;
  extend(queue, 16);
  const data = queue.data;
  let at = <usize>queueSize;
  queueSize += 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (load<u64>(data + (parent << 4)) <= key) break;
    memory.copy(data + (at << 4), data + (parent << 4), 16);
    at = parent;
  }
  store<u64>(data + (at << 4), key);
  store<i32>(data + (at << 4) + 8, number);
}

@inline function dropLeast(): void {
  queueSize -= 1;
  const last = <usize>queueSize;
  if (last > 0) sinkLeast(load<u64>(queue.data + (last << 4)), load<i32>(queue.data + (last << 4) + 8));
}

function sinkLeast(key: u64, number: i32): void {
  const data = queue.data;
  const size = <usize>queueSize;
  let at: usize = 0;
  for (let child: usize = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && load<u64>(data + ((child + 1) << 4)) < load<u64>(data + (child << 4))) child += 1;
    if (load<u64>(data + (child << 4)) >= key) break;
    v128.store(data + (at << 4), v128.load(data + (child << 4)));
    at = child;
  }
  store<u64>(data + (at << 4), key);
  store<i32>(data + (at << 4) + 8, number);
}

// ---------------------------------------------------------------- reduced columns

/** Pivot to column, of the dimension in hand and of the one below (whose pivots need no column: clearing). */
let columnOf: Table = newTable(256);
let cleared: Table = newTable(256);
let columnCount: i32 = 0;
/** By column the number of its first entry, and one past the last. */
let columnStarts: Bytes = newBytes(1 << 10);
let columnKeys: Bytes = newBytes(1 << 12);
/** Rank after which the simplex's coboundary goes on, or NO_EDGE. */
let columnCursors: Bytes = newBytes(1 << 11);
/** Coefficients u16, such that the pivot's is 1; over Z/2 none is kept. */
let columnCoefficients: Bytes = newBytes(1 << 10);

function saveColumn(pivot: u64): void {
  insert(columnOf, pivot, columnCount++);
  const scale = modulus == 2 ? 1 : inverse(pivotCoefficient);
  for (let number = 0; number < memberCount; number++) {
    const member = memberAt(number);
    const coefficient = <u32>load<u16>(member + COEFFICIENT);
    if (coefficient == 0) continue;
    if (modulus > 2) store<u16>(extend(columnCoefficients, 2), <u16>times(coefficient, scale));
    store<u64>(extend(columnKeys, 8), load<u64>(member + KEY));
    store<i32>(extend(columnCursors, 4), load<i32>(member + CURSOR));
  }
  store<i32>(extend(columnStarts, 4), <i32>(columnKeys.size >> 3));
}

/** Adds `factor` times the column with this pivot; false if there is none. */
function addColumn(pivot: u64, factor: u32): bool {
  const column = lookUp(columnOf, pivot);
  if (column == NONE) return false;
  const end = i32At(columnStarts.data, column + 1);
  for (let k = i32At(columnStarts.data, column); k < end; k++) {
    const coefficient = modulus == 2 ? 1 : times(factor, <u32>load<u16>(columnCoefficients.data + (<usize>k << 1)));
    addSaved(load<u64>(columnKeys.data + (<usize>k << 3)), i32At(columnCursors.data, k), coefficient);
  }
  return true;
}

/** As addAfter, for a simplex that stands on the cofacet found at `cursor`. */
function addSaved(key: u64, cursor: i32, coefficient: u32): void {
  const present = lookUp(memberOf, key);
  if (present != NONE) {
    addTo(present, coefficient);
    return;
  }
  const member = newMember(key, coefficient);
  if (cursor == NO_EDGE) {
    store<i32>(member + CURSOR, NO_EDGE);
    store<u64>(member + NEXT, DONE);
  } else {
    seek(member, cursor - 1);
    advance(member);
  }
  commit(member);
}

/** Adds the apparent pair's simplex whose first cofacet is this pivot, so that the pivot goes by `factor`; false if the pivot has no such pair. */
function addApparent(pivot: u64, factor: u32): bool {
  const last = lastEdge(pivot, dimension + 1);
  const first = i32At(firsts, last);
  if (first == NONE) return false;
  const least = <i32>(pivot & mask);
  const key = pivot >> bits;
  let coefficient = factor;
  if (least != first || modulus > 2) {
    const member = newMember(key, factor);
    toFirst(member);
    members.size -= memberBytes;
    if (load<i32>(member + CURSOR) != least) return false;
    coefficient = contribution(member);
  }
  addAfter(key, least, coefficient);
  return true;
}

function reduceSum(): u64 {
  let pivot = takePivot();
  while (pivot != DONE) {
    const factor = modulus - pivotCoefficient;
    if (!addColumn(pivot, factor) && !addApparent(pivot, factor)) break;
    pivot = takePivot();
  }
  return pivot;
}

// ---------------------------------------------------------------- results

/** Bars with length as pairs of f64: names of the birth and death cells, -1 for a bar that never dies. */
let bars: Bytes = newBytes(1 << 10);
let wantsCocycles: bool = false;
let cocycleStarts: Bytes = newBytes(1 << 10);
let cocycleCells: Bytes = newBytes(1 << 10);
/** i32 each. */
let cocycleCoefficients: Bytes = newBytes(1 << 10);

export function barsAt(): usize {
  return bars.data;
}
export function barCount(): i32 {
  return <i32>(bars.size >> 4);
}
export function cocycleStartsAt(): usize {
  return cocycleStarts.data;
}
export function cocycleCellsAt(): usize {
  return cocycleCells.data;
}
export function cocycleCoefficientsAt(): usize {
  return cocycleCoefficients.data;
}
export function cocycleCellCount(): i32 {
  return <i32>(cocycleCells.size >> 3);
}

/** The name of a simplex outside, see FlagSimplices: two ranks in base m, then places among the edges at the last edge's ends in base 2 n. */
function nameOf(key: u64, digits: i32): f64 {
  const last = lastEdge(key, digits);
  let name = <f64>last;
  for (let k = digits - 2; k >= 0; k--) {
    const rank = <i32>((key >> (bits * <u64>k)) & mask);
    if (k == digits - 2) name = name * <f64>m + <f64>rank;
    else name = name * 2 * <f64>n + <f64>(placeAt(i32At(tails, last), rank) + placeAt(i32At(heads, last), rank));
  }
  return name;
}

/** How many edges at v come before a rank. */
function placeAt(v: i32, rank: i32): i32 {
  return lowerBound(v, rank) - i32At(starts, v);
}

function reduceColumn(key: u64): void {
  clearSum();
  lastPivot = 0;
  const member = newMember(key, 1);
  toFirst(member);
  commit(member);
  const pivot = reduceSum();
  const birth = load<f64>(values + (<usize>lastEdge(key, dimension) << 3));
  let death: f64 = Infinity;
  if (pivot != DONE) {
    saveColumn(pivot);
    death = load<f64>(values + (<usize>lastEdge(pivot, dimension + 1) << 3));
  }
  if (birth == death) return;
  const at = extend(bars, 16);
  store<f64>(at, nameOf(key, dimension));
  store<f64>(at + 8, pivot == DONE ? -1 : nameOf(pivot, dimension + 1));
  if (!wantsCocycles) return;
  for (let number = 0; number < memberCount; number++) {
    const member = memberAt(number);
    const coefficient = <i32>load<u16>(member + COEFFICIENT);
    if (coefficient == 0) continue;
    store<f64>(extend(cocycleCells, 8), nameOf(load<u64>(member + KEY), dimension));
    store<i32>(extend(cocycleCoefficients, 4), coefficient);
  }
  store<i32>(extend(cocycleStarts, 4), <i32>(cocycleCells.size >> 3));
}

// ---------------------------------------------------------------- columns

/** The lune of an edge: places 0, 1, ... by rising rank of the later edge to its ends. */
let luneRanks: usize = 0;
let luneVertices: usize = 0;
/** For dimension 3 and more: by place, a row of bits, the earlier places that it is joined to before the edge; and by level the places in common. */
let luneRows: usize = 0;
let common: usize = 0;
let words: i32 = 0;

/** Lists the lune of an edge by rising rank; the answer is how many vertices it has. */
function listLune(edge: i32): i32 {
  const a = i32At(tails, edge);
  const b = i32At(heads, edge);
  const first = i32At(firsts, edge);
  let atA = lowerBound(a, first);
  let atB = lowerBound(b, first);
  let rankA = i32At(lists, atA);
  let rankB = i32At(lists, atB);
  let count = 0;
  while (rankA != rankB) {
    let w: i32, rank: i32, other: i32;
    if (rankA < rankB) {
      rank = rankA;
      w = otherEnd(rank, a);
      other = rankOf(b, w);
      rankA = i32At(lists, ++atA);
    } else {
      rank = rankB;
      w = otherEnd(rank, b);
      other = rankOf(a, w);
      rankB = i32At(lists, ++atB);
    }
    if (other >= rank) continue;
    setI32(luneRanks, count, rank);
    setI32(luneVertices, count++, w);
  }
  return count;
}

/**
 * Reduces one dimension; dimensions are to be asked for one after the other, from 1. A key of dimension + 1 digits must fit 64 bits.
 */
export function reduce(ofDimension: i32, withCocycles: bool): void {
  const old = cleared;
  cleared = columnOf;
  freeTable(old);
  columnOf = newTable(1024);
  columnCount = 0;
  columnStarts.size = 0;
  columnKeys.size = 0;
  columnCursors.size = 0;
  columnCoefficients.size = 0;
  store<i32>(extend(columnStarts, 4), 0);
  bars.size = 0;
  wantsCocycles = withCocycles;
  cocycleStarts.size = 0;
  cocycleCells.size = 0;
  cocycleCoefficients.size = 0;
  store<i32>(extend(cocycleStarts, 4), 0);
  clearSum();
  dimension = ofDimension;
  positionsAt = VERTICES + (<usize>(dimension + 1) << 2);
  memberBytes = (positionsAt + (<usize>(dimension + 1) << 2) + 7) & ~7;
  luneRanks = heap.alloc(max(4, <usize>n << 2));
  luneVertices = heap.alloc(max(4, <usize>n << 2));
  words = (n + 63) >> 6;
  if (dimension >= 3) {
    luneRows = heap.alloc(<usize>(n * words) << 3);
    common = heap.alloc(<usize>(dimension * words) << 3);
  }
  for (let edge = m - 1; edge >= 0; edge--) {
    if (dimension == 1) {
      if (!load<u8>(inForest + edge) && i32At(firsts, edge) == NONE) reduceColumn(<u64>edge);
    } else if (i32At(firsts, edge) != NONE && !load<u8>(coned + edge)) reduceTriangles(edge);
  }
  if (dimension >= 3) {
    heap.free(luneRows);
    heap.free(common);
  }
  heap.free(luneRanks);
  heap.free(luneVertices);
}

/** Columns that enter with an edge, last first, those in apparent pairs left out. */
function reduceTriangles(edge: i32): void {
  const count = listLune(edge);
  if (dimension == 2) {
    // The triangle of place 0 is the pivot of the edge's apparent pair.
    for (let place = count - 1; place > 0; place--) {
      const row = ranks + ((<usize>(i32At(luneVertices, place) * stride)) << 2);
      let isFree = true;
      for (let earlier = 0; earlier < place && isFree; earlier++) {
        isFree = i32At(row, i32At(luneVertices, earlier)) >= edge;
      }
      if (isFree) reduceUnlessCleared((<u64>edge << bits) | <u64>i32At(luneRanks, place));
    }
    return;
  }
  for (let place = 0; place < count; place++) {
    const bitsOfRow = luneRows + (<usize>(place * words) << 3);
    memory.fill(bitsOfRow, 0, <usize>words << 3);
    const row = ranks + ((<usize>(i32At(luneVertices, place) * stride)) << 2);
    for (let earlier = 0; earlier < place; earlier++) {
      if (i32At(row, i32At(luneVertices, earlier)) >= edge) continue;
      const word = bitsOfRow + (<usize>(earlier >> 6) << 3);
      store<u64>(word, load<u64>(word) | (<u64>1 << (earlier & 63)));
    }
  }
  for (let place = count - 1; place > 0; place--) {
    memory.copy(common, luneRows + (<usize>(place * words) << 3), <usize>words << 3);
    extendClique((<u64>edge << bits) | <u64>i32At(luneRanks, place), 2);
  }
}

/** Goes through the cliques of the lune that extend the one in hand by lower places; `digits` of its key are set. */
function extendClique(key: u64, digits: i32): void {
  const from = common + (<usize>((digits - 2) * words) << 3);
  let lowest = -1;
  for (let word = 0; word < words && lowest < 0; word++) {
    const some = load<u64>(from + (<usize>word << 3));
    if (some != 0) lowest = (word << 6) + <i32>ctz(some);
  }
  if (lowest < 0) return;
  const isLeaf = digits + 1 == dimension;
  for (let word = words - 1; word >= 0; word--) {
    let some = load<u64>(from + (<usize>word << 3));
    while (some != 0) {
      const bit = 63 - clz(some);
      some ^= <u64>1 << bit;
      const place = (word << 6) + <i32>bit;
      const row = luneRows + (<usize>(place * words) << 3);
      const next = (key << bits) | <u64>i32At(luneRanks, place);
      if (isLeaf) {
        // The lowest place in common makes the pivot of an apparent pair; a place that is joined to a lower one in common is a pair's column.
        if (place == lowest) continue;
        let isFree = true;
        for (let k = 0; k <= word && isFree; k++) {
          isFree = (load<u64>(from + (<usize>k << 3)) & load<u64>(row + (<usize>k << 3))) == 0;
        }
        if (isFree) reduceUnlessCleared(next);
        continue;
      }
      const to = from + (<usize>words << 3);
      for (let k = 0; k < words; k++) {
        store<u64>(to + (<usize>k << 3), load<u64>(from + (<usize>k << 3)) & load<u64>(row + (<usize>k << 3)));
      }
      extendClique(next, digits + 1);
    }
  }
}

@inline function reduceUnlessCleared(key: u64): void {
  if (lookUp(cleared, key) == NONE) reduceColumn(key);
}
