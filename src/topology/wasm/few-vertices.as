// Flag complexes on at most 256 vertices: distances, their order, and persistent cohomology over Z/2 in dimensions 0 and 1. The kernel behind
// filtrations/few-points.ts and homology/few-vertices.ts. AssemblyScript (compiled by infra/wasm/build.ts); the same in TypeScript is
// filtrations/open-pairs-of-few.ts and homology/loops.ts.
//
// All arrays have their places for good, so that a call allocates nothing; whatever one call leaves there, the next one does not read.

const VERTICES_MAX: i32 = 256;
const EDGES_MAX: usize = 32768;
const COORDINATES_MAX: usize = 16384;
const ENTRIES_MAX: i32 = 65536;
const SAVED_MAX: i32 = 262144;
/** A reduction that takes more steps is left to the TypeScript version, which has a better way with large columns. */
const STEPS_MAX: i32 = 400000;

const POINTS: usize = 1024;
/** Coordinate by coordinate, each padded to whole vectors. */
const COLUMNS: usize = POINTS + COORDINATES_MAX * 8;
/** d(i, j), i > j, at i (i - 1) / 2 + j. */
const LOWER: usize = COLUMNS + COORDINATES_MAX * 16;
const FARTHEST: usize = LOWER + EDGES_MAX * 8;
// By rank.
const VALUES: usize = FARTHEST + 260 * 8;
const TAILS: usize = VALUES + EDGES_MAX * 8;
const HEADS: usize = TAILS + EDGES_MAX * 4;
// Of the sort: records key << 16 | pair, and how many there are of each digit.
const RECORDS: usize = HEADS + EDGES_MAX * 4;
const SORTED: usize = RECORDS + EDGES_MAX * 8;
const DIGITS: usize = 2048;
const LOW: usize = SORTED + EDGES_MAX * 8;
const HIGH: usize = LOW + DIGITS * 4;
/** Pairs i << 8 | j by rank. */
const PAIRS: usize = HIGH + DIGITS * 4;
/** Row v: the ranks of the edges from v, NO_EDGE where there is none. */
const RANKS: usize = PAIRS + EDGES_MAX * 2;
/** Row v: two vectors of bits, whom v is joined to. */
const JOINED: usize = RANKS + 256 * 256 * 2;
const PARENTS: usize = JOINED + 256 * 32;
const FOREST: usize = PARENTS + 256 * 4;
const YOUNGER: usize = FOREST + 256 * 4;
const OPEN: usize = YOUNGER + 256 * 4;
/** By rank: 1 if the edge is open. */
const IS_OPEN: usize = OPEN + EDGES_MAX * 4;
/** By column: birth edge, last and second last edge of the pivot; -1 where there is none. */
const BARS: usize = IS_OPEN + EDGES_MAX;
// Columns by the last edge of their pivot, linked; one more than the column, or 0.
const FIRST: usize = BARS + EDGES_MAX * 12;
const NEXT: usize = FIRST + EDGES_MAX * 4;
const STARTS: usize = NEXT + EDGES_MAX * 4;
/** By edge: 1 if it is in the sum. */
const IN_SUM: usize = STARTS + (EDGES_MAX + 1) * 4;
const MEMBERS: usize = IN_SUM + EDGES_MAX;
/** A binary heap of entries key << 32 | edge << 16 | passed. */
const HEAP: usize = MEMBERS + <usize>ENTRIES_MAX * 4;
/** edge << 16 | passed, column by column. */
const SAVED: usize = HEAP + <usize>ENTRIES_MAX * 8;
const END: usize = SAVED + <usize>SAVED_MAX * 4;

const NO_EDGE: u32 = 0xffff;
const NOTHING: u32 = 0xffffffff;

export function pointsAt(): usize {
  return POINTS;
}
export function lowerAt(): usize {
  return LOWER;
}
export function pairsAt(): usize {
  return PAIRS;
}
export function forestAt(): usize {
  return FOREST;
}
export function youngerAt(): usize {
  return YOUNGER;
}
export function barsAt(): usize {
  return BARS;
}
/** Bytes that the memory must have. */
export function bytes(): usize {
  return END;
}

