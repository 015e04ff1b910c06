/** Threads of a workgroup along each side of its tile of the distance matrix. */
export const TILE = 16;

/** Where a cell's numbers lie in the buffers, four u32: see the struct Cell. */
export const WORDS_PER_CELL = 4;

/** What both shaders begin with: one workgroup computes one 16 x 16 tile of one cell's matrix, of which only the lower triangle counts. */
const CELL = /* wgsl */ `
const TILE = ${TILE}u;

struct Cell {
  count: u32,      // points
  dimension: u32,  // coordinates a point; unused by the search
  points: u32,     // where its coordinates begin
  pairs: u32,      // where its lower triangle begins
}

@group(0) @binding(0) var<storage, read> cells: array<Cell>;

fn pair_at(u: u32, v: u32) -> u32 {
  let high = max(u, v);
  return high * (high - 1u) / 2u + min(u, v);
}
`;

/**
 * Distances: each step brings 16 coordinates of the tile's 16 + 16 points into workgroup memory, where each is read 16 times.
 */
export const DISTANCES_WGSL = /* wgsl */ `${CELL}
@group(0) @binding(1) var<storage, read> points: array<f32>;
@group(0) @binding(2) var<storage, read_write> lower: array<f32>;

var<workgroup> rows: array<array<f32, TILE + 1>, TILE>;
var<workgroup> columns: array<array<f32, TILE + 1>, TILE>;

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let cell = cells[group.z];
  let row = group.y * TILE;
  let column = group.x * TILE;
  // The same for the whole workgroup: a tile above the diagonal, or of a smaller cell.
  if (group.x > group.y || row >= cell.count) {
    return;
  }
  let i = row + local.y;
  let j = column + local.x;
  var sum = 0.0;
  for (var first = 0u; first < cell.dimension; first += TILE) {
    let k = first + local.x;
    let is_coordinate = k < cell.dimension;
    let other = column + local.y;
    rows[local.y][local.x] = select(0.0, points[cell.points + min(i, cell.count - 1u) * cell.dimension + min(k, cell.dimension - 1u)], is_coordinate);
    columns[local.y][local.x] = select(0.0, points[cell.points + min(other, cell.count - 1u) * cell.dimension + min(k, cell.dimension - 1u)], is_coordinate);
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      let difference = rows[local.y][k] - columns[local.x][k];
      sum += difference * difference;
    }
    workgroupBarrier();
  }
  if (i < cell.count && j < i) {
    lower[cell.pairs + pair_at(i, j)] = sqrt(sum);
  }
}
`;

/**
 * Apparent pairs: distances are compared as the bits of floats that are not negative, which are ordered as the floats are and which no
 * device flushes to zero. Each step brings the distances of the tile's 16 + 16 points to 16 third points into workgroup memory.
 */
export const APPARENT_PAIRS_WGSL = /* wgsl */ `${CELL}
@group(0) @binding(1) var<storage, read> lower: array<u32>;
@group(0) @binding(2) var<storage, read_write> witnesses: array<i32>;

const INFINITE = 0x7f800000u;

var<workgroup> rows: array<array<u32, TILE + 1>, TILE>;
var<workgroup> columns: array<array<u32, TILE + 1>, TILE>;

fn distance_bits(cell: Cell, u: u32, v: u32) -> u32 {
  if (u == v || u >= cell.count || v >= cell.count) {
    return INFINITE;
  }
  return lower[cell.pairs + pair_at(u, v)];
}

@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let cell = cells[group.z];
  let row = group.y * TILE;
  let column = group.x * TILE;
  if (group.x > group.y || row >= cell.count) {
    return;
  }
  let i = row + local.y;
  let j = column + local.x;
  let own = pair_at(i, j);
  let is_pair = i < cell.count && j < i;
  var best_length = select(INFINITE, distance_bits(cell, i, j), is_pair);
  // Nothing infinite comes before it, so that a pair at infinity finds no witness.
  var best_pair = select(own, 0u, best_length == INFINITE);
  var best = -1;
  for (var first = 0u; first < cell.count; first += TILE) {
    let third = first + local.x;
    rows[local.y][local.x] = distance_bits(cell, i, third);
    columns[local.y][local.x] = distance_bits(cell, column + local.y, third);
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      let from_i = rows[local.y][k];
      let from_j = columns[local.x][k];
      // i and j themselves, and what lies beyond the cell, are at infinity from an end.
      if (from_i > best_length || from_j > best_length || from_i == INFINITE || from_j == INFINITE) {
        continue;
      }
      let w = first + k;
      let pair_i = pair_at(i, w);
      let pair_j = pair_at(j, w);
      let is_i_later = from_i > from_j || (from_i == from_j && pair_i > pair_j);
      let later = select(from_j, from_i, is_i_later);
      let later_pair = select(pair_j, pair_i, is_i_later);
      if (later < best_length || later_pair < best_pair) {
        best_length = later;
        best_pair = later_pair;
        best = i32(w);
      }
    }
    workgroupBarrier();
  }
  if (is_pair) {
    witnesses[cell.pairs + own] = select(best, -1, distance_bits(cell, i, j) == INFINITE);
  }
}
`;
