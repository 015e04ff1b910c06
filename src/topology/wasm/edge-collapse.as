// When each edge of a flag filtration stops being dominated: the kernel behind filtrations/collapse.ts, which has the same in TypeScript.
// AssemblyScript, compiled by build.ts.

/** Later than any time: the pair is no edge. */
const NEVER: i32 = 0x7fffffff;

let n: i32 = 0;
let m: i32 = 0;
/** Bytes of a row of the matrix: whole SIMD vectors, what is beyond n is NEVER. */
let rowBytes: usize = 0;
let tails: usize = 0;
let heads: usize = 0;
let times: usize = 0;
let matrix: usize = 0;
/** By vertex: when it is joined to both ends of the edge in hand. */
let joined: usize = 0;

/** Makes room; the caller then fills tails, heads and times (i32 each), edges by rising time, and calls build. */
export function allocate(vertexCount: i32, edgeCount: i32): void {
  n = vertexCount;
  m = edgeCount;
  rowBytes = <usize>((n + 3) & ~3) << 2;
  tails = heap.alloc(max(4, <usize>m << 2));
  heads = heap.alloc(max(4, <usize>m << 2));
  times = heap.alloc(max(4, <usize>m << 2));
  matrix = heap.alloc(rowBytes * <usize>n);
  joined = heap.alloc(rowBytes);
}
export function tailsAt(): usize {
  return tails;
}
export function headsAt(): usize {
  return heads;
}
export function timesAt(): usize {
  return times;
}

export function build(): void {
  const never = i32x4.splat(NEVER);
  for (let at: usize = 0; at < rowBytes * <usize>n; at += 16) v128.store(matrix + at, never);
  // A vertex counts as joined to itself from ever.
  for (let v = 0; v < n; v++) setTime(v, v, -1);
  for (let edge = 0; edge < m; edge++) move(edge, load<i32>(times + (<usize>edge << 2)));
}

/** Replaces the time of every edge, last to first, by the first from which it is not dominated. */
export function collapse(): void {
  for (let edge = m - 1; edge >= 0; edge--) {
    const time = undominatedFrom(edge);
    store<i32>(times + (<usize>edge << 2), time);
    move(edge, time);
  }
}

/** The first time from its own on at which an edge is not dominated in the graph as it stands, or NEVER. */
export function undominatedFrom(edge: i32): i32 {
  const u = load<i32>(tails + (<usize>edge << 2));
  const v = load<i32>(heads + (<usize>edge << 2));
  const rowU = matrix + <usize>u * rowBytes;
  const rowV = matrix + <usize>v * rowBytes;
  for (let at: usize = 0; at < rowBytes; at += 16) {
    v128.store(joined + at, i32x4.max_s(v128.load(rowU + at), v128.load(rowV + at)));
  }
  store<i32>(joined + (<usize>u << 2), NEVER);
  store<i32>(joined + (<usize>v << 2), NEVER);
  let time = load<i32>(times + (<usize>edge << 2));
  let next = dominatedUntil(time);
  while (next != time && next != NEVER) {
    time = next;
    next = dominatedUntil(time);
  }
  return next;
}

/** How long the first vertex found to dominate at `time` goes on to, or `time` if none does. */
function dominatedUntil(time: i32): i32 {
  const now = i32x4.splat(time);
  for (let at: usize = 0; at < rowBytes; at += 16) {
    let lanes = i32x4.bitmask(i32x4.le_s(v128.load(joined + at), now));
    while (lanes != 0) {
      const w = (at >> 2) + ctz(lanes);
      lanes &= lanes - 1;
      const until = dominatesUntil(w, time);
      if (until != time) return until;
    }
  }
  return time;
}

/** When a vertex is joined to both ends, from `time` on, that w is not joined to by then. */
function dominatesUntil(w: usize, time: i32): i32 {
  const row = matrix + w * rowBytes;
  const now = i32x4.splat(time);
  const never = i32x4.splat(NEVER);
  let earliest = never;
  for (let at: usize = 0; at < rowBytes; at += 16) {
    const from = i32x4.max_s(v128.load(joined + at), now);
    const isLate = i32x4.gt_s(v128.load(row + at), from);
    earliest = i32x4.min_s(earliest, v128.bitselect(from, never, isLate));
    if (v128.any_true(v128.and(isLate, i32x4.eq(from, now)))) return time;
  }
  return min(
    min(i32x4.extract_lane(earliest, 0), i32x4.extract_lane(earliest, 1)),
    min(i32x4.extract_lane(earliest, 2), i32x4.extract_lane(earliest, 3)),
  );
}

@inline function setTime(u: i32, v: i32, time: i32): void {
  store<i32>(matrix + <usize>u * rowBytes + (<usize>v << 2), time);
}

function move(edge: i32, time: i32): void {
  const u = load<i32>(tails + (<usize>edge << 2));
  const v = load<i32>(heads + (<usize>edge << 2));
  setTime(u, v, time);
  setTime(v, u, time);
}