// ---------------------------------------------------------------- distances

/** Fills LOWER with the Euclidean distances of the points; the squares are added coordinate by coordinate, as everywhere. */
export function measure(count: i32, dimension: i32): void {
  const padded = (count + 1) & ~1;
  const columnBytes: usize = <usize>padded << 3;
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < dimension; k++) {
      store<f64>(
        COLUMNS + <usize>k * columnBytes + ((<usize>i) << 3),
        load<f64>(POINTS + ((<usize>(i * dimension + k)) << 3)),
      );
    }
  }
  const endOfColumns: usize = COLUMNS + <usize>dimension * columnBytes;
  let row: usize = LOWER;
  for (let i = 1; i < count; i++) {
    // The last vector of a row may reach one place into the next, which is written afterwards.
    for (let j = 0; j < i; j += 2) {
      let sum = f64x2.splat(0);
      for (let at = COLUMNS; at < endOfColumns; at += columnBytes) {
        const difference = f64x2.sub(
          v128.load64_splat(at + ((<usize>i) << 3)),
          v128.load(at + ((<usize>j) << 3)),
        );
        sum = f64x2.add(sum, f64x2.mul(difference, difference));
      }
      v128.store(row + ((<usize>j) << 3), f64x2.sqrt(sum));
    }
    row += (<usize>i) << 3;
  }
}

/** The enclosing radius of what is in LOWER. */
export function enclosingRadius(count: i32): f64 {
  memory.fill(FARTHEST, 0, (<usize>count + 2) << 3);
  let row: usize = LOWER;
  for (let i = 1; i < count; i++) {
    let most = f64x2.splat(0);
    let j = 0;
    for (; j + 1 < i; j += 2) {
      const at = FARTHEST + ((<usize>j) << 3);
      const distance = v128.load(row + ((<usize>j) << 3));
      most = f64x2.pmax(most, distance);
      v128.store(at, f64x2.pmax(v128.load(at), distance));
    }
    let own = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
    if (j < i) {
      const at = FARTHEST + ((<usize>j) << 3);
      const distance = load<f64>(row + ((<usize>j) << 3));
      own = max(own, distance);
      store<f64>(at, max(load<f64>(at), distance));
    }
    store<f64>(FARTHEST + ((<usize>i) << 3), own);
    row += (<usize>i) << 3;
  }
  let radius = load<f64>(FARTHEST);
  for (let i = 1; i < count; i++) radius = min(radius, load<f64>(FARTHEST + ((<usize>i) << 3)));
  return radius;
}

// ---------------------------------------------------------------- the order

@inline function distanceOf(pair: u32): f64 {
  const i: u32 = pair >> 8;
  return load<f64>(LOWER + ((<usize>((i * (i - 1)) >> 1) + (pair & 0xff)) << 3));
}

