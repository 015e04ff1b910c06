import { TopologyError } from '../errors.ts';
import { CellComplex, type Cells } from './cell-complex.ts';
import type { Incidence } from './filtration.ts';

/** A cell of a user's own complex: when it enters, and its facets by their position in the same list; a vertex has none. */
export interface Cell {
  readonly value: number;
  readonly boundary: readonly Incidence[];
}

/**
 * A regular cell complex of any kind (polygons, cubes, prisms, ...) given cell by cell, in any order. A cell's dimension is one more than
 * that of its facets. Values may be negative, and Infinity (never). Vertices are numbered by their order in the list.
 *
 * @throws TopologyError TOPOLOGY_EMPTY_INPUT, TOPOLOGY_BAD_CELL (facets of several dimensions or given twice, an edge without two ends, a
 * boundary that is not closed), TOPOLOGY_FACE_MISSING, TOPOLOGY_NOT_A_NUMBER, TOPOLOGY_NOT_MONOTONE
 */
export function complexOfCells(cells: readonly Cell[]): CellComplex {
  const dimensions = dimensionsOf(cells);
  const byDimension: number[][] = [];
  const positions = new Int32Array(cells.length);
  cells.forEach((cell, k) => {
    if (Number.isNaN(cell.value)) {
      throw new TopologyError(
        'TOPOLOGY_NOT_A_NUMBER',
        `value of cell ${k}`,
        cell.value,
        'a number; Infinity means never',
      );
    }
    for (const facet of cell.boundary) {
      if (cells[facet.cell].value <= cell.value) continue;
      const valid = `at least ${cells[facet.cell].value}, the value of its facet ${facet.cell}`;
      throw new TopologyError('TOPOLOGY_NOT_MONOTONE', `value of cell ${k}`, cell.value, valid);
    }
    refuseOpenBoundary(cells, k, dimensions[k]);
    while (byDimension.length <= dimensions[k]) byDimension.push([]);
    positions[k] = byDimension[dimensions[k]].length;
    byDimension[dimensions[k]].push(k);
  });
  if (cells.length === 0) throw new TopologyError('TOPOLOGY_EMPTY_INPUT', 'number of cells', 0, 'at least 1');
  return new CellComplex(
    'explicit',
    byDimension.map((own) =>
      listOf(
        own.map((k) => cells[k]),
        positions,
      ),
    ),
  );
}

function dimensionsOf(cells: readonly Cell[]): Int32Array {
  const UNKNOWN = -1;
  const IN_PROGRESS = -2;
  const dimensions = new Int32Array(cells.length).fill(UNKNOWN);
  // Depth first without recursion: a cell is looked at again once all its facets are known.
  for (let first = 0; first < cells.length; first++) {
    const stack = [first];
    while (stack.length > 0) {
      const k = stack[stack.length - 1];
      if (dimensions[k] >= 0) {
        stack.pop();
        continue;
      }
      const { boundary } = cells[k];
      if (dimensions[k] === UNKNOWN) {
        dimensions[k] = IN_PROGRESS;
        for (const { cell } of boundary) {
          if (!Number.isInteger(cell) || cell < 0 || cell >= cells.length) {
            throw new TopologyError('TOPOLOGY_FACE_MISSING', `facet of cell ${k}`, cell, `0..${cells.length - 1}`);
          }
          if (dimensions[cell] === IN_PROGRESS) {
            throw new TopologyError(
              'TOPOLOGY_BAD_CELL',
              `facet of cell ${k}`,
              cell,
              'a cell that is not built from this one',
            );
          }
          if (dimensions[cell] === UNKNOWN) stack.push(cell);
        }
        continue;
      }
      stack.pop();
      dimensions[k] = boundary.length === 0 ? 0 : dimensions[boundary[0].cell] + 1;
      for (const { cell } of boundary) {
        if (dimensions[cell] + 1 === dimensions[k]) continue;
        const valid = `${dimensions[k] - 1}, as that of its first facet`;
        throw new TopologyError(
          'TOPOLOGY_BAD_CELL',
          `dimension of facet ${cell} of cell ${k}`,
          dimensions[cell],
          valid,
        );
      }
    }
  }
  return dimensions;
}

/** The facets must be different, an edge must have two ends, and the boundary of the boundary must be zero, signs counted. */
function refuseOpenBoundary(cells: readonly Cell[], k: number, dimension: number): void {
  const { boundary } = cells[k];
  const names = boundary.map(({ cell }) => cell);
  if (new Set(names).size !== names.length) {
    throw new TopologyError('TOPOLOGY_BAD_CELL', `facets of cell ${k}`, `(${names.join(', ')})`, 'all different');
  }
  for (const { sign } of boundary) {
    if (sign !== 1 && sign !== -1) throw new TopologyError('TOPOLOGY_BAD_CELL', `sign in cell ${k}`, sign, '1 or -1');
  }
  if (dimension === 0) return;
  const sums = new Map<number, number>();
  // The boundary of an edge is closed if its signs add up to 0: both ends, one each way.
  for (const { cell, sign } of boundary) {
    if (dimension === 1) sums.set(-1, (sums.get(-1) ?? 0) + sign);
    else
      for (const inner of cells[cell].boundary) sums.set(inner.cell, (sums.get(inner.cell) ?? 0) + sign * inner.sign);
  }
  const open = [...sums].find(([, sum]) => sum !== 0);
  if (open === undefined && (dimension > 1 || boundary.length === 2)) return;
  const found = dimension === 1 ? `${boundary.length} ends` : `cell ${open?.[0] ?? ''} left over`;
  const valid = dimension === 1 ? '2 ends, with signs 1 and -1' : 'closed: the boundary of its boundary adds up to 0';
  throw new TopologyError('TOPOLOGY_BAD_CELL', `boundary of cell ${k}`, found, valid);
}

function listOf(own: readonly Cell[], positions: Int32Array): Cells {
  const facetStart = new Int32Array(own.length + 1);
  own.forEach(({ boundary }, k) => {
    facetStart[k + 1] = facetStart[k] + boundary.length;
  });
  const incidences = own.flatMap(({ boundary }) => boundary);
  return {
    values: Float64Array.from(own, ({ value }) => value),
    facetStart,
    facets: Int32Array.from(incidences, ({ cell }) => positions[cell]),
    signs: Int8Array.from(incidences, ({ sign }) => sign),
  };
}