/** The pairs of LOWER at up to `limit` by value, ties by place, in PAIRS. Their number. */
export function sortWithin(count: i32, limit: f64): i32 {
  let found: usize = RECORDS;
  let at: usize = LOWER;
  let least: u32 = 0xffffffff;
  let most: u32 = 0;
  for (let i = 1; i < count; i++) {
    const row: u64 = <u64>(i << 8);
    for (let j = 0; j < i; j++, at += 8) {
      const value = load<f64>(at);
      // -0 + 0 is 0, so the two zeros tie.
      const key = <u32>(reinterpret<u64>(value + 0) >> 32);
      store<u64>(found, (<u64>key << 16) | row | <u64>j);
      const isWithin = value <= limit;
      least = isWithin && key < least ? key : least;
      most = isWithin && key > most ? key : most;
      found += isWithin ? 8 : 0;
    }
  }
  const total = <i32>((found - RECORDS) >> 3);
  if (total == 0) return 0;
  let shift: u64 = 0;
  while (((most - least) >> <u32>shift) >> 22 != 0) shift++;
  memory.fill(LOW, 0, DIGITS * 8);
  const base: u64 = <u64>least << 16;
  shift += 16;
  for (let record: usize = RECORDS; record < found; record += 8) {
    const key = (load<u64>(record) - base) >> shift;
    const low = LOW + (<usize>(key & 2047) << 2);
    const high = HIGH + (<usize>(key >> 11) << 2);
    store<u32>(low, load<u32>(low) + 1);
    store<u32>(high, load<u32>(high) + 1);
  }
  countsToStarts(LOW);
  countsToStarts(HIGH);
  for (let record: usize = RECORDS; record < found; record += 8) {
    const entry = load<u64>(record);
    const place = LOW + (<usize>(((entry - base) >> shift) & 2047) << 2);
    const to = load<u32>(place);
    store<u32>(place, to + 1);
    store<u64>(SORTED + (<usize>to << 3), entry);
  }
  const end = SORTED + ((<usize>total) << 3);
  for (let record: usize = SORTED; record < end; record += 8) {
    const entry = load<u64>(record);
    const place = HIGH + (<usize>((entry - base) >> (shift + 11)) << 2);
    const to = load<u32>(place);
    store<u32>(place, to + 1);
    const pair = <u32>(entry & 0xffff);
    store<u16>(PAIRS + (<usize>to << 1), <u16>pair);
    store<f64>(VALUES + (<usize>to << 3), distanceOf(pair));
  }
  if (!settle(total)) sortByAllBits(total);
  return total;
}

function countsToStarts(counts: usize): void {
  let sum: u32 = 0;
  for (let at = counts; at < counts + DIGITS * 4; at += 4) {
    const size = load<u32>(at);
    store<u32>(at, sum);
    sum += size;
  }
}

/** Insertion inside the runs that agree in their keys; false if there is too much to move. */
function settle(total: i32): bool {
  let left = 8 * total;
  const end = VALUES + ((<usize>total) << 3);
  let before = load<f64>(VALUES);
  for (let at: usize = VALUES + 8; at < end; at += 8) {
    const value = load<f64>(at);
    if (before <= value) {
      before = value;
      continue;
    }
    let to = at;
    let pairTo: usize = PAIRS + ((at - VALUES) >> 2);
    const pair = load<u16>(pairTo);
    while (to > VALUES && load<f64>(to - 8) > value) {
      store<f64>(to, load<f64>(to - 8));
      store<u16>(pairTo, load<u16>(pairTo - 2));
      to -= 8;
      pairTo -= 2;
      left--;
    }
    store<f64>(to, value);
    store<u16>(pairTo, pair);
    before = load<f64>(at);
    if (left < 0) return false;
  }
  return true;
}

/** Radix sort by all 64 bits, beginning from the order of the triangle. */
function sortByAllBits(total: i32): void {
  let from: usize = RECORDS;
  let to: usize = SORTED;
  const size = (<usize>total) << 3;
  for (let shift: u64 = 0; shift < 66; shift += 11) {
    memory.fill(LOW, 0, DIGITS * 4);
    for (let record = from; record < from + size; record += 8) {
      const place = LOW + (digitOf(load<u64>(record), shift) << 2);
      store<u32>(place, load<u32>(place) + 1);
    }
    countsToStarts(LOW);
    for (let record = from; record < from + size; record += 8) {
      const entry = load<u64>(record);
      const place = LOW + (digitOf(entry, shift) << 2);
      const rank = load<u32>(place);
      store<u32>(place, rank + 1);
      store<u64>(to + (<usize>rank << 3), entry);
    }
    const other = from;
    from = to;
    to = other;
  }
  for (let k = 0; k < total; k++) {
    const pair = <u32>(load<u64>(from + ((<usize>k) << 3)) & 0xffff);
    store<u16>(PAIRS + ((<usize>k) << 1), <u16>pair);
  }
}

@inline function digitOf(entry: u64, shift: u64): usize {
  return <usize>((reinterpret<u64>(distanceOf(<u32>(entry & 0xffff)) + 0) >> shift) & 2047);
}

// ---------------------------------------------------------------- the complex

let stride: usize = 0;
let forestCount: i32 = 0;
let openCount: i32 = 0;

/** Numbers of edges that merge components; of those that close a cycle without being apparent. */
export function mergeCount(): i32 {
  return forestCount;
}

@inline function i32At(array: usize, index: u32): u32 {
  return load<u32>(array + (<usize>index << 2));
}
@inline function rankAt(u: u32, v: u32): u32 {
  return <u32>load<u16>(RANKS + ((<usize>u * stride + <usize>v) << 1));
}

/** The ends of the edges, the rank table, which edges are open, and the spanning forest, from PAIRS. */
function build(count: i32, total: i32): void {
  stride = <usize>((count + 7) & ~7);
  const none = i16x8.splat(-1);
  const end = RANKS + ((<usize>count * stride) << 1);
  for (let at: usize = RANKS; at < end; at += 16) v128.store(at, none);
  memory.fill(JOINED, 0, (<usize>count) << 5);
  for (let v: u32 = 0; v < <u32>count; v++) store<u32>(PARENTS + (<usize>v << 2), v);
  forestCount = 0;
  openCount = 0;
  for (let edge = 0; edge < total; edge++) {
    const pair = <u32>load<u16>(PAIRS + ((<usize>edge) << 1));
    const u = pair & 0xff;
    const v = pair >> 8;
    store<u32>(TAILS + ((<usize>edge) << 2), u);
    store<u32>(HEADS + ((<usize>edge) << 2), v);
    store<u16>(RANKS + ((<usize>u * stride + <usize>v) << 1), <u16>edge);
    store<u16>(RANKS + ((<usize>v * stride + <usize>u) << 1), <u16>edge);
    const rowU = JOINED + (<usize>u << 5);
    const rowV = JOINED + (<usize>v << 5);
    const both = v128.or(
      v128.and(v128.load(rowU), v128.load(rowV)),
      v128.and(v128.load(rowU, 16), v128.load(rowV, 16)),
    );
    const isOpen = !v128.any_true(both);
    store<u8>(IS_OPEN + <usize>edge, isOpen ? 1 : 0);
    const byteV = rowU + (<usize>v >> 3);
    const byteU = rowV + (<usize>u >> 3);
    store<u8>(byteV, load<u8>(byteV) | <u8>(<u32>1 << (v & 7)));
    store<u8>(byteU, load<u8>(byteU) | <u8>(<u32>1 << (u & 7)));
    if (!isOpen) continue;
    const a = rootOf(u);
    const b = rootOf(v);
    if (a == b) {
      store<u32>(OPEN + ((<usize>openCount) << 2), edge);
      openCount++;
      continue;
    }
    // All vertices enter together, and of these the lowest is the elder.
    const younger = max(a, b);
    store<u32>(PARENTS + (<usize>younger << 2), min(a, b));
    store<u32>(FOREST + ((<usize>forestCount) << 2), edge);
    store<u32>(YOUNGER + ((<usize>forestCount) << 2), younger);
    forestCount++;
  }
}

function rootOf(v: u32): u32 {
  let at = v;
  let parent = i32At(PARENTS, at);
  while (parent != at) {
    const grand = i32At(PARENTS, parent);
    store<u32>(PARENTS + (<usize>at << 2), grand);
    at = grand;
    parent = i32At(PARENTS, at);
  }
  return at;
}

/**
 * A third vertex w is passed at the later of its edges to the ends of an edge e; triangles over e come in the order in which their third vertices are
 * passed: inside the lune that is their second last edge, outside it their last. The least such rank above `passed`; NO_EDGE if there is none.
 */
function nextPassed(edge: u32, passed: i32): u32 {
  const rowA = RANKS + ((<usize>i32At(TAILS, edge) * stride) << 1);
  const rowB = RANKS + ((<usize>i32At(HEADS, edge) * stride) << 1);
  const width = stride << 1;
  // What is not above becomes very large.
  const from = i16x8.splat(<i16>(passed + 1));
  let least = i16x8.splat(-1);
  for (let at: usize = 0; at < width; at += 16) {
    const later = i16x8.max_u(v128.load(rowA + at), v128.load(rowB + at));
    least = i16x8.min_u(least, i16x8.sub(later, from));
  }
  least = i16x8.min_u(least, i8x16.shuffle(least, least, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  least = i16x8.min_u(least, i8x16.shuffle(least, least, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  least = i16x8.min_u(least, i8x16.shuffle(least, least, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  const next = <u32>i16x8.extract_lane_u(least, 0) + <u32>(passed + 1);
  // NO_EDGE itself comes out as NO_EDGE; what wrapped around is beyond it.
  return next >= NO_EDGE ? NO_EDGE : next;
}

/** The triangle over `edge` whose third vertex is passed at `passed`: last edge << 16 | second last edge. */
@inline function keyOf(edge: u32, passed: u32): u32 {
  if (passed < edge) return (edge << 16) | passed;
  const a = i32At(TAILS, edge);
  const b = i32At(HEADS, edge);
  const tail = i32At(TAILS, passed);
  const head = i32At(HEADS, passed);
  // The passed edge joins w to one end; the other one decides.
  const other = tail == a ? rankAt(b, head) : head == a ? rankAt(b, tail) : tail == b ? rankAt(a, head) : rankAt(a, tail);
  return (passed << 16) | max(other, edge);
}

// ---------------------------------------------------------------- the reduction

let heapSize: i32 = 0;
let memberCount: i32 = 0;
let savedCount: i32 = 0;

@inline function entryAt(index: i32): u64 {
  return load<u64>(HEAP + ((<usize>index) << 3));
}
@inline function setEntry(index: i32, entry: u64): void {
  store<u64>(HEAP + ((<usize>index) << 3), entry);
}

function push(entry: u64): void {
  let at = heapSize++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = entryAt(parent);
    if (above <= entry) break;
    setEntry(at, above);
    at = parent;
  }
  setEntry(at, entry);
}

/** Puts an entry in the place of the least one. */
function replaceLeast(entry: u64): void {
  const size = heapSize;
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && entryAt(child + 1) < entryAt(child)) child++;
    const below = entryAt(child);
    if (below >= entry) break;
    setEntry(at, below);
    at = child;
  }
  setEntry(at, entry);
}

function dropLeast(): void {
  heapSize--;
  if (heapSize > 0) replaceLeast(entryAt(heapSize));
}

/** Adds an edge, standing where `passed` says; NO_EDGE if its coboundary is used up. One that is there already goes instead. */
function add(edge: u32, passed: u32): void {
  const isIn = load<u8>(IN_SUM + <usize>edge);
  store<u8>(IN_SUM + <usize>edge, 1 - isIn);
  if (isIn == 1) return;
  // It may have been in the sum before and stand in this list twice, and in the heap; whoever reads either minds that.
  store<u32>(MEMBERS + ((<usize>memberCount) << 2), edge);
  memberCount++;
  if (passed != NO_EDGE) push((<u64>keyOf(edge, passed) << 32) | <u64>((edge << 16) | passed));
}

/** Takes the least triangle with coefficient 1 out of the sum; NOTHING if there is none. */
function takePivot(): u32 {
  while (heapSize > 0) {
    const key = <u32>(entryAt(0) >> 32);
    let odd = false;
    let previous: u64 = 0xffffffffffffffff;
    while (heapSize > 0) {
      const entry = entryAt(0);
      if (<u32>(entry >> 32) != key) break;
      const edge = <u32>(entry >> 16) & 0xffff;
      if (entry == previous || load<u8>(IN_SUM + <usize>edge) == 0) {
        dropLeast();
        continue;
      }
      previous = entry;
      odd = !odd;
      steps++;
      const next = nextPassed(edge, <i32>(entry & 0xffff));
      if (next == NO_EDGE) dropLeast();
      else replaceLeast((<u64>keyOf(edge, next) << 32) | <u64>((edge << 16) | next));
    }
    if (odd) return key;
  }
  return NOTHING;
}

let steps: i32 = 0;

/** The column with this pivot, or -1. */
function columnOf(pivot: u32): i32 {
  for (let link = i32At(FIRST, pivot >> 16); link != 0; link = i32At(NEXT, link - 1)) {
    if (load<u32>(BARS + <usize>(link - 1) * 12 + 8) == (pivot & 0xffff)) return <i32>link - 1;
  }
  return -1;
}

/** The first place of an edge after the pivot; the edge may begin after it. */
function placeAfter(edge: u32, pivot: u32): u32 {
  const last = pivot >> 16;
  if (edge > last) return nextPassed(edge, -1);
  if (edge == last) return nextPassed(edge, <i32>(pivot & 0xffff));
  const place = nextPassed(edge, <i32>last - 1);
  return place == last && keyOf(edge, place) <= pivot ? nextPassed(edge, <i32>last) : place;
}

/**
 * H0 and H1 of the flag complex with the edges in PAIRS. Afterwards FOREST and YOUNGER hold the merges and BARS the rest.
 * The number of bars in dimension 1, those of no length included; -1 if it is too much for this kernel.
 */
export function reduce(count: i32, total: i32): i32 {
  build(count, total);
  memory.fill(FIRST, 0, (<usize>total) << 2);
  memory.fill(IN_SUM, 0, <usize>total);
  savedCount = 0;
  steps = 0;
  let column = 0;
  for (let k = openCount - 1; k >= 0; k--, column++) {
    const birth = i32At(OPEN, k);
    heapSize = 0;
    memberCount = 0;
    add(birth, nextPassed(birth, -1));
    let pivot = NOTHING;
    for (;;) {
      pivot = takePivot();
      if (pivot == NOTHING) break;
      if (steps > STEPS_MAX) return -1;
      const last = pivot >> 16;
      const second = pivot & 0xffff;
      if (load<u8>(IS_OPEN + <usize>last) == 0 && nextPassed(last, -1) == second) {
        if (memberCount == ENTRIES_MAX || heapSize == ENTRIES_MAX) return -1;
        add(last, nextPassed(last, <i32>second));
        continue;
      }
      const other = columnOf(pivot);
      if (other < 0) break;
      const start = i32At(STARTS, other);
      const end = i32At(STARTS, other + 1);
      if (memberCount + <i32>(end - start) > ENTRIES_MAX || heapSize + <i32>(end - start) > ENTRIES_MAX) return -1;
      for (let at = start; at < end; at++) {
        const saved = i32At(SAVED, at);
        add(saved >> 16, saved & 0xffff);
      }
    }
    const bar = BARS + (<usize>column) * 12;
    store<u32>(bar, birth);
    store<i32>(bar, pivot == NOTHING ? -1 : <i32>(pivot >> 16), 4);
    store<i32>(bar, pivot == NOTHING ? -1 : <i32>(pivot & 0xffff), 8);
    store<u32>(STARTS + ((<usize>column) << 2), savedCount);
    if (savedCount + memberCount > SAVED_MAX) return -1;
    for (let member = 0; member < memberCount; member++) {
      const edge = i32At(MEMBERS, member);
      if (load<u8>(IN_SUM + <usize>edge) == 0) continue;
      store<u8>(IN_SUM + <usize>edge, 0);
      if (pivot == NOTHING) continue;
      store<u32>(SAVED + ((<usize>savedCount) << 2), (edge << 16) | placeAfter(edge, pivot));
      savedCount++;
    }
    store<u32>(STARTS + ((<usize>(column + 1)) << 2), savedCount);
    if (pivot != NOTHING) {
      const first = FIRST + (<usize>(pivot >> 16) << 2);
      store<u32>(NEXT + ((<usize>column) << 2), load<u32>(first));
      store<u32>(first, column + 1);
    }
  }
  return column;
}
